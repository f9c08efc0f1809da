"""Generated histories brought into parts, one part at a time."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import polars as pl

from creditrisk.history import Table
from trainer.data.hashed import write_hashed
from trainer.data.parts import HistoryTables, bounds_of, part_path
from trainer.generator import Generated


def write_generated(
    generated: Generated, tables: Sequence[Table], applicants: pl.Series, folder: Path, progress: Callable[[str], None]
) -> HistoryTables:
    """Generate the ``tables`` of all ``applicants`` (SK_ID_CURR) and write them to ``folder`` in parts."""
    bounds = bounds_of(applicants)
    hashes: dict[Table, tuple[str, ...]] = dict.fromkeys(tables, ())
    rows = 0
    for part, (first, last) in enumerate(pairwise(bounds)):
        made = generated.histories(first, last)
        for table in tables:
            hashes[table] += (write_hashed(part_path(folder, table, part), made[table]),)
            rows += made[table].height
        progress(f"histories of part {part + 1} of {len(bounds) - 1}: {rows:,} rows so far")
    return HistoryTables(folder, bounds, hashes)
