"""Home Credit's application tables as Kaggle gives them, checked and made canonical."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from creditrisk.application import COLUMNS, Column, Kind
from trainer.data.cells import category, number
from trainer.data.files import AGAIN, find, read_raw
from trainer.data.problems import Problems
from trainer.frames import ID, TARGET, TRAIN, canonical_schema

ID_COLUMN: Final = Column(ID, Kind.INTEGER, "id", "the applicant's id", valid=(1, 2**53), required=True)
TARGET_COLUMN: Final = Column(TARGET, Kind.FLAG, "1 or 0", "had payment difficulties", valid=(0, 1), required=True)


def ignore(_: str) -> None:
    """Take a note and do nothing with it."""


def read_applications(folder: Path, table: str, note: Callable[[str], None] = ignore) -> pl.DataFrame:
    """The canonical frame of ``table`` (``application_train``, labelled, or ``application_test``).

    Unknown columns are left out and named to ``note``.

    Raises:
        InvalidData: naming file, row, column and the mend of the first problems, and their number.
    """
    path = find(folder, table)
    raw = read_raw(path)
    labelled = table == TRAIN
    columns = (ID_COLUMN, *((TARGET_COLUMN,) if labelled else ()), *COLUMNS)
    problems = Problems(path.name)
    _check_names(raw.columns, columns, problems, note)
    frame = _canonical(raw, columns, problems)
    problems.raise_if_any()
    return frame.cast(canonical_schema(labelled=labelled))


def _check_names(
    names: Sequence[str], columns: Sequence[Column], problems: Problems, note: Callable[[str], None]
) -> None:
    known = {column.name for column in columns}
    unknown = [name for name in names if name not in known]
    lacking = [column.name for column in columns if column.name not in names]
    if lacking:
        misnamed = f"; unknown columns here: {', '.join(unknown[:10])}" if unknown else ""
        problems.in_file(f"columns are missing: {', '.join(lacking[:10])}{misnamed}", f"rename them or {AGAIN}")
        problems.raise_if_any()
    if unknown:
        note(f"{problems.file}: unknown columns left out: {', '.join(unknown[:10])}")


def _canonical(raw: pl.DataFrame, columns: Sequence[Column], problems: Problems) -> pl.DataFrame:
    ids = raw[ID]
    read = [
        (category if column.kind is Kind.CATEGORY else number)(raw[column.name], column, ids, problems)
        for column in columns
    ]
    frame = pl.DataFrame(read)
    again = ~frame[ID].is_first_distinct() & frame[ID].is_not_null()
    problems.in_cells(again, ids, ID, lambda _: "an earlier row has the same id")
    if TARGET in frame.columns and frame[TARGET].drop_nulls().n_unique() == 1:
        what = f"it is {frame[TARGET].drop_nulls()[0]:g} in every row, so there is nothing to learn"
        problems.in_column(TARGET, what, "use the original file")
    return frame
