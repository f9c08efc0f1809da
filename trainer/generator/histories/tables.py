"""Canonical frames of the history tables."""

from functools import cache

import polars as pl

from creditrisk.history import TABLES, Table
from trainer.frames import canonical_types


@cache
def table_schema(table: Table) -> pl.Schema:
    """Names and types of a canonical frame's columns, in order."""
    return canonical_types(TABLES[table].columns)


def canonical(table: Table, columns: pl.DataFrame) -> pl.DataFrame:
    """The canonical frame of ``table`` from a frame with all its columns."""
    return columns.select(pl.col(name).cast(dtype) for name, dtype in table_schema(table).items())
