"""A quantity that is watched, and the bins its values are counted in."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

QUANTILES: Final = 20
"""Bins that a number's reference values are cut into at most; fewer where values repeat.

Equal shares make a stable PSI (cf. Siddiqi 2006, ch. 6)."""
MOST: Final = 255
"""Bins of a quantity at most: a bin's number is stored in one byte, of which the last value means "not counted"."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity's bins: missing, then the known values, in order, then "unseen".

    A number: bin ``i`` of 1… holds ``cuts[i-2] < x <= cuts[i-1]``; the first cut is just below the least
    value of the reference and the last is its greatest, so bin 1 and the last hold what lies outside of
    its range. ``centres``: the mean of the reference's values in each bin from 1, for distances;
    ``spread``: their standard deviation.

    A code: bin ``i`` of 1… holds the code ``cuts[i-1]``, the last any other, and -1 ("a category the
    model does not know").
    """

    name: str
    kind: Literal["number", "code"]
    cuts: tuple[float, ...]
    centres: tuple[float, ...]
    spread: float

    @property
    def bins(self) -> int:
        """How many there are, with missing and unseen."""
        return len(self.cuts) + 2

    @property
    def unseen(self) -> tuple[int, ...]:
        """Bins of values that the reference did not have: outside of its range, or codes it does not know."""
        return (self.bins - 1,) if self.kind == "code" else (1, self.bins - 1)

    @property
    def bounds(self) -> tuple[tuple[float | None, float | None], ...]:
        """A number's bins from 1, in order: what their values are above, and at most; None: no bound."""
        return tuple(zip((None, *self.cuts), (*self.cuts, None), strict=True))

    def bins_of(self, values: NDArray[np.floating]) -> NDArray[np.uint8]:
        """The bin of each value (n,)."""
        cuts = np.array(self.cuts)
        known = ~np.isnan(values)
        at = np.searchsorted(cuts, values.astype(np.float64), side="left")
        if self.kind == "code":
            exact = np.zeros(len(values), dtype=bool)
            within = at < len(cuts)
            exact[within] = cuts[at[within]] == values[within]
            at = np.where(exact, at, len(cuts))
        return np.where(known, at + 1, 0).astype(np.uint8)


def number_quantity(name: str, values: NDArray[np.floating]) -> Quantity:
    """A number's bins between quantiles of ``values``, the reference's (n,)."""
    known = values[~np.isnan(values)].astype(np.float64)
    if not len(known):
        return Quantity(name, "number", (), (0.0,), 0.0)
    shares = np.arange(1, QUANTILES) / QUANTILES
    inner = np.quantile(known, shares, method="inverted_cdf")
    cuts = np.unique(np.concatenate([[np.nextafter(known.min(), -np.inf)], inner, [known.max()]]))
    at = np.searchsorted(cuts, known, side="left")
    counts = np.bincount(at, minlength=len(cuts) + 1)
    sums = np.bincount(at, weights=known, minlength=len(cuts) + 1)
    centres = np.where(counts > 0, sums / np.maximum(counts, 1), np.append(cuts, cuts[-1]))
    return Quantity(name, "number", tuple(cuts.tolist()), tuple(centres.tolist()), float(known.std()))


def code_quantity(name: str, values: NDArray[np.floating]) -> Quantity:
    """A code's bins: those of ``values``, the reference's (n,)."""
    known = values[~np.isnan(values)].astype(np.float64)
    codes = np.unique(known[known >= 0])
    if len(codes) + 2 > MOST:
        raise ValueError(f"{name}: {len(codes)} codes; at most {MOST - 2} can be watched")
    return Quantity(name, "code", tuple(codes.tolist()), (), 0.0)
