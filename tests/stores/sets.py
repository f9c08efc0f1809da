"""Sets of histories that tell of themselves: every value of generation g is g, and its time g days after the first."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import redis

from creditrisk.stores.histories import Found, HistoryStore, Part, open_histories
from creditrisk.stores.histories_redis import LEASE, LIVE, TURN

TIMEOUT = 30.0
LAYOUT = "a layout"
WIDTH = 3
EVERYBODY = range(100, 200)
"""The applicants of a set."""
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def open_store(url: str) -> HistoryStore:
    return open_histories(url, LAYOUT, WIDTH)


def time_of(generation: int) -> datetime:
    return FIRST + timedelta(days=generation)


def part(generation: int, applicants: Iterable[int]) -> Part:
    ids = np.array(list(applicants), dtype=np.int64)
    return ids, np.full((len(ids), WIDTH), generation, dtype=np.float32)


def parts(generation: int, size: int = 40) -> Iterator[Part]:
    """A whole set, in parts."""
    for start in range(0, len(EVERYBODY), size):
        yield part(generation, EVERYBODY[start : start + size])


def write(url: str, generation: int) -> None:
    """Materialise a generation."""
    assert open_store(url).replace(time_of(generation), parts(generation)) == len(EVERYBODY)


def read(url: str, applicants: Sequence[int] = EVERYBODY) -> Found:
    """What a service that starts now would read."""

    async def opened() -> Found:
        store = open_store(url)
        try:
            return await store.read(list(applicants), TIMEOUT)
        finally:
            await store.aclose()

    return asyncio.run(opened())


def faults(found: Found, generations: Iterable[int]) -> list[str]:
    """What is wrong with a read of applicants who are in every set: it must be of one of these, whole."""
    wrong = []
    times = {time_of(generation): generation for generation in generations}
    if found.as_of not in times:
        wrong.append(f"of {found.as_of}")
    if not found.known.all():
        wrong.append(f"{(~found.known).sum()} are not known")
    if not (found.matrix[found.known] == times.get(found.as_of or FIRST)).all():
        wrong.append("of another set than it says")
    return wrong


def lapse(url: str) -> None:
    """What time does, on Redis: the turn of a writer that stands still, or was killed, runs out."""
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            assert 0 < client.pttl(TURN) <= LEASE
            client.delete(TURN)


def leftovers(url: str) -> list[str]:
    """What there is beside the set."""
    if url.startswith("redis"):
        with redis.Redis.from_url(url) as client:
            return [key.decode() for key in client.keys("creditrisk:*") if key.decode() != LIVE]
    file = Path(url.removeprefix("sqlite:///"))
    return [one.name for one in file.parent.iterdir() if one.name not in {file.name, f"{file.name}.lock"}]
