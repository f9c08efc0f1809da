"""The distribution of one unit, as knots of its quantile function.

Between knots the quantile function is linear; an atom (a value many applicants share) is a flat piece.
A unit's normal score is the standard normal quantile of its position; within an atom it is the mean
of the normal over the atom's piece, so that it depends on the value alone.
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

FEWEST: Final = 10
"""No stored number comes from fewer applicants than this."""
TAIL: Final = 0.001
"""Share of applicants beyond the first and the last knot; generated values end there."""
ATOM: Final = 0.003
"""Share of the known values from which a value is an atom."""
SPACING: Final = 0.01
"""Share of the known values between knots outside atoms."""
TAILS: Final = (0.002, 0.004, 0.008, 0.015, 0.025)
"""Shares beyond further knots of values with owners, whose knots are far apart elsewhere."""
_NORMAL: Final = NormalDist()
_FARTHEST: Final = 1e-9


@dataclass(frozen=True)
class Marginal:
    """Knots ``(at, value)``: ``at`` rises within 0 to 1, ``value`` never falls; equal values are an atom.

    Before the first and after the last knot the value is theirs. For a choice, ``value`` is the
    position in ``names``. ``step`` is what values are rounded to.
    """

    at: Vector
    value: Vector
    step: float
    names: tuple[str, ...] = ()

    @cached_property
    def _z(self) -> Vector:
        return normal_quantiles(self.at)

    @cached_property
    def _atoms(self) -> tuple[Vector, Vector]:
        """Values of the atoms, ascending, and their normal scores: (φ(a) − φ(b)) / (Φ(b) − Φ(a))."""
        pieces = np.flatnonzero((np.diff(self.value) == 0) & (np.diff(self.at) > 0))
        density = np.where((self.at <= 0) | (self.at >= 1), 0.0, np.exp(-0.5 * self._z**2) / np.sqrt(2 * np.pi))
        scores = (density[pieces] - density[pieces + 1]) / (self.at[pieces + 1] - self.at[pieces])
        return self.value[pieces], scores

    def values(self, z: Vector) -> Vector:
        """Values at standard normal positions ``z``; for a choice, positions in ``names``."""
        return rounded(np.interp(z, self._z, self.value), self.step)

    def scores(self, values: Vector) -> Vector:
        """Normal scores of ``values``; NaN stays NaN."""
        atoms, atom_scores = self._atoms
        scores = np.interp(values, self.value, self._z)
        scores = np.clip(scores, *normal_quantiles(np.array([TAIL, 1 - TAIL])))
        tolerance = self.step / 4
        if len(atoms):
            near = np.clip(np.searchsorted(atoms, values - tolerance), 0, len(atoms) - 1)
            scores = np.where(np.abs(atoms[near] - values) <= tolerance, atom_scores[near], scores)
        return np.where(np.isnan(values), np.nan, scores)


def rounded(values: Vector, step: float) -> Vector:
    """``values`` rounded to multiples of ``step``; a step below 1 is a power of ten."""
    if step < 1:
        return np.round(values, round(-np.log10(step)))
    return np.rint(values / step) * step


def normal_quantiles(p: Vector) -> Vector:
    """Standard normal quantiles of ``p``; 0 and 1 go to about ±6."""
    return np.array([_NORMAL.inv_cdf(q) for q in np.clip(p, _FARTHEST, 1 - _FARTHEST).tolist()])


def choice_marginal(names: tuple[str, ...], shares: Vector) -> Marginal:
    """The marginal of a choice between ``names`` with ``shares`` that sum to 1."""
    ends = np.concatenate([[0.0], np.cumsum(shares / shares.sum())])
    at = np.column_stack([ends[:-1], ends[1:]]).ravel()
    return Marginal(np.minimum(at, 1.0), np.repeat(np.arange(len(names), dtype=np.float64), 2), 1.0, names)


def number_marginal(
    values: Vector, step: float, owners: NDArray[np.intp] | None = None, spacing: float = SPACING
) -> Marginal:
    """The marginal of known ``values``, of which there must be at least 2 * FEWEST.

    ``owners`` tells whose the values are, where one applicant may have several. Every knot is an atom of at
    least FEWEST applicants or the mean of neighbours in rank of at least as many, so none is one applicant's
    own value; there must be so many owners.
    """
    values = rounded(values, step)
    order = np.argsort(values, kind="stable")
    ordered, whose = values[order], order if owners is None else owners[order]
    n = len(ordered)
    unique, starts, counts = np.unique(ordered, return_index=True, return_counts=True)
    holders = counts if owners is None else _holders(starts, counts, whose)
    is_atom = (holders >= FEWEST) & (counts >= ATOM * n)
    tails = () if owners is None else TAILS
    knots: list[tuple[float, float]] = []
    position = 0
    for start, count, value in zip(starts[is_atom], counts[is_atom], unique[is_atom], strict=True):
        knots += _between(ordered, whose, position, int(start), spacing, tails)
        position = int(start + count)
        knots += [(start / n, float(value)), (position / n, float(value))]
    knots += _between(ordered, whose, position, n, spacing, tails)
    at, value = np.array(knots).T
    return Marginal(at, np.maximum.accumulate(rounded(value, step)), step)


def _holders(starts: NDArray[np.intp], counts: NDArray[np.intp], whose: NDArray[np.intp]) -> NDArray[np.intp]:
    """Distinct owners of each run; runs too short to matter are not looked into."""
    return np.array(
        [
            len(np.unique(whose[start : start + count])) if count >= FEWEST else 0
            for start, count in zip(starts, counts, strict=True)
        ]
    )


def _between(
    ordered: Vector, whose: NDArray[np.intp], start: int, stop: int, spacing: float, tails: tuple[float, ...]
) -> list[tuple[float, float]]:
    """Knots of the ranks ``start`` to ``stop``, where no atom is; none where they are too few."""
    n = len(ordered)
    first, last = max(start, round(TAIL * n)), min(stop, round((1 - TAIL) * n))
    if last - first < FEWEST:
        return []
    count = max(2, round((last - first) / n / spacing) + 1)
    ranks = np.linspace(first + FEWEST / 2, last - FEWEST / 2, count).round().astype(int)
    outer = [round(n * share) for tail in tails for share in (tail, 1 - tail)]
    ranks = np.append(ranks, [rank for rank in outer if ranks[0] < rank < ranks[-1]]).astype(int)
    return [
        (rank / n, float(ordered[near].mean()))
        for rank in np.unique(ranks)
        if (near := _neighbours(whose, int(rank), start, stop)) is not None
    ]


def _neighbours(whose: NDArray[np.intp], rank: int, start: int, stop: int) -> slice | None:
    """The fewest ranks about ``rank``, from ``start`` to ``stop``, that FEWEST applicants hold."""
    half = FEWEST // 2
    while True:
        near = slice(max(start, rank - half), min(stop, rank + half))
        if len(np.unique(whose[near])) >= FEWEST:
            return near
        if near == slice(start, stop):
            return None
        half += 1
