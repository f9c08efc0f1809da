"""Histories into the online store, where the feature service looks them up."""

from contextlib import closing
from datetime import datetime
from pathlib import Path

from creditrisk.stores.histories import open_histories

from creditrisk.errors import InvalidData
from creditrisk.features.history import AGGREGATES, LAYOUT
from trainer.data.dataset import Dataset
from trainer.histories.build import part_files, read_part
from trainer.progress import say


def materialize(data: Dataset, folder: Path, url: str, as_of: datetime) -> int:
    """Replace what the store ``url`` holds by the histories of ``data`` as of ``as_of`` (UTC); all or nothing.

    Aggregates them under ``folder`` where that is still to do. Returns the number of applicants.

    Raises:
        InvalidData: the data has no tables of history, or a part of them is damaged.
        Unavailable: the store cannot be reached.
    """
    if data.histories is None:
        raise InvalidData("the prepared data has no tables of history; prepare it from a folder that holds them")
    paths = part_files(data.histories, data.fingerprint, folder)
    with closing(open_histories(url, LAYOUT, len(AGGREGATES))) as store:
        written = store.replace(as_of, (read_part(path) for path in paths))
    say(f"materialised the histories of {written:,} applicants as of {as_of:%Y-%m-%d %H:%M} UTC")
    return written
