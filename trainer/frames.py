"""From a table of applications to the arrays features are computed from."""

import numpy as np
import polars as pl

from creditrisk.application import CATEGORICAL, NUMERIC, ApplicationBatch


def to_batch(frame: pl.DataFrame) -> ApplicationBatch:
    """The applications of a canonical frame (see ``trainer.data``), in its row order.

    Columns that are no part of an application (SK_ID_CURR, TARGET) are left out; null becomes NaN in
    ``numbers`` (float64, shape (len(NUMERIC), n)) and None in ``categories``.
    """
    numbers = np.empty((len(NUMERIC), frame.height), dtype=np.float64)
    for row, column in enumerate(NUMERIC):
        numbers[row] = frame[column.name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return ApplicationBatch(numbers, tuple(frame[column.name].to_list() for column in CATEGORICAL))
