"""History tables brought into parts: the rows of Kaggle's files, in any order, gathered by applicant."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from creditrisk.history import TABLES, Table, TableSpec
from trainer.data.files import find
from trainer.data.hashed import write_hashed
from trainer.data.kaggle import read_table
from trainer.data.parts import HistoryTables, bounds_of, part_path
from trainer.data.problems import Problems, Rows
from trainer.frames import ID, TEST, TRAIN, canonical_types

LOAN: Final = "SK_ID_BUREAU"
EVERY: Final = 5_000_000
"""Rows between two words of progress."""
# Beside a table's own columns, whose names are in capitals.
_ROW: Final = "row"
_PART: Final = "part"


def partition(
    source: Path, tables: Sequence[Table], applicants: pl.Series, folder: Path, progress: Callable[[str], None]
) -> HistoryTables:
    """Check the ``tables`` of Kaggle's files in ``source`` and write them to ``folder`` in parts.

    ``applicants``: the SK_ID_CURR of all applications. Rows that lead to none of them are checked but left
    out, and ``progress`` told how many. A file is read once, a batch at a time, and each batch scattered to
    pieces on disk, by part; then the pieces of a part are put together. So memory holds a batch or a part and,
    to find the applicants of bureau_balance, the ids of the loans in bureau.

    Raises:
        InvalidData: naming file, row, column and the mend of a file's first problems, and their number.
    """
    ids = applicants.unique().sort()
    bounds = bounds_of(ids)
    parts = range(len(bounds) - 1)
    owners = {ID: pl.DataFrame({ID: ids, _PART: pl.Series(bounds[1:]).search_sorted(ids, side="right")})}
    hashes: dict[Table, tuple[str, ...]] = {}
    for table in tables:
        path, spec = find(source, table), TABLES[table]
        progress(f"reading {path}")
        with TemporaryDirectory(dir=folder.parent) as name:
            pieces = Path(name)
            _scatter(path, spec, owners[spec.owner], pieces, progress)
            _check_repeated(path, spec, pieces, parts)
            hashes[table] = tuple(
                write_hashed(part_path(folder, table, part), _gather(pieces, part, spec).drop(_ROW).collect())
                for part in parts
            )
        made = HistoryTables(folder, bounds, hashes)
        progress(f"{table}: {made.rows(table):,} rows in {made.parts} parts")
        if table is Table.BUREAU:
            owners[LOAN] = _loans(made)
    return made


def _scatter(path: Path, spec: TableSpec, owners: pl.DataFrame, pieces: Path, progress: Callable[[str], None]) -> None:
    """Write the rows of ``owners`` to ``pieces``, one file a batch and part, with their places in the file."""
    problems = Problems(path.name)
    seen = kept = 0
    for number, batch in enumerate(read_table(path, spec.columns, problems, progress)):
        rows = batch.with_row_index(_ROW, offset=seen + 1)
        owned = rows.join(owners, on=spec.owner, how="inner", maintain_order="left")
        for (part,), piece in owned.partition_by(_PART, as_dict=True, include_key=False).items():
            piece.write_ipc(pieces / f"{part:04d}-{number:06d}.arrow", compression="lz4")
        if (seen + batch.height) // EVERY > seen // EVERY:
            progress(f"{path.stem}: {seen + batch.height:,} rows so far")
        seen += batch.height
        kept += owned.height
    problems.raise_if_any()
    if kept < seen:
        whose = f"whose {spec.owner} leads to no applicant of {TRAIN} or {TEST}"
        progress(f"{path.name}: {seen - kept:,} of {seen:,} rows left out, {whose}")


def _gather(pieces: Path, part: int, spec: TableSpec) -> pl.LazyFrame:
    """The rows of a part with their places in the file, in its order."""
    empty = pl.LazyFrame(schema={_ROW: pl.UInt32, **canonical_types(spec.columns)})
    return pl.concat([empty, *(pl.scan_ipc(piece) for piece in sorted(pieces.glob(f"{part:04d}-*")))])


def _check_repeated(path: Path, spec: TableSpec, pieces: Path, parts: range) -> None:
    """Hold every row to its own key. An id in two parts belongs to two applicants: its rows are compared too."""
    if not spec.unique:
        return
    name = spec.unique[0]
    repeated: list[pl.DataFrame] = []
    ids: list[pl.Series] = []
    for part in parts:
        keys = _gather(pieces, part, spec).select(_ROW, *spec.unique).collect()
        repeated.append(_again(keys, spec))
        # Sorting copies them: unique() alone holds on to the room of all rows.
        ids.append(keys[name].unique().sort())
    every = pl.concat(ids).sort()
    shared = every.filter(every == every.shift())
    if shared.len():
        across = [_gather(pieces, part, spec).filter(pl.col(name).is_in(shared.implode())) for part in parts]
        repeated.append(_again(pl.concat(across).select(_ROW, *spec.unique).collect(), spec))
    found = pl.concat(repeated).unique(_ROW).sort(_ROW)
    problems = Problems(path.name)
    wrong = pl.repeat(value=True, n=found.height, eager=True)
    what = "an earlier row has the same"
    problems.in_cells(wrong, Rows(found[_ROW], found[name]), " and ".join(spec.unique), lambda _: what)
    problems.raise_if_any()


def _again(keys: pl.DataFrame, spec: TableSpec) -> pl.DataFrame:
    """The rows of ``keys`` whose key an earlier row has."""
    # Sorting takes a third of the memory of hashing.
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift() for name in spec.unique)
    return keys.sort(*spec.unique, _ROW).filter(same)


def _loans(bureau: HistoryTables) -> pl.DataFrame:
    """The part of every loan in bureau, by SK_ID_BUREAU."""
    return pl.concat(
        pl.read_parquet(path, columns=[LOAN]).with_columns(pl.lit(part, pl.UInt32).alias(_PART))
        for part, path in enumerate(bureau.paths(Table.BUREAU))
    )
