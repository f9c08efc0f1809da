"""Canonical frames of the history tables."""

from collections.abc import Mapping
from functools import cache

import polars as pl

from creditrisk.history import TABLES, Table
from trainer.frames import DTYPES


@cache
def table_schema(table: Table) -> Mapping[str, type[pl.DataType]]:
    """Names and types of a canonical frame's columns, in order."""
    return {column.name: pl.Int64 if column.unit == "id" else DTYPES[column.kind] for column in TABLES[table].columns}


def canonical(table: Table, columns: pl.DataFrame) -> pl.DataFrame:
    """The canonical frame of ``table`` from a frame with all its columns."""
    return columns.select(pl.col(name).cast(dtype) for name, dtype in table_schema(table).items())
