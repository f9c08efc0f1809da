"""The hash of a table's content, whatever file it is in."""

import hashlib
from collections.abc import Mapping

import numpy as np
import polars as pl


def content_hash(frame: pl.DataFrame) -> str:
    """SHA-256, in hex, of names, types and values in row order.

    Numbers enter as their little-endian bytes with a mask of the nulls, text as lengths and UTF-8: no
    part depends on how a library lays out its memory or its files.
    """
    digest = hashlib.sha256()
    for column in frame:
        digest.update(f"{column.name}:{column.dtype}:{len(column)};".encode())
        digest.update(np.packbits(column.is_null().to_numpy()).tobytes())
        if column.dtype == pl.String:
            text = column.fill_null("")
            digest.update(text.str.len_bytes().to_numpy().astype("<u4").tobytes())
            digest.update(text.str.join()[0].encode())
        else:
            values = column.fill_null(0).to_numpy()
            digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()


def fingerprint(hashes: Mapping[str, str]) -> str:
    """SHA-256, in hex, over the tables' names and content hashes."""
    lines = "".join(f"{name} {hashes[name]}\n" for name in sorted(hashes))
    return hashlib.sha256(lines.encode()).hexdigest()
