"""The canonical frames of the tables, and the arrays features of the application are computed from.

A canonical frame of applications has SK_ID_CURR (Int64), TARGET (Int8, labelled tables only) and the columns
of ``creditrisk.application.COLUMNS``, one of a history table has the columns of its ``TableSpec``, in that
order, with the types of ``DTYPES``; missing is null and sentinels of the source are kept.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import polars as pl

from creditrisk.application import CATEGORICAL, COLUMNS, NUMERIC, ApplicationBatch, Column, Kind
from trainer.histories.known import Histories

ID: Final = "SK_ID_CURR"
TARGET: Final = "TARGET"
TRAIN: Final = "application_train"
TEST: Final = "application_test"
DTYPES: Final[dict[Kind, type[pl.DataType]]] = {
    Kind.NUMBER: pl.Float64,
    Kind.INTEGER: pl.Int32,
    Kind.FLAG: pl.Int8,
    Kind.CATEGORY: pl.String,
}


def canonical_types(columns: Iterable[Column]) -> pl.Schema:
    """Names and types of ``columns`` in a canonical frame, in their order; ids are Int64."""
    return pl.Schema({column.name: pl.Int64 if column.unit == "id" else DTYPES[column.kind] for column in columns})


def canonical_schema(*, labelled: bool) -> pl.Schema:
    """Names and types of the columns of a canonical frame of applications, in order."""
    types: dict[str, type[pl.DataType]] = {ID: pl.Int64}
    if labelled:
        types[TARGET] = pl.Int8
    return pl.Schema(types | dict(canonical_types(COLUMNS)))


def to_batch(frame: pl.DataFrame, histories: Histories | None = None) -> ApplicationBatch:
    """The applications of a canonical frame, in its row order, with their applicants' ``histories``.

    Columns that are no part of an application (SK_ID_CURR, TARGET) are left out; null becomes NaN in
    ``numbers`` (float64, shape (len(NUMERIC), n)) and None in ``categories``.
    """
    numbers = np.empty((len(NUMERIC), frame.height), dtype=np.float64)
    for row, column in enumerate(NUMERIC):
        numbers[row] = frame[column.name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    categories = tuple(frame[column.name].to_list() for column in CATEGORICAL)
    of = None if histories is None else histories.of(frame[ID].to_numpy())
    return ApplicationBatch(numbers, categories, of)
