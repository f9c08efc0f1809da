"""Histories into the online store, where the feature service looks them up."""

import asyncio
import os
from datetime import UTC, datetime
from typing import Final

from creditrisk.errors import InvalidData, InvalidHistories
from creditrisk.features.history import AGGREGATES, LAYOUT
from creditrisk.stores.histories import open_histories
from trainer.data import load
from trainer.histories.build import part_files, read_part
from trainer.paths import Home
from trainer.progress import say

TIMEOUT: Final = 5.0
"""Seconds the store has to say what it holds."""


def histories_url(home: Home) -> str:
    """The online store: HISTORIES_URL, or a SQLite file of ``home``."""
    return os.environ.get("HISTORIES_URL") or f"sqlite:///{home.online}"


def materialize(home: Home, as_of: datetime) -> int:
    """Replace what the online store holds by the histories of ``home``'s data as of ``as_of`` (UTC); all or nothing.

    Aggregates them where that is still to do. Returns the number of applicants.

    Raises:
        InvalidData: the data has no tables of history, or a part of them is damaged.
        InvalidSettings: the store's URL is of something else.
        Unavailable: the store cannot be reached, or another process is writing to it.
    """
    data = load(home.data)
    if data.histories is None:
        raise InvalidData("the prepared data has no tables of history; prepare it from a folder that holds them")
    paths = part_files(data.histories, data.fingerprint, home.histories)
    store = open_histories(histories_url(home), LAYOUT, len(AGGREGATES))
    written = store.replace(as_of, (read_part(path) for path in paths))
    say(f"materialised the histories of {written:,} applicants as of {as_of:%Y-%m-%d %H:%M} UTC")
    return written


def materialize_missing(home: Home) -> None:
    """``materialize`` as of now, unless the online store holds histories of this program's layout.

    Raises:
        CreditRiskError: as ``materialize``.
    """
    try:
        held = asyncio.run(_as_of(histories_url(home)))
    except InvalidHistories:
        held = None
    if held is None:
        materialize(home, datetime.now(UTC))


async def _as_of(url: str) -> datetime | None:
    store = open_histories(url, LAYOUT, len(AGGREGATES))
    try:
        return (await store.read([], TIMEOUT)).as_of
    finally:
        await store.aclose()
