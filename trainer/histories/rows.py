"""Rows of history as they were known at the application, in whole numbers, with their derived columns."""

from typing import Final

import polars as pl
from polars import col

from creditrisk.application import Column, Kind
from creditrisk.features.aggregates import SHARE, Grade, Recency, RowFormula, TableAggregates
from creditrisk.features.history import SCALES
from creditrisk.features.spec import Difference, Product, Ratio
from creditrisk.history import TABLES, Table
from trainer.frames import ID

_INSTALMENT: Final = (ID, "SK_ID_PREV", "NUM_INSTALMENT_NUMBER", "DAYS_INSTALMENT")
_FARTHEST: Final = 1e15
"""Bound of a ratio in whole numbers: sums of ten thousand stay below 2^63."""


def known_rows(declared: TableAggregates, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows of ``frame``, canonical and with SK_ID_CURR, that were known at the application.

    Numbers are Int64, ``SCALES`` whole numbers a unit; null is missing, and so are sentinels, implausible
    values and what happened after the application. Derived columns follow.
    """
    table = TABLES[declared.table]
    known = frame.filter(pl.all_horizontal(col(name) <= 0 for name in table.dated))
    scales = SCALES[declared.table]
    rows = known.with_columns(
        _whole(column, scales[column.name]) for column in table.columns if column.kind is not Kind.CATEGORY
    )
    if declared.table is Table.INSTALMENTS:
        rows = _instalments(rows)
    for name, formula in declared.derived.items():
        rows = _derived(rows, name, formula, scales)
    return rows


def _whole(column: Column, scale: int) -> pl.Expr:
    if column.unit == "id":
        return col(column.name).cast(pl.Int64)
    value = col(column.name).cast(pl.Float64)
    usable = value.is_between(*column.plausible) & ~value.is_in(column.sentinels)
    return pl.when(usable).then((value * scale).round().cast(pl.Int64)).alias(column.name)


def _instalments(rows: pl.DataFrame) -> pl.DataFrame:
    """One row an instalment, however many payments it was paid in; paid when the last of them came."""
    # A payment after the application is not known, and its amount neither.
    paid = pl.when(col("DAYS_ENTRY_PAYMENT").is_not_null()).then(col("AMT_PAYMENT"))
    return rows.group_by(_INSTALMENT).agg(
        col("NUM_INSTALMENT_VERSION").max(),
        col("DAYS_ENTRY_PAYMENT").max(),
        col("AMT_INSTALMENT").max(),
        pl.when(paid.count() > 0).then(paid.sum()).alias("AMT_PAYMENT"),
    )


def _derived(rows: pl.DataFrame, name: str, formula: RowFormula, scales: dict[str, int]) -> pl.DataFrame:
    match formula:
        case Difference(left, right):
            return rows.with_columns((col(left) - col(right)).alias(name))
        case Product(left, right):
            return rows.with_columns((col(left) * col(right)).alias(name))
        case Ratio(over, under):
            unit = SHARE * scales[under] / scales[over]
            ratio = (col(over) / col(under) * unit).round().clip(-_FARTHEST, _FARTHEST).cast(pl.Int64)
            return rows.with_columns(pl.when(col(under) != 0).then(ratio).alias(name))
        case Grade(of, grades):
            return rows.with_columns(
                col(of).replace_strict(dict(grades), default=None, return_dtype=pl.Int64).alias(name)
            )
        case Recency(by, within):
            # The other columns break ties, so that the order is that of the rows' contents.
            others = [column for column in sorted(rows.columns) if column not in {by, within}]
            ids = [column for column in others if column.startswith("SK_ID")]
            order = [within, by, *ids, *(column for column in others if column not in ids)]
            rows = rows.sort(order, descending=[False, True, *(True for _ in order[2:])], nulls_last=True)
            return rows.with_columns((pl.int_range(pl.len()).over(within) + 1).alias(name))
