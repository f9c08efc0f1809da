"""What the model was fitted and measured on, and what it reads of an applicant."""

from collections.abc import Sequence
from typing import Final

from creditrisk.features.catalogue import CATALOGUE, sources
from creditrisk.features.spec import Direction, FeatureSpec, Protected
from creditrisk.history import Table
from trainer.reports.card.facts import CardFacts
from trainer.reports.card.markdown import bullets, code, counted, listed, plain, share, table

_TABLES: Final = {
    Table.BUREAU: "loans with other lenders, from the credit bureau",
    Table.BUREAU_BALANCE: "their state month by month",
    Table.PREVIOUS: "earlier applications with the lender",
    Table.POS: "earlier point-of-sale and cash loans, month by month",
    Table.CARD: "earlier credit cards, month by month",
    Table.INSTALMENTS: "payments of earlier loans",
}
_GENERATED: Final = (
    "**The rows are generated.** A generator imitates distributions and dependence of Home Credit's rows, outcomes "
    "included; no row is a person's. What is said below of Home Credit's data is what it imitates."
)
_TARGET: Final = (
    "**The outcome is Home Credit's TARGET, and that is no regulatory default.** 1 stands for *payment difficulties*: "
    "a payment late by more than X days on at least one of the first Y instalments of the loan; 0 for all other cases. "
    "Neither X nor Y was published. Where this card says default, it means that."
)
_AT_ONCE: Final = "**Nothing later than the application enters a feature.** It is read as it was made."
_POINT_IN_TIME: Final = (
    "**Nothing later than the application enters a feature.** Rows of histories dated after it are left out, as are a "
    "bureau's later news of a loan and payments not yet made. No history is missing, and not zero."
)
_POPULATION: Final = (
    "**Measured on the same population, at the same time.** The rows that measure the model are the rows it is fitted "
    "on, each scored by a model of other folds. The data carry no calendar dates, so there is no out-of-time sample, "
    "and no other lender's: how the model does on later applicants is not known from these figures."
)
_TUNED: Final = (
    "**What was chosen on these rows flatters a little.** Slope and intercept of the calibration are fitted on the "
    "very out-of-fold margins they are measured on, and settings that were chosen by comparing models on these rows do "
    "better here than on others."
)


def data(facts: CardFacts) -> str:
    """Rows, outcome, and what the figures are of."""
    defaults = round(facts.default_rate * facts.source.rows)
    what = "imitated applications" if facts.synthetic else "applications"
    histories = [f"{code(table)} ({_TABLES[table]})" for table in Table if table in facts.tables]
    rows = [
        ("Data", plain(facts.source.data)),
        ("Of what", f"{what} to Home Credit for consumer loans; countries and years were not published"),
        ("Taken", f"{facts.source.day:%Y-%m-%d}"),
        ("Labelled applications", f"{facts.source.rows:,}"),
        ("Defaults", f"{defaults:,} ({share(facts.default_rate, 2)})"),
        ("Histories", listed(histories) if histories else "none: the model reads the application alone"),
    ]
    points = [_GENERATED] if facts.synthetic else []
    points += [_TARGET, _POINT_IN_TIME if facts.tables else _AT_ONCE, _POPULATION, _TUNED]
    return f"{table(('Item', 'Value'), rows)}\n\n{bullets(points)}"


def features(facts: CardFacts) -> str:
    """How many features, on what, under which constraints."""
    by_theme = _by_theme(facts.specs)
    rows = [
        (plain(theme), str(len(specs)), *(str(len(_directed(specs, way))) for way in (1, -1)))
        for theme, specs in by_theme.items()
    ]
    total = (f"{len(facts.specs):,}", *(f"{len(_directed(facts.specs, way)):,}" for way in (1, -1)))
    rows.append(("**all**", *(f"**{one}**" for one in total)))
    header = ("Theme", "Features", "PD may only rise", "PD may only fall")
    return "\n\n".join(
        (
            f"The model reads {counted(len(facts.specs), 'feature')}. Themes are those of the reasons given to "
            "applicants. Trainer and service compute features by the same declarations, to the same bits.",
            table(header, rows, numbers=3),
            f"### Constraints\n\n{_constraints(facts)}",
            f"### Protected attributes\n\n{_protected(facts)}",
        )
    )


