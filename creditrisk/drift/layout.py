"""From scored rows to counts: one byte a quantity, one array of counts a window.

Counts are whole numbers, so sums over windows, segments and consumers are exact in any order, and whatever
is computed from them is too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.drift.quantity import MOST
from creditrisk.drift.reference import DECISIONS, Reference

LOWEST: Final = -8.0
HIGHEST: Final = 4.0
STEP: Final = 0.025
"""The grid of calibrated margins (log-odds): PDs of 0.03 % to 98 %, 2.5 % apart in odds, and two open ends."""
EDGES: Final = np.linspace(LOWEST, HIGHEST, round((HIGHEST - LOWEST) / STEP) + 1)
GRID: Final = len(EDGES) + 1
NOT_COUNTED: Final = MOST


def grid_margins() -> NDArray[np.float64]:
    """The margin that stands for each bin of the grid: its middle (GRID,)."""
    return np.concatenate([[LOWEST - STEP / 2], (EDGES[:-1] + EDGES[1:]) / 2, [HIGHEST + STEP / 2]])


@dataclass(frozen=True, slots=True)
class Scored:
    """Scored rows (n,): vectors float32 (n, features), PDs, calibrated margins, and codes of decisions.

    ``plain``: the row was decided by the reference's threshold and nothing else, so its decision can be
    compared with the reference's.
    """

    vectors: NDArray[np.float32]
    pd: NDArray[np.float64]
    margins: NDArray[np.float64]
    decisions: NDArray[np.uint8]
    plain: NDArray[np.bool_]


class Layout:
    """Where the counts of one bundle's quantities are in an array.

    The quantities come first, bin by bin, then the grid of margins, decision by decision.
    """

    def __init__(self, reference: Reference) -> None:
        """Lay out ``reference``'s quantities."""
        self.reference = reference
        sizes = [quantity.bins for quantity in reference.quantities]
        self.starts = np.concatenate([[0], np.cumsum(sizes)])
        self.size = int(self.starts[-1]) + len(DECISIONS) * GRID
        self.at: Mapping[str, int] = {quantity.name: place for place, quantity in enumerate(reference.quantities)}

    @property
    def features(self) -> int:
        """Length of a vector."""
        return len(self.reference.quantities) - 2

    def bins(self, scored: Scored) -> tuple[NDArray[np.uint8], NDArray[np.int16]]:
        """Each row's bins, uint8 (n, quantities), and its place on the grid of margins, int16 (n,)."""
        decided = np.where(scored.plain, scored.decisions + 1, NOT_COUNTED)
        *features, pd, _ = self.reference.quantities
        binned = [one.bins_of(values) for one, values in zip(features, scored.vectors.T, strict=True)]
        bins = np.stack([*binned, pd.bins_of(scored.pd), decided], axis=1, dtype=np.uint8, casting="unsafe")
        return bins, np.searchsorted(EDGES, scored.margins, side="right").astype(np.int16)

    def count(
        self, bins: NDArray[np.uint8], grid: NDArray[np.int16], decisions: NDArray[np.uint8]
    ) -> NDArray[np.int64]:
        """Counts of rows, int64 (size,)."""
        places = self.starts[:-1] + bins
        quantities = np.bincount(places[bins != NOT_COUNTED], minlength=int(self.starts[-1]))
        margins = np.bincount(decisions.astype(np.int64) * GRID + grid, minlength=len(DECISIONS) * GRID)
        return np.concatenate([quantities, margins])

    def quantities(self, counts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Counts (size,) by quantity and bin."""
        return np.split(counts[: self.starts[-1]], self.starts[1:-1])

    def margins(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Counts (size,) by decision and place on the grid of margins: (3, GRID)."""
        return counts[self.starts[-1] :].reshape(len(DECISIONS), GRID)
