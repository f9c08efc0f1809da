"""What the bins of a quantity hold, in words of the page."""

from typing import Final

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.catalogue import Catalogue
from gateway.page.views.naming import DECISION, PD
from gateway.page.views.result import decision_words
from gateway.texts import Language

ZERO: Final = 1e-9
"""The bin of the least values begins just below the least, which may be zero."""


def bin_names(of: pb.QuantityDrift | pb.ReferenceQuantity, catalogue: Catalogue, language: Language) -> list[str]:
    """What each bin of a quantity holds, in their order: missing values first; see Bin in drift.proto."""
    name = _category if of.kind == pb.QUANTITY_KIND_CODE else _range
    known = [name(of.name, part, catalogue, language) for part in of.bins[1:]]
    return [language.say("Missing"), *known][: len(of.bins)]


def bound(name: str, value: float, catalogue: Catalogue, language: Language) -> str:
    """A bin's bound ``value`` in words."""
    near = 0.0 if abs(value) < ZERO else value
    return language.percent(near) if name == PD else catalogue.value(name, near, language)


def _category(name: str, part: pb.Bin, _: Catalogue, language: Language) -> str:
    if not part.HasField("code"):
        return language.say("Any other")
    said = language.say(part.label)
    return decision_words(language).get(part.label, said) if name == DECISION else said


def _range(name: str, part: pb.Bin, catalogue: Catalogue, language: Language) -> str:
    match part.HasField("above"), part.HasField("up_to"):
        case True, True:
            return _between(name, part, catalogue, language)
        case True, False:
            return language.say("Above all of the training data")
        case False, True:
            return language.say("Below all of the training data")
        case _:
            return language.say("Any value: the training data have none")


def _between(name: str, part: pb.Bin, catalogue: Catalogue, language: Language) -> str:
    """What is above one bound, up to the other."""
    known = catalogue.features.get(name)
    if known and known.unit == "yes/no":
        held = [value for value in (0.0, 1.0) if part.above < value <= part.up_to]
        return " / ".join(catalogue.value(name, value, language) for value in held)
    above, up_to = (bound(name, value, catalogue, language) for value in (part.above, part.up_to))
    return up_to if above == up_to else language.say("{above} to {up_to}", above=above, up_to=up_to)
