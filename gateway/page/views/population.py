"""An applicant beside the applicants of the training data, in the features that weighed most."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.api.explain.v1 import explain_pb2
from gateway.page.calls import Calls
from gateway.page.catalogue import Catalogue
from gateway.page.render import render
from gateway.page.views.bins import bin_names, bound
from gateway.page.views.explanation import strongest
from gateway.texts import Language

SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Column:
    """A bin, in percent of the histogram's width and height; ``here``: the applicant's value is in it."""

    label: str
    share: float
    left: float
    width: float
    height: float
    here: bool


async def population(
    explained: explain_pb2.ExplainResponse, calls: Calls, catalogue: Catalogue, language: Language
) -> str:
    """The card of the ``SHOWN`` features that contribute most to ``explained``, with the reference of its bundle.

    Raises:
        CallFailed: the drift service, which has the reference, did not answer.
    """
    parts = strongest(explained, SHOWN)
    asked = pb.GetReferenceRequest(bundle_hash=explained.bundle_hash, quantities=[one.feature for one in parts])
    reference = await calls.ask(calls.drift.GetReference, asked)
    histograms = []
    for part, quantity in zip(parts, reference.quantities, strict=True):
        value = part.value if part.HasField("value") else None
        histograms.append(
            {
                "label": catalogue.meaning(part.feature, language),
                "value": catalogue.value(part.feature, value, language),
                "place": _place(quantity, value, language),
                "bins": columns(quantity, value, catalogue, language),
                "least": _end(quantity, part.feature, catalogue, language, last=False),
                "most": _end(quantity, part.feature, catalogue, language, last=True),
            }
        )
    rows = language.number(reference.reference_rows)
    note = language.say("{rows} applicants the model was fitted on; the dark column is where this one is.", rows=rows)
    return render("population", language, histograms=histograms, note=note)


def columns(
    quantity: pb.ReferenceQuantity, value: float | None, catalogue: Catalogue, language: Language
) -> list[Column]:
    """The histogram of a quantity's known values: numbers by density over their range, codes by share."""
    known = quantity.bins[1:]
    names = bin_names(quantity, catalogue, language)[1:]
    rows = sum(one.reference_rows for one in known) or 1
    here = holds(quantity, value)
    numbers = quantity.kind == pb.QUANTITY_KIND_NUMBER
    widths = _widths(known) if numbers else [1.0] * len(known)
    densities = [one.reference_rows / width if width else 0.0 for one, width in zip(known, widths, strict=True)]
    across, up = sum(widths) or 1.0, max(densities, default=0.0) or 1.0
    drawn, left = [], 0.0
    for one, name, width, density in zip(known, names, widths, densities, strict=True):
        place, wide = 100 * left / across, 100 * width / across
        drawn.append(Column(name, one.reference_rows / rows, place, wide, 100 * density / up, one is here))
        left += width
    return drawn


def holds(quantity: pb.ReferenceQuantity, value: float | None) -> pb.Bin:
    """The bin that ``value`` (None: missing) is in; see Bin in drift.proto."""
    if value is None:
        return quantity.bins[0]
    known = quantity.bins[1:]
    if quantity.kind == pb.QUANTITY_KIND_NUMBER:
        return next(one for one in known if not one.HasField("up_to") or value <= one.up_to)
    return next((one for one in known if one.HasField("code") and one.code == value), known[-1])


def _widths(bins: Sequence[pb.Bin]) -> list[float]:
    """How much of the scale bins of numbers take; an open one as much as its neighbour."""
    inner = [one.up_to - one.above if one.HasField("above") and one.HasField("up_to") else 0.0 for one in bins]
    closed = [width for width in inner if width > 0]
    if not closed:
        return [1.0] * len(bins)
    ends = {0: closed[0], len(bins) - 1: closed[-1]}
    return [width or ends.get(place, min(closed)) for place, width in enumerate(inner)]


def _place(quantity: pb.ReferenceQuantity, value: float | None, language: Language) -> str:
    rows = sum(one.reference_rows for one in quantity.bins) or 1
    here = holds(quantity, value)
    if value is None or quantity.kind != pb.QUANTITY_KIND_NUMBER:
        share = here.reference_rows / rows
        return language.say("as for {share} of them", share=language.percent(share, 0 if share >= 0.01 else 2))
    known = quantity.bins[1:]
    below = sum(one.reference_rows for one in known[: list(known).index(here)]) + here.reference_rows / 2
    share = below / (sum(one.reference_rows for one in known) or 1)
    return language.say("higher than about {share} of them", share=language.percent(share, 0))


def _end(quantity: pb.ReferenceQuantity, feature: str, catalogue: Catalogue, language: Language, *, last: bool) -> str:
    """What stands under the first or the last column."""
    if quantity.kind != pb.QUANTITY_KIND_NUMBER:
        return ""
    bounds = [one.up_to for one in quantity.bins[1:] if one.HasField("up_to")]
    return bound(feature, bounds[-1 if last else 0], catalogue, language) if bounds else ""
