"""Why a score came out as it did: reasons in words, and the way from the mean applicant to this one."""

from collections.abc import Iterable

from creditrisk.api.explain.v1 import explain_pb2 as pb
from gateway.page.catalogue import Catalogue
from gateway.page.render import render
from gateway.page.views.waterfall import waterfall
from gateway.texts import Language


def explanation(explained: pb.ExplainResponse, catalogue: Catalogue, language: Language) -> str:
    """The card of an explanation."""
    say = language.say
    values = {one.feature: one.value if one.HasField("value") else None for one in explained.attributions}
    fall = waterfall(
        explained.base_value,
        explained.calibrated_margin,
        [(one.feature, one.contribution) for one in explained.attributions],
    )
    bars = [
        {
            "label": say("{count} other features", count=bar.others)
            if bar.others
            else catalogue.meaning(bar.feature, language),
            "value": "" if bar.others else catalogue.value(bar.feature, values[bar.feature], language),
            "left": bar.left,
            "width": bar.width,
            "change": bar.change,
        }
        for bar in fall.bars
    ]

    def told(reasons: Iterable[pb.Reason]) -> list[tuple[str, float, list[str]]]:
        return [(_begun(say(one.text)), one.contribution, [_leading(part) for part in one.leading]) for one in reasons]

    def _leading(part: pb.Attribution) -> str:
        value = part.value if part.HasField("value") else None
        return f"{catalogue.meaning(part.feature, language)}: {catalogue.value(part.feature, value, language)}"

    directions = [
        (say("What raises the risk"), "raising", told(explained.raising)),
        (say("What lowers the risk"), "lowering", told(explained.lowering)),
    ]
    return render("explanation", language, directions=directions, fall=fall, bars=bars)


def strongest(explained: pb.ExplainResponse, count: int) -> list[pb.Attribution]:
    """The ``count`` features of greatest contribution in either direction."""
    return sorted(explained.attributions, key=lambda one: -abs(one.contribution))[:count]


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]
