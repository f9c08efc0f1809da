"""The online store of histories, on both engines: what is read is what was written, of one set, to the bit."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditrisk.errors import InvalidHistories, InvalidSettings, Unavailable
from creditrisk.stores.histories import HistoryStore, Part, open_histories
from creditrisk.stores.histories_vectors import INLINE
from tests.stores.sets import (
    EVERYBODY,
    LAYOUT,
    TIMEOUT,
    WIDTH,
    faults,
    lapse,
    leftovers,
    open_store,
    part,
    parts,
    read,
    time_of,
    write,
)

ODD = [0x7FC00000, 0xFFC00000, 0x7FC0BEEF, 0x7F800001, 0x80000000, 0x00000001, 0x807FFFFF, 0x7F800000, 0x00000000]
"""Missing values, signalling and with payloads, -0, subnormals, infinity."""
bits = st.lists(st.sampled_from(ODD) | st.integers(0, 2**32 - 1), min_size=WIDTH, max_size=WIDTH)
someone = st.integers(1, 2**53)

KILLED = """
import sys
from tests.stores.sets import open_store, part, time_of
def parts():
    yield part(2, range(100, 150))
    print("midway", flush=True)
    sys.stdin.read()
open_store(sys.argv[1]).replace(time_of(2), parts())
"""


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store with nothing in it, once of either engine."""
    return (
        f"sqlite:///{tmp_path / 'histories.db'}"
        if request.param == "sqlite"
        else request.getfixturevalue("empty_redis")
    )


@pytest.fixture
async def store(url: str) -> AsyncIterator[HistoryStore]:
    opened = open_store(url)
    yield opened
    await opened.aclose()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.dictionaries(someone, bits, min_size=1, max_size=INLINE + 5), cut=st.integers(0, INLINE + 5))
def test_every_bit_survives(url: str, people: dict[int, list[int]], cut: int) -> None:
    ids = np.array(list(people), dtype=np.int64)
    matrix = np.array(list(people.values()), dtype=np.uint32).view(np.float32)
    assert open_store(url).replace(time_of(0), [(ids[:cut], matrix[:cut]), (ids[cut:], matrix[cut:])]) == len(people)
    found = read(url, list(people))
    assert found.known.all()
    assert found.matrix.tobytes() == matrix.tobytes()


@pytest.mark.parametrize("size", [1, INLINE + 1])
async def test_before_anything_is_materialised_nobody_is_known(store: HistoryStore, size: int) -> None:
    found = await store.read(list(range(size)), TIMEOUT)
    assert found.as_of is None
    assert not found.known.any()
    assert found.matrix.shape == (size, WIDTH)


async def test_answers_are_in_the_order_of_the_question(store: HistoryStore) -> None:
    store.replace(time_of(1), [part(7, [7]), part(9, [9])])
    found = await store.read([9, 8, 7, 9], TIMEOUT)
    assert found.as_of == time_of(1)
    assert found.known.tolist() == [True, False, True, True]
    assert found.matrix[:, 0].tolist() == pytest.approx([9, np.nan, 7, 9], nan_ok=True)
    assert (await store.read([], TIMEOUT)).as_of == time_of(1)


async def test_the_time_is_kept_to_the_microsecond_in_utc(store: HistoryStore) -> None:
    store.replace(datetime(2026, 7, 1, 1, 30, 0, 1, tzinfo=timezone(timedelta(hours=2))), [])
    read_back = (await store.read([1], TIMEOUT)).as_of
    assert read_back == datetime(2026, 6, 30, 23, 30, 0, 1, tzinfo=UTC)
    assert read_back.utcoffset() == timedelta()


async def test_who_is_not_in_the_new_set_is_forgotten(store: HistoryStore) -> None:
    store.replace(time_of(1), [part(1, [1, 2])])
    assert (await store.read([1, 2], TIMEOUT)).known.tolist() == [True, True]
    store.replace(time_of(2), [part(2, [2, 3])])
    found = await store.read([1, 2, 3], TIMEOUT)
    assert found.known.tolist() == [False, True, True]
    assert found.as_of == time_of(2)