def directions(facts: CardFacts) -> str:
    """All features that declare a direction, by theme."""
    rows = [
        (plain(theme), *(" ".join(map(code, _directed(specs, way))) for way in (1, -1)))
        for theme, specs in _by_theme(facts.specs).items()
        if any(spec.monotone for spec in specs)
    ]
    if not rows:
        return "No feature of this model declares a direction."
    kept = "The model keeps to them." if facts.constrained else "The model does **not** keep to them."
    return f"{kept}\n\n{table(('Theme', 'PD may only rise with', 'PD may only fall with'), rows)}"


def protected(specs: Sequence[FeatureSpec]) -> dict[Protected, list[str]]:
    """The protected attributes that features ``specs`` draw on, each with those features."""
    drawn = {one: [spec.name for spec in specs if _columns(one) & set(sources(spec))] for one in Protected}
    return {one: names for one, names in drawn.items() if names}


def _columns(attribute: Protected) -> set[str]:
    return {name for spec in CATALOGUE if spec.protected is attribute for name in sources(spec)}


def _constraints(facts: CardFacts) -> str:
    directed = sum(spec.monotone != 0 for spec in facts.specs)
    if not directed:
        return "No feature of this model declares a direction that the PD must keep to."
    declared = (
        f"{directed:,} of {counted(len(facts.specs), 'feature')} declare a direction: the PD may only rise, or only "
        "fall, with their value. The last section lists them."
    )
    if facts.constrained:
        return (
            f"{declared} **The model keeps to all of them**, by constraints it was fitted with. That holds for each "
            "feature while the others stay as they are: a column that several features are made of moves them "
            "together, and a missing value has no place in the order."
        )
    return (
        f"{declared} **The model does not keep to them: it was fitted without constraints.** They say what was "
        "expected, not what the model does; in places its PD may move the other way, and a reason may read oddly."
    )


def _protected(facts: CardFacts) -> str:
    rows = []
    inside = protected(facts.specs)
    for attribute in Protected:
        columns = _columns(attribute)
        drawn = inside.get(attribute, ())
        barred = [spec.name for spec in CATALOGUE if columns & set(sources(spec))]
        made = f"{len(drawn)}: {' '.join(map(code, drawn))}" if drawn else f"0 of {len(barred)} declared"
        allowed = "**in**" if drawn else "out" if attribute not in facts.allowed else "out, though allowed"
        rows.append((attribute.value, allowed, listed([code(name) for name in sorted(columns)]), made))
    header = ("Attribute", "In the model", "Columns", "Features made of them")
    return (
        "Law restricts the use of these attributes in credit decisions, in some places altogether (US Regulation B, "
        "for one, bars sex and marital status, and lets age in under conditions only: 12 CFR 1002.6(b)). An attribute "
        "that is out is out with every feature computed from its column. **Whether one that is in may be is for the "
        f"bank's lawyers to say.**\n\n{table(header, rows)}\n\n"
        "An attribute that is out can still be felt through others that go with it (income, occupation, children, "
        "region). Hence *Fairness* looks at decisions, whatever is in."
    )


def _by_theme(specs: Sequence[FeatureSpec]) -> dict[str, list[FeatureSpec]]:
    """Features by theme, the largest theme first."""
    found: dict[str, list[FeatureSpec]] = {}
    for spec in specs:
        found.setdefault(spec.reason, []).append(spec)
    return dict(sorted(found.items(), key=lambda theme: -len(theme[1])))


def _directed(specs: Sequence[FeatureSpec], way: Direction) -> list[str]:
    return [spec.name for spec in specs if spec.monotone == way]
