"""Round amounts: how round an amount is, and rounding to that."""

from collections.abc import Sequence
from typing import Final

import polars as pl

STEPS: Final = (45_000, 4_500, 450, 45, 4.5, 0.045)
"""The source's amounts are round in one of these (it was scaled to hide the currency)."""
USUAL: Final = 4.5
FINEST: Final = 0.045


def roundness(amount: pl.Expr, steps: Sequence[float] = STEPS) -> pl.Expr:
    """The name of the coarsest of ``steps`` that ``amount`` is a multiple of."""
    parts = [pl.when((amount / step - (amount / step).round()).abs() < 1e-4).then(pl.lit(str(step))) for step in steps]
    return pl.coalesce(*parts, pl.lit(str(steps[-1])))


def rounded_as(amount: pl.Expr, name: pl.Expr) -> pl.Expr:
    """``amount`` as round as ``name`` says, unless that is coarse for it."""
    step = name.cast(pl.Float64)
    return rounded_to(amount, pl.when(amount >= 2 * step).then(step).otherwise(USUAL))


def rounded_to(amount: pl.Expr, step: pl.Expr | float = USUAL) -> pl.Expr:
    """``amount`` as a multiple of ``step``."""
    return (amount / step).round() * step
