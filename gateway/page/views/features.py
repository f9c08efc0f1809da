"""The catalogue of features: a page of those looked for."""

from collections.abc import Sequence

from creditrisk.api.feature.v1 import feature_pb2 as pb
from gateway.page.render import render
from gateway.texts import Language


def features(found: Sequence[pb.Feature], first: int, total: int, language: Language) -> str:
    """A table of ``found``, the features from place ``first`` (0: the first) on of ``total``."""
    rows = [
        {
            "name": one.name,
            "meaning": begun(language.say(one.meaning)),
            "theme": language.say(one.reason),
            "unit": language.say(one.unit),
            "range": _range(one, language),
            "sources": ", ".join(one.source_columns),
            "missing": language.say(one.missing),
            "protected": language.say(one.protected_attribute) if one.protected_attribute else "",
            "direction": _direction(one, language),
            "place": _place(one, language),
        }
        for one in found
    ]
    counted = language.say(
        "{first} to {last} of {total} features",
        first=language.number(first + 1),
        last=language.number(first + len(found)),
        total=language.number(total),
    )
    return render("features", language, rows=rows, counted=counted)


def begun(text: str) -> str:
    """``text`` with a capital."""
    return text[:1].upper() + text[1:]


def _range(feature: pb.Feature, language: Language) -> str:
    low = language.number(feature.minimum, 4)
    high = language.number(feature.maximum, 4)
    match feature.HasField("minimum"), feature.HasField("maximum"):
        case True, True:
            return language.say("{low} to {high}", low=low, high=high)
        case True, False:
            return language.say("from {low}", low=low)
        case False, True:
            return language.say("up to {high}", high=high)
        case _:
            return language.say("no bounds")


def _direction(feature: pb.Feature, language: Language) -> str:
    """How the PD must follow it."""
    if not feature.monotone_direction:
        return language.say("free")
    return language.say("PD must rise") if feature.monotone_direction > 0 else language.say("PD must fall")


def _place(feature: pb.Feature, language: Language) -> str:
    """Where it is in the model's vector, or why it is not."""
    if feature.HasField("position"):
        return language.number(feature.position)
    return language.say("not in it") if feature.allowed_in_model else language.say("kept out: protected")
