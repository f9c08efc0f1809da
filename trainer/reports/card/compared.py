"""The model beside others, and what it costs to leave out what law or prudence would leave out."""

from collections.abc import Sequence
from typing import Final

from trainer.evaluation.comparison import Comparison, Difference
from trainer.evaluation.measures import Measure
from trainer.reports.card.facts import CardFacts
from trainer.reports.card.markdown import apart, plain, spanned, table
from trainer.reports.comparison import NAMES, statement

_SHOWN: Final = (Measure.AUC, Measure.COST)
_NONE: Final = "—"


def others(facts: CardFacts) -> str:
    """This model's measures beside the others', and which differences are real."""
    found = facts.comparison
    if found is None or len(found.models) < 2:
        return "This model was compared with no other on these rows. Whether a simpler one would do as well is open."
    differences = found.differences_from(facts.against)
    return (
        f"{plain(statement(differences))} All were measured on the same rows and folds. Differences are paired, less "
        f"this model ({plain(facts.against)}); their intervals hold at 95 % for all {len(differences)} of them at once "
        f"(in {', '.join(NAMES[of] for of in dict.fromkeys(one.measure for one in differences))}). **Bold: real**, the "
        f"interval leaves out 0. Every model's own interval is for itself alone.\n\n{_compared(found, differences)}"
    )


def left_out(facts: CardFacts) -> str:
    """What models without an attribute, or without constraints, differ by from this one."""
    if not facts.governance:
        return (
            "What leaving protected attributes out, or constraints, would change was not measured for this model. "
            "(`python -m trainer protected` measures the former.)"
        )
    differences = {(one.model, one.measure): one for one in facts.governance}
    measures = tuple(dict.fromkeys(one.measure for one in facts.governance))
    rows = [
        (plain(model), *(_difference(differences.get((model, measure))) for measure in measures))
        for model in dict.fromkeys(one.model for one in facts.governance)
    ]
    header = ("Model", *(f"{_named(measure)}, less this model's" for measure in measures))
    dearer = [one for one in facts.governance if one.real and not one.better]
    verdict = (
        f"**{len(dearer)} of {len(facts.governance)} differences are really for the worse**: that is the price."
        if dearer
        else "**No difference is really for the worse**: these rows do not show that what was left out is needed."
    )
    return (
        f"Each row is this model fitted again with one thing changed, on the same rows and folds. {verdict} Intervals "
        f"hold at 95 % for all differences at once. **Bold: real.**\n\n{table(header, rows, numbers=len(measures))}"
    )


def _compared(found: Comparison, differences: Sequence[Difference]) -> str:
    by_model = {(one.model, one.measure): one for one in differences}
    against = differences[0].against
    order = sorted(found.models, key=lambda name: (name != against, -found.interval(name, Measure.AUC).estimate))
    rows = []
    for model in order:
        name = f"**{plain(model)}** (this model)" if model == against else plain(model)
        own = (spanned(found.interval(model, measure)) for measure in _SHOWN)
        rows.append((name, *own, *(_difference(by_model.get((model, measure))) for measure in _SHOWN)))
    header = ("Model", *map(_named, _SHOWN), *(f"{_named(measure)}, difference" for measure in _SHOWN))
    return table(header, rows, numbers=2 * len(_SHOWN))


def _difference(one: Difference | None) -> str:
    if one is None:
        return _NONE
    told = apart(one.interval)
    return f"**{told}**" if one.real else told


def _named(measure: Measure) -> str:
    return NAMES[measure][0].upper() + NAMES[measure][1:]