async def test_readers_see_whole_sets_while_they_are_replaced(url: str, store: HistoryStore) -> None:
    write(url, 0)
    last = 15
    writing = asyncio.create_task(asyncio.to_thread(lambda: [write(url, one) for one in range(1, last + 1)]))
    seen = set()
    while last not in seen:
        for some in (EVERYBODY, EVERYBODY[:: len(EVERYBODY) // INLINE + 1]):
            found = await store.read(list(some), TIMEOUT)
            assert not faults(found, range(last + 1))
            seen.add((found.as_of - time_of(0)).days if found.as_of else None)
        if writing.done():
            await writing  # or it would be waited for in vain
    await writing
    assert not leftovers(url)


class PartByPart:
    """Each part is there as soon as it is written."""

    def __init__(self, url: str) -> None:
        self._store = open_store(url)

    def replace(self, as_of: datetime, parts: Iterable[Part]) -> int:
        written: list[Part] = []
        for one in parts:
            written.append(one)
            self._store.replace(as_of, written)
        return sum(len(ids) for ids, _ in written)


def reads_in_the_middle(url: str, replacing: HistoryStore | PartByPart) -> list[str]:
    """What is wrong with what is read between the parts of a set that is being written, and after it."""
    write(url, 1)
    found = []

    def watched() -> Iterator[Part]:
        for one in parts(2):
            yield one
            found.extend(faults(read(url), [1]))

    replacing.replace(time_of(2), watched())
    return found + faults(read(url), [2])


def test_nothing_of_a_set_is_read_before_all_of_it_is_there(url: str) -> None:
    assert not reads_in_the_middle(url, open_store(url))


def test_a_store_that_writes_part_by_part_is_found_out(url: str) -> None:
    assert "60 are not known" in reads_in_the_middle(url, PartByPart(url))


def test_a_writer_that_fails_changes_nothing(url: str) -> None:
    write(url, 1)

    def failing() -> Iterator[Part]:
        yield part(2, EVERYBODY)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        open_store(url).replace(time_of(2), failing())
    assert not faults(read(url), [1])
    assert not leftovers(url)


@pytest.mark.parametrize("given", [[[1, 2, 1]], [[1, 2], [3, 1]]])
def test_an_applicant_who_is_there_twice_is_refused(url: str, given: list[list[int]]) -> None:
    write(url, 1)
    with pytest.raises(InvalidHistories, match="there twice"):
        open_store(url).replace(time_of(2), [part(2, one) for one in given])
    assert not faults(read(url), [1])
    write(url, 2)


def test_a_writer_that_is_killed_leaves_the_old_set_and_the_next_clears_up(url: str) -> None:
    write(url, 1)
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "midway\n"
        writer.kill()
    assert leftovers(url)  # it was in the middle
    assert not faults(read(url), [1])
    lapse(url)
    write(url, 3)
    assert not faults(read(url), [3])
    assert not leftovers(url)


def test_a_second_writer_is_refused_while_the_first_is_at_work(url: str) -> None:
    begun, refused = threading.Event(), threading.Event()

    def long() -> Iterator[Part]:
        yield from parts(1)
        applicant = EVERYBODY.stop
        while not refused.is_set():
            yield part(1, [applicant])
            applicant += 1
            begun.set()

    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(open_store(url).replace, time_of(1), long())
        try:
            assert begun.wait(TIMEOUT)
            with pytest.raises(Unavailable, match="another process is writing"):
                open_store(url).replace(time_of(2), parts(2))
        finally:
            refused.set()
        assert first.result(TIMEOUT) > len(EVERYBODY)
    assert not faults(read(url), [1])
    assert not leftovers(url)
    write(url, 2)


async def test_a_set_of_another_layout_is_refused(url: str) -> None:
    write(url, 1)
    for layout, width, why in (("another", WIDTH, "of another layout"), (LAYOUT, WIDTH + 1, "not of 4 values")):
        other = open_histories(url, layout, width)
        for size in (1, INLINE + 1):
            with pytest.raises(InvalidHistories, match=f"{why}.*; run python -m trainer materialize"):
                await other.read(list(EVERYBODY[:size]), TIMEOUT)
        await other.aclose()


async def test_once_it_is_materialised_again_a_refused_store_serves(store: HistoryStore, url: str) -> None:
    open_histories(url, "another", WIDTH).replace(time_of(1), parts(1))
    with pytest.raises(InvalidHistories):
        await store.read(list(EVERYBODY), TIMEOUT)
    store.replace(time_of(2), parts(2))
    assert not faults(await store.read(list(EVERYBODY), TIMEOUT), [2])


def test_a_time_without_its_zone_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="zone"):
        open_store(url).replace(datetime(2026, 1, 1), [])  # noqa: DTZ001
    assert not leftovers(url)


@pytest.mark.parametrize(
    ("matrix", "why"),
    [(np.zeros((1, 2), dtype=np.float32), "3 values each"), (np.zeros((1, 3)), "Cannot cast")],
)
def test_vectors_that_are_none_are_refused(url: str, matrix: Any, why: str) -> None:
    write(url, 1)
    with pytest.raises((ValueError, TypeError), match=why):
        open_store(url).replace(time_of(2), [(np.array([1]), matrix)])
    assert not faults(read(url), [1])
    assert not leftovers(url)


@pytest.mark.parametrize(
    "bad", ["", "histories.db", "sqlite://", "sqlite:///", "postgresql://db/x", "redis://h:p:6379"]
)
def test_a_store_that_cannot_be_is_refused_by_name(bad: str) -> None:
    with pytest.raises(InvalidSettings, match="HISTORIES_URL"):
        open_histories(bad, LAYOUT, WIDTH)


def test_reading_needs_no_sqlalchemy() -> None:
    program = "import sys; sys.modules['sqlalchemy'] = None; import creditrisk.stores.histories"
    subprocess.run([sys.executable, "-c", program], check=True)
