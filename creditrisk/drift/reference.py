"""The drift reference: how the training population is distributed, quantity by quantity, in bins.

Quantities are the model's features, the PD and the decision. PDs are out of fold: a model's PDs on rows it
was fitted on are more extreme than those it will give. Decisions are those of the bundle's proposed
threshold alone. Contract types have counts of their own, in the same bins, where they have rows enough.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.drift.outcome_curve import OutcomeCurve
from creditrisk.drift.quantity import Quantity, code_quantity, number_quantity
from creditrisk.errors import InvalidBundle
from creditrisk.features.spec import FeatureSpec

FORMAT: Final = 2
ALL: Final = "ALL"
"""The segment of every row."""
PD: Final = "PD"
DECISION: Final = "DECISION"
DECISIONS: Final = ("APPROVE", "REFER", "DECLINE")
"""Decisions by their code in counts."""
FEWEST: Final = 500
"""Rows of a contract type that make it a segment."""


@dataclass(frozen=True, slots=True)
class Segment:
    """``rows`` of the reference in a segment, and their ``counts``: int64, per quantity and bin."""

    rows: int
    counts: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """``quantities``: the features in the vector's order, then PD, then decision; ``segments`` by name.

    ``threshold``: the PD from which the reference's decisions decline. ``false_negative`` and
    ``false_positive``: what errors cost, in one unit. ``outcomes``: what performance is estimated with.
    """

    quantities: tuple[Quantity, ...]
    segments: Mapping[str, Segment]
    threshold: float
    false_negative: float
    false_positive: float
    outcomes: OutcomeCurve

    def to_json(self) -> str:
        """JSON, exact."""
        return json.dumps(
            {
                "format": FORMAT,
                "quantities": [asdict(one) for one in self.quantities],
                "segments": {
                    name: {"rows": segment.rows, "counts": [counts.tolist() for counts in segment.counts]}
                    for name, segment in self.segments.items()
                },
                "threshold": self.threshold,
                "false_negative": self.false_negative,
                "false_positive": self.false_positive,
                "outcomes": asdict(self.outcomes),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Reference":
        """The inverse of ``to_json``.

        Raises:
            InvalidBundle: it is no reference, or one of another format.
        """
        try:
            document = json.loads(text)
            if document.get("format") != FORMAT:
                raise InvalidBundle(
                    f"reference.json: format {document.get('format')}, this program reads {FORMAT}; fit again"
                )
            quantities = tuple(_quantity(one) for one in document["quantities"])
            segments = {name: _segment(one, quantities) for name, one in document["segments"].items()}
            return cls(
                quantities,
                segments,
                float(document["threshold"]),
                float(document["false_negative"]),
                float(document["false_positive"]),
                _curve(document["outcomes"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidBundle(f"reference.json: {error!r}") from error


def reference(
    specs: Sequence[FeatureSpec],
    matrix: NDArray[np.float32],
    pd: NDArray[np.float64],
    contract_types: Sequence[str | None],
    *,
    threshold: float,
    false_negative: float,
    false_positive: float,
    outcomes: OutcomeCurve,
) -> Reference:
    """The reference of ``matrix`` float32 (n, features), out-of-fold ``pd`` float64 (n,) and contract types (n,)."""
    declined = np.where(pd >= threshold, DECISIONS.index("DECLINE"), DECISIONS.index("APPROVE"))
    columns = [*matrix.T, pd, declined.astype(np.float64)]
    quantities = (
        *(
            (code_quantity if spec.categorical else number_quantity)(spec.name, values)
            for spec, values in zip(specs, matrix.T, strict=True)
        ),
        number_quantity(PD, pd),
        Quantity(DECISION, "code", tuple(map(float, range(len(DECISIONS)))), (), 0.0),
    )
    binned = [quantity.bins_of(values) for quantity, values in zip(quantities, columns, strict=True)]

    def segment(rows: NDArray[np.bool_]) -> Segment:
        counts = (np.bincount(bins[rows], minlength=one.bins) for one, bins in zip(quantities, binned, strict=True))
        return Segment(int(rows.sum()), tuple(counts))

    named = np.array([name or "" for name in contract_types])
    segments = {ALL: segment(np.ones(len(named), dtype=bool))}
    for name in sorted(set(named.tolist()) - {""}):
        rows = named == name
        if rows.sum() >= FEWEST:
            segments[name] = segment(rows)
    return Reference(quantities, segments, threshold, false_negative, false_positive, outcomes)


def _quantity(document: dict[str, Any]) -> Quantity:
    cuts, centres = (tuple(map(float, document[name])) for name in ("cuts", "centres"))
    return Quantity(document["name"], document["kind"], cuts, centres, float(document["spread"]))


def _curve(document: dict[str, Any]) -> OutcomeCurve:
    return OutcomeCurve(tuple(document["coefficients"]), tuple(map(tuple, document["covariance"])))


def _segment(document: dict[str, Any], quantities: Sequence[Quantity]) -> Segment:
    counts = tuple(np.array(one, dtype=np.int64) for one in document["counts"])
    if [len(one) for one in counts] != [quantity.bins for quantity in quantities]:
        raise ValueError("a segment's counts are not one per bin")
    return Segment(int(document["rows"]), counts)
