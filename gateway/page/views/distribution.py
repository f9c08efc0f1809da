"""Where a quantity's values are: bin by bin, beside the training data."""

from dataclasses import dataclass

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.catalogue import Catalogue
from gateway.page.views.bins import bin_names
from gateway.texts import Language


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
        Share(name, now, then, 100 * now / most, 100 * then / most)
        for name, (now, then) in zip(bin_names(one, catalogue, language), both, strict=True)
    ]
    last = len(drawn) - 1
    apart = {0, last} if one.kind == pb.QUANTITY_KIND_CODE else {0, 1, last}
    return (
        [part for place, part in enumerate(drawn) if place not in apart],
        [drawn[place] for place in sorted(apart & set(range(len(drawn))))],
    )
