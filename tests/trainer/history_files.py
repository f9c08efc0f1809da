"""A folder as downloaded: applications and random rows of the six tables of history, in Kaggle's writing."""

from pathlib import Path

import polars as pl

from creditrisk.history import TABLES, Table
from tests.trainer import history_rows
from trainer.frames import TEST, TRAIN
from trainer.generator import Generated

APPLICANTS = 400
"""Applicants with rows; the applications in the tests are of fewer."""


def tables(seed: int = 1, size: int = 900) -> dict[Table, pl.DataFrame]:
    """Canonical rows in no order of applicants."""
    made = history_rows.tables(size, APPLICANTS, seed)
    return {table: frame.sample(fraction=1, shuffle=True, seed=seed) for table, frame in made.items()}


def as_kaggle(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Y and N for a flag, and whole numbers with a fraction in the columns that may be missing."""
    whole = [c.name for c in TABLES[table].columns if frame[c.name].dtype == pl.Int32 and not c.required]
    frame = frame.with_columns(pl.col(whole).cast(pl.Float64))
    if table is Table.PREVIOUS:
        return frame.with_columns(pl.col("FLAG_LAST_APPL_PER_CONTRACT").replace_strict({1: "Y", 0: "N"}))
    return frame


def write(folder: Path, generated: Generated, rows: dict[Table, pl.DataFrame], suffix: str = ".csv") -> Path:
    """Write the seven tables to ``folder``."""
    folder.mkdir(parents=True)
    frames = {TRAIN: generated.train, TEST: generated.test}
    frames |= {str(table): as_kaggle(table, frame) for table, frame in rows.items()}
    for name, frame in frames.items():
        path = folder / f"{name}{suffix}"
        if suffix == ".csv":
            frame.write_csv(path)
        else:
            frame.write_parquet(path)
    return folder


def owned(rows: dict[Table, pl.DataFrame], table: Table, applicants: pl.Series) -> pl.DataFrame:
    """The rows of ``table`` that lead to ``applicants``, in their order."""
    frame = rows[table]
    if TABLES[table].owner == "SK_ID_CURR":
        return frame.filter(pl.col("SK_ID_CURR").is_in(applicants.implode()))
    loans = owned(rows, Table.BUREAU, applicants)["SK_ID_BUREAU"]
    return frame.filter(pl.col("SK_ID_BUREAU").is_in(loans.implode()))
