"""The canonical frame of applications, and the arrays features are computed from.

A canonical frame has SK_ID_CURR (Int64), TARGET (Int8, labelled tables only) and the columns of
``creditrisk.application.COLUMNS`` in that order, with the types of ``DTYPES``; missing is null and
sentinels of the source are kept.
"""

from typing import Final

import numpy as np
import polars as pl

from creditrisk.application import CATEGORICAL, COLUMNS, NUMERIC, ApplicationBatch, Kind
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


def canonical_schema(*, labelled: bool) -> pl.Schema:
    """Names and types of a canonical frame's columns, in order."""
    types: dict[str, type[pl.DataType]] = {ID: pl.Int64}
    if labelled:
        types[TARGET] = pl.Int8
    return pl.Schema(types | {column.name: DTYPES[column.kind] for column in COLUMNS})


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
