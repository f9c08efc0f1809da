"""Histories of all applicants, part by part, kept in a folder: an interrupted run goes on where it stopped."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from creditrisk.features.history import LAYOUT
from trainer.data import Dataset, HistoryTables
from trainer.frames import ID
from trainer.histories.known import Histories
from trainer.histories.part import histories
from trainer.progress import bar

Part = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Applicants' ids (n,), ascending, and their histories (n, len(AGGREGATES))."""


def load_histories(data: Dataset, folder: Path) -> Histories | None:
    """The histories of ``data``, aggregated under ``folder`` where that is still to do; None where it has none.

    Raises:
        InvalidData: a part of the tables is damaged.
    """
    if data.histories is None:
        return None
    parts = [read_part(path) for path in part_files(data.histories, data.fingerprint, folder)]
    ids, matrices = zip(*parts, strict=True)
    return Histories(np.concatenate(ids), np.concatenate(matrices), frozenset(data.histories.tables))


def part_files(tables: HistoryTables, fingerprint: str, folder: Path) -> list[Path]:
    """Files of the histories of ``tables`` (of the data with ``fingerprint``), one a part, for ``read_part``.

    Raises:
        InvalidData: a part of the tables is damaged.
    """
    # Named by what they are made of and how, so that nothing stale is taken for them.
    home = folder / f"{fingerprint[:16]}-{LAYOUT[:16]}"
    for other in folder.glob("*-*"):
        if other != home:
            shutil.rmtree(other)
    home.mkdir(parents=True, exist_ok=True)
    paths = [home / f"{part:04}.parquet" for part in range(tables.parts)]
    waiting = [(part, path) for part, path in enumerate(paths) if not path.exists()]
    if waiting:
        with bar(f"aggregating {len(waiting)} parts of the histories", len(waiting)) as told:
            for done, (part, path) in enumerate(waiting):
                told.to(done, f"part {part + 1} of {tables.parts}")
                arriving = path.with_suffix(".arriving")
                histories({table: tables.read(table, part) for table in tables.tables}).write_parquet(arriving)
                arriving.replace(path)
    return paths


def read_part(path: Path) -> Part:
    """A part of the histories."""
    frame = pl.read_parquet(path)
    return frame[ID].to_numpy(), frame.drop(ID).to_numpy(order="c")
