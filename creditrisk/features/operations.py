"""The operations of formulas over numbers, each for many features and applications at once.

Only operations whose result per application does not depend on how many there are may stand here:
element-wise arithmetic, comparisons, minimum and maximum, and sums in a fixed order (``accumulate``,
since ``np.add.reduce`` regroups long sums when the batch has one row). A contract test holds this.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.features.spec import Difference, Missing, Over, Product, Ratio, Scaled, Statistic

Table = NDArray[np.float64]
Flags = NDArray[np.bool_]
Evaluate = Callable[[Table, Table], object]
"""``evaluate(block, out)``: operands (operands, features, n) to values (features, n), into ``out``, which is
missing throughout before."""


def _scaled(formulas: Sequence[Scaled]) -> Evaluate:
    factors = np.array([[formula.factor] for formula in formulas])
    return lambda block, out: np.multiply(block[0], factors, out=out)


def _ratio(_: Sequence[Ratio]) -> Evaluate:
    return lambda block, out: np.divide(block[0], block[1], out=out, where=block[1] != 0)


def _difference(_: Sequence[Difference]) -> Evaluate:
    return lambda block, out: np.subtract(block[0], block[1], out=out)


def _product(_: Sequence[Product]) -> Evaluate:
    return lambda block, out: np.multiply(block[0], block[1], out=out)


def _missing(_: Sequence[Missing]) -> Evaluate:
    return lambda block, out: np.not_equal(block[0], block[0], out=out)  # true of NaN alone


def _over(formulas: Sequence[Over]) -> Evaluate:
    """What statistics have in common is found once for all; those of a kind stand together."""
    parts: list[tuple[_Statistic, slice]] = []
    for statistic, those in groupby(formula.statistic for formula in formulas):
        start = parts[-1][1].stop if parts else 0
        parts.append((_STATISTICS[statistic], slice(start, start + len(list(those)))))

    def evaluate(block: Table, out: Table) -> None:
        known = block == block  # noqa: PLR0124 - false for NaN alone
        count = _count(known)
        total = np.add.accumulate(np.where(known, block, 0.0), axis=0)[-1]
        for compute, at in parts:
            compute(block[:, at], count[at], total[at], out[at])

    return evaluate


_Statistic = Callable[[Table, Table, Table, Table], object]
"""``compute(block, count, total, out)``: number and sum (features, n) of the known operands in ``block``."""


def _count(flags: Flags, out: Table | None = None) -> Table:
    """How many are true; whole numbers add up exactly in any order."""
    return np.asarray(np.add.reduce(flags, axis=0, dtype=np.float64, out=out))


_STATISTICS: Final[dict[Statistic, _Statistic]] = {
    "known": lambda _, count, __, out: np.copyto(out, count),
    "positive": lambda block, _, __, out: _count(block > 0, out),
    "sum": lambda _, count, total, out: np.copyto(out, total, where=count > 0),
    "mean": lambda _, count, total, out: np.divide(total, count, out=out),
    "min": lambda block, _, __, out: np.fmin.reduce(block, axis=0, out=out),
    "max": lambda block, _, __, out: np.fmax.reduce(block, axis=0, out=out),
}
OPERATIONS: Final[dict[type, Callable[[Any], Evaluate]]] = {
    Scaled: _scaled,
    Ratio: _ratio,
    Difference: _difference,
    Product: _product,
    Missing: _missing,
    Over: _over,
}
"""What evaluates formulas of a type; those of ``Over`` come with the same statistics side by side."""
