"""The operations of formulas over numbers, each for many features and applications at once.

Only operations whose result per application does not depend on how many there are may stand here:
element-wise arithmetic, comparisons, minimum and maximum, and sums in a fixed order (``accumulate``,
since ``np.add.reduce`` regroups long sums when the batch has one row). A contract test holds this.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.float64]
Evaluate = Callable[[Table, Table, Table], object]
"""``evaluate(block, out, factors)``: operands (operands, features, n) to values (features, n), in place.

``factors``: the numbers that formulas state, (features, 1); 1 where they state none.
"""


def _ratio(block: Table, out: Table, _: Table) -> None:
    np.divide(block[0], block[1], out=out)
    out[block[1] == 0] = np.nan


def _count(flags: NDArray[np.bool_], out: Table | None = None) -> Table:
    """How many are true; whole numbers add up exactly in any order."""
    return np.asarray(np.add.reduce(flags, axis=0, dtype=np.float64, out=out))


def _total(block: Table, known: NDArray[np.bool_]) -> Table:
    return np.asarray(np.add.accumulate(np.where(known, block, 0.0), axis=0)[-1])


def _sum(block: Table, out: Table, _: Table) -> None:
    known = block == block  # noqa: PLR0124 - false for NaN alone
    out[:] = np.where(known.any(axis=0), _total(block, known), np.nan)


def _mean(block: Table, out: Table, _: Table) -> None:
    known = block == block  # noqa: PLR0124
    np.divide(_total(block, known), _count(known), out=out)


def _std(block: Table, out: Table, _: Table) -> None:
    known = block == block  # noqa: PLR0124
    count = _count(known)
    apart = block - _total(block, known) / count
    np.sqrt(_total(apart * apart, known) / count, out=out)


EVALUATE: Final[dict[str, Evaluate]] = {
    "scaled": lambda block, out, factor: np.multiply(block[0], factor, out=out),
    "ratio": _ratio,
    "difference": lambda block, out, _: np.subtract(block[0], block[1], out=out),
    "product": lambda block, out, _: np.multiply(block[0], block[1], out=out),
    "missing": lambda block, out, _: np.not_equal(block[0], block[0], out=out),
    "positive": lambda block, out, _: _count(block > 0, out),
    "known": lambda block, out, _: _count(~np.isnan(block), out),
    "min": lambda block, out, _: np.fmin.reduce(block, axis=0, out=out),
    "max": lambda block, out, _: np.fmax.reduce(block, axis=0, out=out),
    "sum": _sum,
    "mean": _mean,
    "std": _std,
}
