"""Aggregates of one table by applicant: what ``creditrisk.features.aggregates`` declares, done with Polars.

Only whole numbers are reduced, so no result depends on the order of rows; divisions follow, on the few numbers
an applicant then has.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import polars as pl
from polars import col

from creditrisk.features.aggregates import Aggregate, Condition, TableAggregates
from creditrisk.features.history import SCALES
from trainer.frames import ID

Reduce = Literal["matches", "known", "distinct", "sum", "min", "max", "x", "xx", "xy"]
_MONTH: Final = "MONTHS_BALANCE"
_COMPARE: Final[dict[str, Callable[[pl.Expr, int], pl.Expr]]] = {
    "=": pl.Expr.eq,
    "<=": pl.Expr.le,
    ">=": pl.Expr.ge,
}
_REDUCE: Final[dict[Reduce, Callable[[pl.Expr, pl.Expr], pl.Expr]]] = {
    "matches": lambda value, _: value.count(),
    "known": lambda value, _: value.count(),
    "distinct": lambda value, _: value.drop_nulls().n_unique(),
    "sum": lambda value, _: value.sum(),
    "min": lambda value, _: value.min(),
    "max": lambda value, _: value.max(),
    "x": lambda _, month: month.sum(),
    "xx": lambda _, month: (month * month).sum(),
    "xy": lambda value, month: (value * month).sum(),
}
"""By reduction: what is done to the masked values, and the months of those known."""


def aggregate(declared: TableAggregates, rows: pl.DataFrame) -> pl.DataFrame:
    """SK_ID_CURR and a Float64 column an aggregate, one row an applicant with any in ``rows`` (``known_rows``).

    Null is missing.
    """
    scales = SCALES[declared.table]
    plan = _Plan(scales)
    finished = [_finished(one, plan, scales.get(one.of, 1)) for one in declared.aggregates]
    masked = rows.select(ID, *plan.masked())
    return masked.group_by(ID).agg(plan.reductions()).select(ID, *finished)


@dataclass(slots=True)
class _Plan:
    """The columns and reductions that aggregates need, each once however many need it."""

    scales: Mapping[str, int]
    columns: dict[tuple[str, tuple[Condition, ...]], str] = field(default_factory=dict)
    reduced: dict[tuple[Reduce, str], str] = field(default_factory=dict)

    def need(self, reduce: Reduce, of: str, where: tuple[Condition, ...]) -> pl.Expr:
        """The reduction of ``of`` over the rows that meet ``where``, as a column of the reduced frame."""
        column = self.columns.setdefault((of, where), f"column {len(self.columns)}")
        return col(self.reduced.setdefault((reduce, column), f"reduced {len(self.reduced)}"))

    def masked(self) -> Iterable[pl.Expr]:
        """Every column, null where its rows' conditions are not met; without a column, 1 where they are."""
        for (of, where), name in self.columns.items():
            value = col(of) if of else pl.lit(1, pl.Int64)
            met = pl.all_horizontal(pl.lit(value=True), *(self._met(condition) for condition in where))
            yield pl.when(met).then(value).alias(name)
            if ("xy", name) in self.reduced:
                yield pl.when(met & col(of).is_not_null()).then(col(_MONTH)).alias(f"{name} month")

    def reductions(self) -> Iterable[pl.Expr]:
        """Every reduction of the masked columns."""
        for (reduce, column), name in self.reduced.items():
            yield _REDUCE[reduce](col(column), col(f"{column} month")).alias(name)

    def _met(self, condition: Condition) -> pl.Expr:
        column = col(condition.column)
        match condition.operator, condition.value:
            case "in", tuple(values):
                met = column.is_in(values)
            case "=", str(value):
                met = column.eq(value)
            case operator, int(value) | float(value):
                met = _COMPARE[operator](column, round(value * self.scales[condition.column]))
            case _:
                raise TypeError(f"{condition} cannot be tested")
        return met.fill_null(value=False)


def _finished(one: Aggregate, plan: _Plan, scale: int) -> pl.Expr:
    def need(reduce: Reduce) -> pl.Expr:
        return plan.need(reduce, one.of, one.where).cast(pl.Float64)

    match one.statistic:
        case "count":
            value = plan.need("matches", "", one.where).cast(pl.Float64)
        case "distinct":
            value = need("distinct")
        case "sum":
            nothing = plan.need("matches", "", one.where) == 0
            value = pl.when(nothing | (need("known") > 0)).then(need("sum") / scale)
        case "mean":
            value = pl.when(need("known") > 0).then(need("sum") / need("known") / scale)
        case "min":
            value = need("min") / scale
        case "max":
            value = need("max") / scale
        case "slope":
            n, x, y = need("known"), need("x"), need("sum")
            spread = n * need("xx") - x * x
            value = pl.when(spread > 0).then((n * need("xy") - x * y) / spread / scale)
    return value.alias(one.name)
