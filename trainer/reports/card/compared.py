"""The model beside others, and beside itself under other rules of governance."""

from collections.abc import Sequence
from typing import Final

from trainer.evaluation.comparison import Comparison, Difference
from trainer.evaluation.measures import Measure
from trainer.reports.card.facts import CardFacts
from trainer.reports.card.markdown import apart, plain, spanned, table
from trainer.reports.differences import NAMES, ranked, statement, titled

_SHOWN: Final = (Measure.AUC, Measure.COST)
_NONE: Final = "—"


def others(facts: CardFacts) -> str:
    """This model's measures beside the others', and which differences are real."""
    found = facts.comparison
    if found is None or len(found.models) < 2:
        return (
            "This model was compared with no other on these rows: whether a simpler one would do as well is open. "
            "`python -m trainer compare` fits others, and the next fit's card shows them."
        )
    differences = found.differences_from(facts.against)
    judged = ", ".join(NAMES[of] for of in dict.fromkeys(one.measure for one in differences))
    return (
        f"{plain(statement(differences))} All were measured on the same rows and folds, each declining from its own "
        f"threshold. The first row is this model; differences are paired, less it, and their intervals hold at 95 % "
        f"for all {len(differences)} of them at once (in {judged}). **Bold: real**, the interval leaves "
        f"out 0. A model's own interval is for itself alone.\n\n"
        f"{_compared(found, differences)}"
    )


def rules(facts: CardFacts) -> str:
    """What a protected attribute more or less would change, and having no constraints."""
    found = facts.governance
    if not found:
        return (
            "What a protected attribute more or less would change, or having no constraints, was not measured. "
            "`python -m trainer compare --only governance` measures it, and the next fit's card shows it."
        )
    base = found[0].against
    differences = {(one.model, one.measure): one for one in found}
    measures = tuple(dict.fromkeys(one.measure for one in found))
    rows = [
        (plain(model), *(_difference(differences.get((model, measure))) for measure in measures))
        for model in dict.fromkeys(one.model for one in found)
    ]
    other = "" if base == facts.against else f" **{plain(base)} is not this model**: of this one it may not hold."
    header = (f"{plain(base)}, but", *(f"{titled(measure)}, difference" for measure in measures))
    return (
        f"{plain(statement(found))} Each is {plain(base)} with one thing changed, on the same rows and folds. Without "
        "an attribute or constraints a difference is what these are worth; with an attribute that is out, what leaving "
        f"it out costs. Intervals hold at 95 % for all {len(found)} differences at once. **Bold: real.**{other}\n\n"
        f"{table(header, rows, numbers=len(measures))}"
    )


def _compared(found: Comparison, differences: Sequence[Difference]) -> str:
    by_model = {(one.model, one.measure): one for one in differences}
    against = differences[0].against
    order = sorted(ranked(found), key=lambda name: name != against)
    rows = []
    for model in order:
        name = f"**{plain(model)}**" if model == against else plain(model)
        own = (spanned(found.interval(model, measure)) for measure in _SHOWN)
        rows.append((name, *own, *(_difference(by_model.get((model, measure))) for measure in _SHOWN)))
    header = ("Model", *map(titled, _SHOWN), *(f"{titled(measure)}, difference" for measure in _SHOWN))
    return table(header, rows, numbers=2 * len(_SHOWN))


def _difference(one: Difference | None) -> str:
    if one is None:
        return _NONE
    told = apart(one.interval)
    return f"**{told}**" if one.real else told
