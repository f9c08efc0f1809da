"""The online store of histories: applicants' vectors, by applicant id, and the time they are of.

The trainer materialises a set, whole; the feature service reads it. ``histories_sqlite`` and ``histories_redis``
are the engines. Nothing here needs SQLAlchemy, which the feature service does without.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from creditrisk.errors import InvalidSettings
from creditrisk.stores.histories_redis import RedisHistories
from creditrisk.stores.histories_sqlite import SqliteHistories
from creditrisk.stores.histories_vectors import Found, Part, Vectors

__all__ = ["Found", "HistoryStore", "Part", "open_histories"]

_FILE: Final = "sqlite:///"


class HistoryStore(Protocol):
    """One set of histories, or none yet."""

    async def read(self, applicants: Sequence[int], timeout: float) -> Found:
        """What is known of applicants, in their order; all of it is of one set. ``timeout`` in seconds.

        Raises:
            InvalidHistories: the set is of another layout, or damaged.
            InvalidSettings: the file is of something else.
            Unavailable: the store failed, or did not answer in time.
        """

    def replace(self, as_of: datetime, parts: Iterable[Part]) -> int:
        """Put a new set, of ``as_of``, in the place of the one there is; the number of applicants. Blocking.

        All or nothing: until it returns, and if it raises or is killed, the set that was there is the one that
        is read. Only one part is held in memory; both sets are stored meanwhile.

        Raises:
            InvalidHistories: an applicant is there twice.
            InvalidSettings: the file is of something else.
            Overtaken: another writer had its turn while this one stood still.
            Unavailable: the store failed, or another process is writing.
        """

    async def aclose(self) -> None:
        """Let go of the store."""


def open_histories(url: str, layout: str, width: int) -> HistoryStore:
    """The store at ``sqlite:///file``, or on the Redis server of ``redis://…`` or ``rediss://…``.

    ``layout`` names what the ``width`` values of a vector are: a set of another layout is never read.

    Raises:
        InvalidSettings: the URL is of something else, or is none.
    """
    vectors = Vectors(layout, width)
    if url.startswith(("redis://", "rediss://")):
        return RedisHistories(url, vectors)
    if url.startswith(_FILE) and len(url) > len(_FILE):
        return SqliteHistories(Path(url.removeprefix(_FILE)), vectors)
    raise InvalidSettings("HISTORIES_URL: use sqlite:///file, redis://host:port/0 or rediss://…")
