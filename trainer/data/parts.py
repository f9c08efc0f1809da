"""The prepared histories: six tables in parts, each part the whole histories of a range of applicants.

Whoever reads one part at a time needs memory for one part, however long the tables are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from creditrisk.errors import InvalidData
from creditrisk.history import Table
from trainer.data.hashed import PREPARE, read_hashed

PART: Final = 10_000
"""Most applicants of a part."""


@dataclass(frozen=True, slots=True)
class HistoryTables:
    """History tables in files ``<table>/<part>.parquet`` of ``folder``.

    Part ``k`` holds all rows, of every table, of the applicants with ``bounds[k] <= SK_ID_CURR < bounds[k + 1]``.
    ``hashes``: by table the ``content_hash`` of each part.
    """

    folder: Path
    bounds: tuple[int, ...]
    hashes: Mapping[Table, tuple[str, ...]]

    @property
    def tables(self) -> tuple[Table, ...]:
        """The tables there are, in the order of ``Table``."""
        return tuple(self.hashes)

    @property
    def parts(self) -> int:
        """How many parts each table has."""
        return len(self.bounds) - 1

    def read(self, table: Table, part: int) -> pl.DataFrame:
        """The canonical frame (see ``trainer.frames``) of a part, its rows in the source's order.

        Raises:
            InvalidData: the file cannot be read, or is not the one that was prepared.
        """
        return read_hashed(part_path(self.folder, table, part), self.hashes[table][part])

    def paths(self, table: Table) -> list[Path]:
        """The files of a table, by part."""
        return [part_path(self.folder, table, part) for part in range(self.parts)]

    def check_files(self) -> None:
        """Look whether the file of every part is there; its content is held to its hash when it is read.

        Raises:
            InvalidData: one is not.
        """
        for table in self.tables:
            for path in self.paths(table):
                if not path.is_file():
                    raise InvalidData(f"{path} is not there; {PREPARE}")

    def rows(self, table: Table) -> int:
        """How many rows a table has, as its files say."""
        return int(pl.scan_parquet(self.paths(table)).select(pl.len()).collect().item())


def part_path(folder: Path, table: Table, part: int) -> Path:
    """The file of a part."""
    return folder / table / f"{part:04d}.parquet"


def bounds_of(applicants: pl.Series) -> tuple[int, ...]:
    """The bounds of parts of ``PART`` applicants each, the last one of what is left, from all SK_ID_CURR."""
    ids = applicants.unique().sort()
    return (*ids.gather_every(PART), ids[-1] + 1)
