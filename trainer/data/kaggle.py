"""Home Credit's tables as Kaggle gives them, checked and made canonical."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from creditrisk.application import COLUMNS, Column, Kind
from creditrisk.history import TABLES, Table
from trainer.data.cells import category, check_type, number
from trainer.data.files import AGAIN, check_end, find, read_batches, read_header
from trainer.data.problems import Problems, Rows
from trainer.frames import ID, TARGET, TRAIN, canonical_schema, canonical_types

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
    labelled = table == TRAIN
    columns = (ID_COLUMN, *((TARGET_COLUMN,) if labelled else ()), *COLUMNS)
    problems = Problems(path.name)
    frame = pl.concat([canonical_schema(labelled=labelled).to_frame(), *read_table(path, columns, problems, note)])
    again = ~frame[ID].is_first_distinct() & frame[ID].is_not_null()
    problems.in_cells(again, _rows(frame[ID], 0), ID, lambda _: "an earlier row has the same id")
    if labelled and frame[TARGET].drop_nulls().n_unique() == 1:
        what = f"it is {frame[TARGET].drop_nulls()[0]:g} in every row, so there is nothing to learn"
        problems.in_column(TARGET, what, "use the original file")
    problems.raise_if_any()
    return frame


def read_history(folder: Path, table: Table, note: Callable[[str], None] = ignore) -> pl.DataFrame:
    """The canonical frame of a whole history table, whoever its rows are of, its keys not compared.

    For files that fit into memory; ``partition`` reads those that may not.

    Raises:
        InvalidData: as of ``read_applications``.
    """
    path = find(folder, table)
    columns = TABLES[table].columns
    problems = Problems(path.name)
    frame = pl.concat([canonical_types(columns).to_frame(), *read_table(path, columns, problems, note)])
    problems.raise_if_any()
    return frame


def read_table(
    path: Path, columns: Sequence[Column], problems: Problems, note: Callable[[str], None]
) -> Iterator[pl.DataFrame]:
    """The file's rows in their order, some at a time: ``columns`` in canonical types, null where missing.

    Cells and lines that are wrong go to ``problems``; no rows follow a wrong line.

    Raises:
        InvalidData: the file is not a table with these columns, or is cut short.
    """
    header = read_header(path)
    _check_header(header, columns, problems, note)
    check_end(path, header, note)
    schema = canonical_types(columns)
    before = 0
    for raw in read_batches(path, header, problems):
        rows = _rows(raw[columns[0].name], before)
        read = [
            (category if column.kind is Kind.CATEGORY else number)(raw[column.name], column, rows, problems)
            for column in columns
        ]
        yield pl.DataFrame(read).cast(schema)
        before += raw.height


def _check_header(
    header: pl.Schema, columns: Sequence[Column], problems: Problems, note: Callable[[str], None]
) -> None:
    known = {column.name for column in columns}
    unknown = [name for name in header if name not in known]
    lacking = [column.name for column in columns if column.name not in header]
    if lacking:
        misnamed = f"; unknown columns here: {', '.join(unknown[:10])}" if unknown else ""
        problems.in_file(f"columns are missing: {', '.join(lacking[:10])}{misnamed}", f"rename them or {AGAIN}")
        problems.raise_if_any()
    for column in columns:
        check_type(header[column.name], column, problems)
    problems.raise_if_any()
    if unknown:
        note(f"{problems.file}: unknown columns left out: {', '.join(unknown[:10])}")


def _rows(ids: pl.Series, before: int) -> Rows:
    return Rows(pl.int_range(before + 1, before + len(ids) + 1, eager=True), ids)
