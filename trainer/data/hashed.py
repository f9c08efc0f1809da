"""A prepared table's file: written with the hash of its content, read back held to it."""

from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PolarsError

from creditrisk.errors import InvalidData
from trainer.data.fingerprint import content_hash

PREPARE: Final = "prepare the data again"


def write_hashed(path: Path, frame: pl.DataFrame) -> str:
    """Write ``frame`` as parquet to ``path``, in folders made for it; its ``content_hash`` is returned."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(path, compression="zstd")
    return content_hash(frame)


def read_hashed(path: Path, expected: str) -> pl.DataFrame:
    """The frame that was written to ``path`` with the hash ``expected``.

    Raises:
        InvalidData: the file cannot be read or holds something else.
    """
    try:
        frame = pl.read_parquet(path)
    except (PolarsError, OSError) as error:
        raise InvalidData(f"{path} cannot be read: {str(error).splitlines()[0]}; {PREPARE}") from error
    if content_hash(frame) != expected:
        raise InvalidData(f"{path} is not the table that was prepared; {PREPARE}")
    return frame
