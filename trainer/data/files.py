"""A table as the file holds it, before any cell is understood: which file, whole or not, which columns."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars.exceptions import PolarsError

from creditrisk.errors import InvalidData
from trainer.data.problems import CORRECT, Problems

AGAIN: Final = "download it again"
CELLS: Final = 1_000_000
"""Cells of a batch, so that memory depends neither on a table's length nor on its width."""
_END: Final = 1 << 16
"""Bytes that hold the last line."""
_OTHER_DELIMITERS: Final = (";", "\t", "|")


def check_folder(folder: Path) -> None:
    """Hold ``folder`` to being one.

    Raises:
        InvalidData: it is not.
    """
    if not folder.is_dir():
        raise InvalidData(f"{folder} is not a folder; name the one that holds Kaggle's files")


def find(folder: Path, table: str) -> Path:
    """``table``'s file in ``folder``: ``.csv`` or ``.parquet``.

    Raises:
        InvalidData: there is no such folder, no such file, or there are both.
    """
    check_folder(folder)
    found = [path for path in (folder / f"{table}.csv", folder / f"{table}.parquet") if path.is_file()]
    if len(found) == 2:
        raise InvalidData(f"{folder} holds both {table}.csv and {table}.parquet; remove one")
    if not found:
        zipped = next((path for path in sorted(folder.glob(f"{table}.*")) if path.suffix in {".zip", ".gz"}), None)
        mend = f"unpack {zipped.name}" if zipped else "put Kaggle's file there"
        raise InvalidData(f"{folder} holds no {table}.csv and no {table}.parquet; {mend}")
    return found[0]


def read_header(path: Path) -> pl.Schema:
    """The file's columns: those of a CSV file as String, those of a parquet file as typed.

    Raises:
        InvalidData: the file is empty, of another delimiter, has a column twice or cannot be read.
    """
    if path.stat().st_size == 0:
        raise InvalidData(f"{path.name} is empty; {AGAIN}")
    with _readable(path):
        if path.suffix == ".parquet":
            return pl.Schema(pl.read_parquet_schema(path))
        with path.open(encoding="utf-8-sig", newline="") as lines:
            header = next(csv.reader(lines), [])
    if len(header) < 2:
        used = next((mark for mark in _OTHER_DELIMITERS if mark in "".join(header)), None)
        what = f"columns are separated by {used!r}" if used else "there is only one column"
        raise InvalidData(f"{path.name}: {what}; save it with commas between columns")
    problems = Problems(path.name)
    for name in sorted({name for name in header if header.count(name) > 1}):
        problems.in_column(name, "the column occurs more than once", "remove one")
    problems.raise_if_any()
    return pl.Schema(dict.fromkeys(header, pl.String))


def check_end(path: Path, header: pl.Schema, note: Callable[[str], None]) -> None:
    """Look at the last line of a CSV file before gigabytes of lines above it are read; parquet says itself if cut.

    Raises:
        InvalidData: the last line has fewer fields than the header, and the first one has not.
    """
    if path.suffix == ".parquet":
        return
    with path.open("rb") as file:
        first = [file.readline() for _ in range(2)][1]
        file.seek(max(0, path.stat().st_size - _END))
        end = file.read()
    last = end.rstrip(b"\r\n").rsplit(b"\n", 1)[-1]
    if _fields(last) < len(header) == _fields(first):
        what = f"the last line has {_fields(last)} of {len(header)} fields: the file is cut short"
        raise InvalidData(f"{path.name}: {what}; {AGAIN}")
    if not end.endswith(b"\n"):
        note(f"{path.name}: the last line has no line break; if the file was cut short, {AGAIN}")


def read_batches(path: Path, header: pl.Schema, problems: Problems) -> Iterator[pl.DataFrame]:
    """The file's rows in their order, some ``CELLS`` cells at a time, with the types of ``header``.

    CSV lines with another number of fields than the header are noted; from there on nothing is given, for
    their cells cannot be told apart.

    Raises:
        InvalidData: the file has no rows or cannot be read.
    """
    rows = max(1, CELLS // len(header))
    empty = True
    with _readable(path):
        parquet = path.suffix == ".parquet"
        for batch in _parquet_batches(path, rows) if parquet else _csv_batches(path, header, rows, problems):
            empty = False
            yield batch
    if empty and not problems.total:
        raise InvalidData(f"{path.name} has no rows; {AGAIN}")


def _parquet_batches(path: Path, rows: int) -> Iterator[pl.DataFrame]:
    yield from pl.scan_parquet(path).collect_batches(chunk_size=rows, maintain_order=True)


def _csv_batches(path: Path, header: pl.Schema, rows: int, problems: Problems) -> Iterator[pl.DataFrame]:
    """Batches of lines whose fields ``csv`` has counted: to Polars the fields a line lacks are missing values."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines: list[str] = []
        counts = map(len, csv.reader(_kept(file, lines)))
        next(counts)
        lines.clear()
        seen, whole = 0, True
        while (fields := np.fromiter(islice(counts, rows), dtype=np.int64)).size:
            whole &= _check_fields(fields, len(header), seen, problems)
            if whole:
                yield pl.read_csv("".join(lines).encode(), has_header=False, schema=header)
            seen += fields.size
            lines.clear()


def _fields(line: bytes) -> int:
    return len(next(csv.reader([line.decode(errors="replace")]), []))


def _kept(file: Iterable[str], lines: list[str]) -> Iterator[str]:
    """What ``file`` gives, put down in ``lines`` too."""
    for line in file:
        lines.append(line)
        yield line


def _check_fields(fields: NDArray[np.int64], expected: int, before: int, problems: Problems) -> bool:
    """Whether all lines have the ``expected`` number of ``fields``; those that have not are noted."""
    wrong = pl.Series(fields != expected).arg_true()
    what = f"fields where the header has {expected}"
    problems.in_rows(wrong + before + 1, lambda at: f"{fields[wrong[at]]} {what}", CORRECT)
    return wrong.is_empty()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except UnicodeDecodeError as error:
        raise InvalidData(f"{path.name} is not UTF-8 text; save it as such or {AGAIN}") from error
    except (PolarsError, csv.Error, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InvalidData(f"{path.name} cannot be read: {reason}; {AGAIN}") from error
