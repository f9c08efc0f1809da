"""Files of applications, as people send them."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from creditrisk.application import COLUMNS, Kind
from creditrisk.client import LoanApplication
from gateway.page.batch.batch import Batch
from gateway.page.batch.cells import read_cells
from gateway.page.batch.columns import ID
from gateway.page.batch.kinds import open_source
from gateway.page.batch.problems import Problem
from gateway.page.form.form import known
from gateway.texts import ENGLISH

NAMES = [ID, *(column.name for column in COLUMNS)]
TYPES: dict[Kind, Any] = {
    Kind.NUMBER: pl.Float64,
    Kind.INTEGER: pl.Int64,
    Kind.FLAG: pl.Boolean,
    Kind.CATEGORY: pl.String,
}


def rows_of(applications: Sequence[LoanApplication]) -> list[dict[str, Any]]:
    """Values by column, of what is known."""
    return [{ID: one.sk_id_curr, **known(one)} for one in applications]


def write_csv(
    path: Path,
    rows: Sequence[dict[str, Any]],
    names: Sequence[str] = NAMES,
    separator: str = ",",
    encoding: str = "utf-8",
    flags: tuple[str, str] = ("0", "1"),
) -> Path:
    """``rows`` at ``path``; what is not known is empty."""

    def cell(value: Any) -> Any:
        return flags[value] if isinstance(value, bool) else value

    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=separator)
        writer.writerow(names)
        writer.writerows([cell(row.get(name.upper(), "")) for name in names] for row in rows)
    return path


def write_parquet(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """As ``write_csv``, in columns of types."""
    schema = {ID: pl.Int64, **{column.name: TYPES[column.kind] for column in COLUMNS}}
    pl.DataFrame([{name: row.get(name) for name in NAMES} for row in rows], schema, orient="row").write_parquet(path)
    return path


def read(path: Path) -> tuple[list[LoanApplication], list[Problem]]:
    """All applications of a file, and what could not be read."""
    applications, problems = [], []
    for cells in open_source(path, ENGLISH).pages():
        made, found = read_cells(cells, ENGLISH)
        applications += made
        problems += found
    return applications, problems


def batch_of(path: Path, folder: Path) -> Batch:
    """A copy of the file at ``path`` as it comes when it is uploaded."""
    folder.mkdir(exist_ok=True)
    uploads = folder / "upload"
    uploads.mkdir(exist_ok=True)
    upload = uploads / path.name
    upload.write_bytes(path.read_bytes())
    return Batch(upload, folder, ENGLISH)
