"""The prepared data: canonical tables in a folder, named by the hash of what they hold."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl

from creditrisk.errors import InvalidData
from creditrisk.history import Table
from trainer.data.fingerprint import fingerprint
from trainer.data.hashed import PREPARE, read_hashed, write_hashed
from trainer.data.kaggle import ignore, read_applications
from trainer.data.partition import partition
from trainer.data.parts import HistoryTables
from trainer.data.selection import selected
from trainer.data.staging import staged
from trainer.data.synthetic import write_generated
from trainer.frames import ID, TARGET, TEST, TRAIN
from trainer.generator import generate

FORMAT: Final = 2
MANIFEST: Final = "data.json"
HISTORIES: Final = "histories"
APPLICATIONS: Final = (TRAIN, TEST)
_FILES: Final = (*(f"{name}.parquet" for name in APPLICATIONS), HISTORIES, MANIFEST)

Progress = Callable[[str], None]
WriteHistories = Callable[[Sequence[Table], pl.Series, Path, Progress], HistoryTables]
"""Takes the tables to write, all SK_ID_CURR, the folder to write to, and what to tell the progress to."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Canonical tables (see ``trainer.frames``): ``train`` is labelled, ``test`` is not.

    ``source`` is "kaggle" or "synthetic", ``seed`` the synthetic rows' seed, else None; ``fingerprint``
    is a SHA-256 in hex that names the content of all tables, whatever file format it came from.
    ``histories`` are the tables beside the applications, None where there are none.
    """

    train: pl.DataFrame
    test: pl.DataFrame
    source: str
    fingerprint: str
    seed: int | None
    histories: HistoryTables | None = None


def prepare(
    source: Path | None,
    out: Path,
    *,
    without: Collection[Table] = (),
    rows: int = 50_000,
    seed: int = 0,
    progress: Progress = ignore,
) -> Dataset:
    """Write ``application_train.parquet``, ``application_test.parquet``, ``histories`` and ``data.json`` to ``out``.

    ``source`` is a folder with Kaggle's files; without one, ``rows`` labelled applications are generated
    with ``seed`` (and a sixth as many without label), and their histories. History tables named in
    ``without`` are left out. The files are made beside those of earlier data and take their place at the
    end: interrupted, the folder holds the old data or ``load`` refuses it.

    Raises:
        InvalidData: a file of ``source`` is wrong or missing, or the rows generated are too few to hold both
            outcomes; ``out`` is as it was.
        InvalidSettings: another run is writing to ``out``.
        ValueError: ``rows`` is below 1 or ``seed`` below 0.
    """
    tables = selected(source, without, progress)
    if source is None:
        applications, write = _generated(rows, seed, progress)
    else:
        applications, write = _read(source, out, progress)
    ids = pl.concat(frame[ID] for frame in applications.values())
    with staged(out, _FILES) as stage:
        histories = write(tables, ids, stage / HISTORIES, progress) if tables else None
        hashes = {name: write_hashed(stage / f"{name}.parquet", frame) for name, frame in applications.items()}
        manifest = {
            "format": FORMAT,
            "source": "synthetic" if source is None else "kaggle",
            "seed": seed if source is None else None,
            "tables": {name: _described(frame, hashes[name]) for name, frame in applications.items()},
            "histories": _histories_described(histories) if histories else None,
            "fingerprint": fingerprint(hashes | (_named(histories) if histories else {})),
        }
        (stage / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return _dataset(out, manifest, applications)


def _generated(rows: int, seed: int, progress: Progress) -> tuple[dict[str, pl.DataFrame], WriteHistories]:
    """Generated applications by table, and what writes their histories."""
    progress(f"generating {rows} applications with seed {seed}")
    made = generate(rows, seed)
    if made.train[TARGET].n_unique() == 1:
        raise InvalidData(f"{rows} generated applications all have one outcome; ask for some hundreds")
    return {TRAIN: made.train, TEST: made.test}, partial(write_generated, made)


def _read(source: Path, out: Path, progress: Progress) -> tuple[dict[str, pl.DataFrame], WriteHistories]:
    """Kaggle's applications by table, and what reads, checks and writes their histories."""
    if source.resolve() == out.resolve():
        raise InvalidData(f"{source} is where prepared data is written; keep Kaggle's files in another folder")
    read = {}
    for name in APPLICATIONS:
        progress(f"reading {name} from {source}")
        read[name] = read_applications(source, name, progress)
    return read, partial(partition, source)


def load(out: Path) -> Dataset:
    """The data ``prepare`` wrote to ``out``.

    The application tables are read and held to their hashes. Of the histories, millions of rows, each part's
    file must be there; a part is held to its hash when it is read (``HistoryTables.read``).

    Raises:
        InvalidData: there is none, it is of another format, or a table is not the one ``data.json`` names.
    """
    try:
        manifest: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidData(f"{out} holds no prepared data ({MANIFEST}); prepare it first") from error
    except ValueError as error:
        raise InvalidData(f"{out / MANIFEST} is not JSON; {PREPARE}") from error
    if manifest.get("format") != FORMAT:
        raise InvalidData(f"{out / MANIFEST} has format {manifest.get('format')}, not {FORMAT}; {PREPARE}")
    applications = {
        name: read_hashed(out / f"{name}.parquet", manifest["tables"][name]["sha256"]) for name in APPLICATIONS
    }
    data = _dataset(out, manifest, applications)
    if data.histories is not None:
        data.histories.check_files()
    return data


def _dataset(out: Path, manifest: Mapping[str, Any], applications: Mapping[str, pl.DataFrame]) -> Dataset:
    """What ``manifest`` names, with the ``applications`` it names."""
    source, named, seed = (manifest[key] for key in ("source", "fingerprint", "seed"))
    held = manifest["histories"]
    histories = None
    if held is not None:
        hashes = {Table(name): tuple(table["sha256"]) for name, table in held["tables"].items()}
        histories = HistoryTables(out / HISTORIES, tuple(held["bounds"]), hashes)
    return Dataset(applications[TRAIN], applications[TEST], source, named, seed, histories)


def _described(frame: pl.DataFrame, sha256: str) -> dict[str, object]:
    rate = frame[TARGET].mean() if TARGET in frame.columns else None
    return {"rows": frame.height, "default_rate": rate, "sha256": sha256}


def _histories_described(histories: HistoryTables) -> dict[str, object]:
    tables = {table: {"rows": histories.rows(table), "sha256": hashes} for table, hashes in histories.hashes.items()}
    return {"bounds": histories.bounds, "tables": tables}


def _named(histories: HistoryTables) -> dict[str, str]:
    """The hash of every part by the name of its file."""
    return {f"{table}/{part:04d}": sha for table, hashes in histories.hashes.items() for part, sha in enumerate(hashes)}
