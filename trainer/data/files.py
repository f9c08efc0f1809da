"""A table as the file holds it, before any cell is understood: which file, whole or not, which columns."""

import csv
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from creditrisk.errors import InvalidData
from trainer.data.problems import CORRECT, Problems

AGAIN: Final = "download it again"
_OTHER_DELIMITERS: Final = (";", "\t", "|")


def find(folder: Path, table: str) -> Path:
    """``table``'s file in ``folder``: ``.csv`` or ``.parquet``.

    Raises:
        InvalidData: there is no such folder, no such file, or there are both.
    """
    if not folder.is_dir():
        raise InvalidData(f"{folder} is not a folder; name the one that holds {table}.csv")
    found = [path for path in (folder / f"{table}.csv", folder / f"{table}.parquet") if path.is_file()]
    if len(found) == 2:
        raise InvalidData(f"{folder} holds both {table}.csv and {table}.parquet; remove one")
    if not found:
        zipped = next((path for path in sorted(folder.glob(f"{table}.*")) if path.suffix in {".zip", ".gz"}), None)
        mend = f"unpack {zipped.name}" if zipped else "put Kaggle's file there"
        raise InvalidData(f"{folder} holds no {table}.csv and no {table}.parquet; {mend}")
    return found[0]


def read_raw(path: Path) -> pl.DataFrame:
    """The file's cells: every CSV column as String with empty cells null, parquet columns as typed.

    Raises:
        InvalidData: the file is empty, cut short, of another delimiter or cannot be read.
    """
    if path.stat().st_size == 0:
        raise InvalidData(f"{path.name} is empty; {AGAIN}")
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:
            _check_lines(path)
            frame = pl.read_csv(path, infer_schema=False)
    except UnicodeDecodeError as error:
        raise InvalidData(f"{path.name} is not UTF-8 text (byte {error.start}); {AGAIN}") from error
    except (PolarsError, csv.Error, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidData(f"{path.name} cannot be read: {reason}; {AGAIN}") from error
    if frame.is_empty():
        raise InvalidData(f"{path.name} has no rows; {AGAIN}")
    return frame


def _check_lines(path: Path) -> None:
    """Hold every line to the header's number of fields: a short one would be read as missing values."""
    problems = Problems(path.name)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.reader(lines)
        header = next(rows, [])
        if len(header) < 2:
            used = next((mark for mark in _OTHER_DELIMITERS if mark in "".join(header)), None)
            what = f"columns are separated by {used!r}" if used else "there is only one column"
            raise InvalidData(f"{path.name}: {what}; save it with commas between columns")
        for name in sorted({name for name in header if header.count(name) > 1}):
            problems.in_column(name, "the column occurs more than once", "remove one")
        short_at = 0
        row = 0
        for row, fields in enumerate(rows, start=1):
            if len(fields) != len(header):
                problems.in_row(row, f"{len(fields)} fields where the header has {len(header)}", CORRECT)
                short_at = row if len(fields) < len(header) else 0
    if problems.total == 1 and short_at == row > 0:
        what = f"the last line, row {row}, has {len(fields)} of {len(header)} fields: the file is cut short"
        raise InvalidData(f"{path.name}: {what}; {AGAIN}")
    problems.raise_if_any()
