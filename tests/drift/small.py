"""A small layout, and predictions in it, for tests of what counts them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from creditrisk.drift.layout import Layout, Scored
from creditrisk.drift.monitor import NO_SEGMENT
from creditrisk.drift.outcome_curve import OutcomeCurve
from creditrisk.drift.quantity import Quantity, code_quantity, number_quantity
from creditrisk.drift.reference import ALL, DECISION, PD, Reference, Segment
from creditrisk.stores.drift_state import Counted, Place

BUNDLE: Final = "b" * 64
WINDOW: Final = 1_000
"""Microseconds."""
SEGMENTS: Final = (NO_SEGMENT, "Cash loans")
PREDICTIONS: Final = Place("predictions", 0)


def small_layout() -> Layout:
    rng = np.random.default_rng(1)
    number, code, pd = rng.normal(size=2_000), rng.integers(0, 3, size=2_000).astype(float), rng.random(2_000)
    declined = np.where(pd > 0.5, 2.0, 0.0)
    quantities = (
        number_quantity("NUMBER", number),
        code_quantity("CODE", code),
        number_quantity(PD, pd),
        Quantity(DECISION, "code", (0.0, 1.0, 2.0), (), 0.0),
    )
    counts = tuple(
        np.bincount(one.bins_of(values), minlength=one.bins)
        for one, values in zip(quantities, (number, code, pd, declined), strict=True)
    )
    segments = {ALL: Segment(2_000, counts), "Cash loans": Segment(2_000, counts)}
    outcomes = OutcomeCurve((0.0, 1.0, 0.0), ((0.0,) * 3,) * 3)
    return Layout(Reference(quantities, segments, 0.5, 10.0, 1.0, outcomes))


LAYOUT: Final = small_layout()


@dataclass(frozen=True)
class Prediction:
    """A scored row; everything but its number is drawn from it."""

    number: int
    decided_at: int

    @property
    def id(self) -> str:
        return f"00000000-0000-7000-8000-{self.number:012d}"


def counted(predictions: Sequence[Prediction], place: Place = PREDICTIONS) -> Counted:
    rngs = [np.random.default_rng(one.number) for one in predictions]
    vectors = np.array([[rng.normal(), rng.choice([-1, 0, 1, 2, np.nan])] for rng in rngs], dtype=np.float32)
    pd = np.array([rng.random() for rng in rngs])
    decisions = np.where(pd > 0.5, 2, 0).astype(np.uint8)
    plain = np.array([rng.random() < 0.9 for rng in rngs])
    bins, grid = LAYOUT.bins(Scored(vectors.reshape(-1, 2), pd, np.log(pd / (1 - pd)), decisions, plain))
    return Counted(
        place=place,
        bundle_hash=BUNDLE,
        layout=LAYOUT,
        prediction_ids=[one.id for one in predictions],
        segments=[SEGMENTS[one.number % len(SEGMENTS)] for one in predictions],
        decided_at=np.array([one.decided_at for one in predictions], dtype=np.int64),
        decisions=decisions,
        grid=grid,
        bins=bins,
    )


def batch(predictions: Sequence[Prediction]) -> dict[tuple[int, str], list[int]]:
    """Counts by window and segment, computed at once from distinct predictions."""
    found: dict[tuple[int, str], list[Prediction]] = {}
    for one in set(predictions):
        key = (one.decided_at // WINDOW * WINDOW, SEGMENTS[one.number % len(SEGMENTS)])
        found.setdefault(key, []).append(one)
    return {
        key: LAYOUT.count(rows.bins, rows.grid, rows.decisions).tolist()
        for key, rows in ((key, counted(group)) for key, group in found.items())
    }
