"""Random canonical rows of the history tables: any values that are allowed, with no sense between them."""

import numpy as np
import polars as pl

from creditrisk.application import Column, Kind
from creditrisk.features.history import HISTORIES
from creditrisk.history import TABLES, Table
from trainer.frames import canonical_types

FIRST = 100_001


def words(table: Table, column: str) -> list[str]:
    """The names that aggregates of ``table`` ask for in ``column``, and one that they do not."""
    (declared,) = (one for one in HISTORIES if one.table is table)
    asked = {
        value
        for one in declared.aggregates
        for condition in one.where
        if condition.column == column
        for value in (condition.value if isinstance(condition.value, tuple) else (condition.value,))
        if isinstance(value, str)
    }
    return [*sorted(asked), "another"]


def rows(table: Table, size: int, applicants: int, random: np.random.Generator) -> pl.DataFrame:
    """``size`` canonical rows of ``applicants`` applicants, with a fifth of the values missing."""
    loans = 3 * applicants
    owners = FIRST + np.arange(loans) % applicants  # a loan has one owner, in all tables
    loan = random.permutation(loans)[:size] if TABLES[table].unique in {("SK_ID_BUREAU",), ("SK_ID_PREV",)} else None
    loan = random.integers(0, loans, size) if loan is None else loan
    made = {column.name: _values(table, column, loan, owners[loan], random) for column in TABLES[table].columns}
    frame = pl.DataFrame(made, schema=canonical_types(TABLES[table].columns), strict=False)
    return frame.unique(TABLES[table].unique, maintain_order=True) if TABLES[table].unique else frame


def _values(
    table: Table, column: Column, loan: np.ndarray, owner: np.ndarray, random: np.random.Generator
) -> list[object]:
    size = len(loan)
    if column.name == "SK_ID_CURR":
        return owner.tolist()
    if column.unit == "id":
        return (1_000_000 + loan).tolist()
    if column.kind is Kind.CATEGORY:
        values: list[object] = random.choice(words(table, column.name), size).tolist()
    else:
        low, high = np.clip(column.plausible, -3_000, 3_000)
        drawn = random.integers(np.ceil(low), high, size, endpoint=True).astype(np.float64)
        if column.kind is Kind.NUMBER:
            drawn = np.where(random.random(size) < 0.3, 0.0, drawn + random.integers(0, 1_000, size) / 1_000)
        drawn = np.where(random.random(size) < 0.05, np.nan if not column.sentinels else column.sentinels[0], drawn)
        values = [None if np.isnan(value) else value for value in drawn.tolist()]
    if column.required:
        return [-7.0 if value is None else value for value in values]
    return [None if gone else value for value, gone in zip(values, random.random(size) < 0.2, strict=True)]


def tables(size: int, applicants: int, seed: int) -> dict[Table, pl.DataFrame]:
    """All six tables, with about ``size`` rows each."""
    random = np.random.default_rng(seed)
    return {table: rows(table, size, applicants, random) for table in Table}
