"""The prepared data: canonical tables in a folder, named by the hash of what they hold."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.exceptions import PolarsError

from creditrisk.errors import InvalidData
from trainer.data.fingerprint import content_hash, fingerprint
from trainer.data.kaggle import ignore, read_applications
from trainer.frames import TARGET, TEST, TRAIN
from trainer.generator import generate

FORMAT: Final = 1
MANIFEST: Final = "data.json"
TABLES: Final = (TRAIN, TEST)
PREPARE: Final = "prepare the data again"


@dataclass(frozen=True, slots=True)
class Dataset:
    """Canonical tables (see ``trainer.frames``): ``train`` is labelled, ``test`` is not.

    ``source`` is "kaggle" or "synthetic", ``seed`` the synthetic rows' seed, else None; ``fingerprint``
    is a SHA-256 in hex that names the content, whatever file format it came from.
    """

    train: pl.DataFrame
    test: pl.DataFrame
    source: str
    fingerprint: str
    seed: int | None


def prepare(
    source: Path | None, out: Path, *, rows: int = 50_000, seed: int = 0, progress: Callable[[str], None] = ignore
) -> Dataset:
    """Write ``application_train.parquet``, ``application_test.parquet`` and ``data.json`` to ``out``.

    ``source`` is a folder with Kaggle's files; without one, ``rows`` labelled applications are generated
    with ``seed`` (and a sixth as many without label). Every file appears whole or not at all, and
    ``data.json`` last: interrupted, the folder holds the old data or ``load`` refuses it.

    Raises:
        InvalidData: a file of ``source`` is wrong, or the rows generated are too few to hold both
            outcomes; ``out`` is as it was.
        ValueError: ``rows`` is below 1 or ``seed`` below 0.
    """
    if source is None:
        progress(f"generating {rows} applications with seed {seed}")
        made = generate(rows, seed)
        tables = {TRAIN: made.train, TEST: made.test}
        if tables[TRAIN][TARGET].n_unique() == 1:
            raise InvalidData(f"{rows} generated applications all have one outcome; ask for some hundreds")
    else:
        tables = {}
        for name in TABLES:
            progress(f"reading {name} from {source}")
            tables[name] = read_applications(source, name, progress)
    label, used_seed = ("synthetic", seed) if source is None else ("kaggle", None)
    hashes = {name: content_hash(tables[name]) for name in TABLES}
    named = fingerprint(hashes)
    manifest = {
        "format": FORMAT,
        "source": label,
        "seed": used_seed,
        "tables": {name: _described(tables[name], hashes[name]) for name in TABLES},
        "fingerprint": named,
    }
    out.mkdir(parents=True, exist_ok=True)
    for name in TABLES:
        progress(f"writing {name}: {tables[name].height} rows")
        with _replacing(out / f"{name}.parquet") as path:
            tables[name].write_parquet(path, compression="zstd")
    with _replacing(out / MANIFEST) as path:
        path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return Dataset(tables[TRAIN], tables[TEST], label, named, used_seed)


def load(out: Path) -> Dataset:
    """The data ``prepare`` wrote to ``out``, held to its hashes.

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
    tables = {name: _read_table(out / f"{name}.parquet", manifest["tables"][name]["sha256"]) for name in TABLES}
    return Dataset(tables[TRAIN], tables[TEST], manifest["source"], manifest["fingerprint"], manifest["seed"])


def _read_table(path: Path, expected: str) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(path)
    except (PolarsError, OSError) as error:
        raise InvalidData(f"{path} cannot be read: {str(error).splitlines()[0]}; {PREPARE}") from error
    if content_hash(frame) != expected:
        raise InvalidData(f"{path} is not the table {MANIFEST} names; {PREPARE}")
    return frame


def _described(frame: pl.DataFrame, sha256: str) -> dict[str, object]:
    rate = frame[TARGET].mean() if TARGET in frame.columns else None
    return {"rows": frame.height, "default_rate": rate, "sha256": sha256}


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file beside ``path`` to write to; it becomes ``path`` at the end, or goes if that fails."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield beside
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
