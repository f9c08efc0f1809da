"""Where a quantity's values are: bin by bin, beside the training data."""

from dataclasses import dataclass
from typing import Final

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.catalogue import Catalogue
from gateway.page.views.naming import DECISION, PD
from gateway.page.views.result import decision_words
from gateway.texts import Language

ZERO: Final = 1e-9
"""The bin of the least values begins just below the least, which may be zero."""


@dataclass(frozen=True, slots=True)
class Share:
    """A bin: shares of all decisions and of all of the reference's rows, 0 to 1, and bars in percent of the widest."""

    label: str
    now: float
    then: float
    now_width: float
    then_width: float


def shares(one: pb.QuantityDrift, catalogue: Catalogue, language: Language) -> tuple[list[Share], list[Share]]:
    """Bins of known values in their order; and apart, missing ones and those that the reference did not have."""
    rows = sum(part.rows for part in one.bins) or 1
    reference = sum(part.reference_rows for part in one.bins) or 1
    both = [(part.rows / rows, part.reference_rows / reference) for part in one.bins]
    most = max((max(pair) for pair in both), default=0.0) or 1.0
    drawn = [
        Share(_label(one, place, catalogue, language), now, then, 100 * now / most, 100 * then / most)
        for place, (now, then) in enumerate(both)
    ]
    last = len(drawn) - 1
    apart = {0, last} if one.kind == pb.QUANTITY_KIND_CODE else {0, 1, last}
    return (
        [part for place, part in enumerate(drawn) if place not in apart],
        [drawn[place] for place in sorted(apart & set(range(len(drawn))))],
    )


def _label(one: pb.QuantityDrift, place: int, catalogue: Catalogue, language: Language) -> str:
    """What a bin holds."""
    say, part = language.say, one.bins[place]
    if place == 0:
        return say("Missing")
    if one.kind == pb.QUANTITY_KIND_CODE:
        return _category(one.name, part, language)
    match part.HasField("above"), part.HasField("up_to"):
        case True, True:
            return _between(one.name, part, catalogue, language)
        case True, False:
            return say("Above all of the training data")
        case False, True:
            return say("Below all of the training data")
        case _:
            return say("Any value: the training data have none")


def _category(name: str, part: pb.Bin, language: Language) -> str:
    if not part.HasField("code"):
        return language.say("Any other")
    return decision_words(language)[part.label] if name == DECISION else language.say(part.label)


def _between(name: str, part: pb.Bin, catalogue: Catalogue, language: Language) -> str:
    """What is above one bound, up to the other."""
    known = catalogue.features.get(name)
    if known and known.unit == "yes/no":
        held = [value for value in (0.0, 1.0) if part.above < value <= part.up_to]
        return " / ".join(catalogue.value(name, value, language) for value in held)
    above, up_to = (_number(name, value, catalogue, language) for value in (part.above, part.up_to))
    return up_to if above == up_to else language.say("{above} to {up_to}", above=above, up_to=up_to)


def _number(name: str, value: float, catalogue: Catalogue, language: Language) -> str:
    near = 0.0 if abs(value) < ZERO else value
    return language.percent(near) if name == PD else catalogue.value(name, near, language)
