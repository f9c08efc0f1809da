"""Histories on a Redis server that dies, hangs, runs out of memory; writers that lose their turn; passwords."""

import asyncio
import threading
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
import redis

from creditrisk.errors import CreditRiskError, Overtaken, Unavailable
from creditrisk.stores.histories import HistoryStore, Part, open_histories
from creditrisk.stores.histories_redis import NEW, TURN
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
    read,
    time_of,
    write,
)
from tests.stores.wire import Wire
from tests.valkey import Valkey

SECRET = "hunter-2"  # noqa: S105
PATIENCE = "?socket_timeout=0.2"
"""On a writer's URL: seconds it waits for an answer."""


@pytest.fixture
async def store(own_redis: Valkey) -> AsyncIterator[HistoryStore]:
    """A store that has read its first set from a server of its own."""
    write(own_redis.url, 1)
    opened = open_store(own_redis.url)
    assert not faults(await opened.read(list(EVERYBODY), TIMEOUT), [1])
    yield opened
    await opened.aclose()


async def test_a_dead_server_is_unavailable_and_one_that_came_back_empty_has_nothing(
    store: HistoryStore, own_redis: Valkey
) -> None:
    own_redis.stop()
    with pytest.raises(Unavailable, match="ConnectionRefusedError"):
        await store.read([100], TIMEOUT)
    with pytest.raises(Unavailable, match="ConnectionRefusedError"):
        write(own_redis.url, 2)
    own_redis.start()
    assert (await store.read([100], TIMEOUT)).as_of is None
    write(own_redis.url, 3)
    assert not faults(await store.read(list(EVERYBODY), TIMEOUT), [3])


@pytest.mark.parametrize("size", [1, INLINE + 1])
async def test_a_hung_server_is_unavailable_in_time_and_its_late_answer_is_nobody_elses(
    store: HistoryStore, own_redis: Valkey, size: int
) -> None:
    with own_redis.hung():
        with pytest.raises(Unavailable, match="in time"):
            await store.read(list(EVERYBODY[:size]), 0.2)
        with pytest.raises(Unavailable):
            write(own_redis.url + PATIENCE, 2)
    found = await store.read([1, *EVERYBODY[-size:]], TIMEOUT)
    assert found.known.tolist() == [False, *[True] * size]


async def test_connections_that_died_between_reads_are_not_noticed(store: HistoryStore, own_redis: Valkey) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        assert client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert not faults(await store.read(list(EVERYBODY), TIMEOUT), [1])


async def test_more_reads_at_once_than_connections_all_get_their_answers(store: HistoryStore) -> None:
    async with asyncio.TaskGroup() as group:
        reads = {one: group.create_task(store.read([one, -one], TIMEOUT)) for one in EVERYBODY}
    assert all(read.result().known.tolist() == [True, False] for read in reads.values())


async def test_a_connection_that_falls_silent_is_given_up(own_redis: Valkey) -> None:
    """A host that is gone: TCP says nothing, and another connection would do."""
    write(own_redis.url, 1)
    with closing(Wire(own_redis.port)) as wire:
        store = open_store(f"redis://127.0.0.1:{wire.port}")
        assert not faults(await store.read(list(EVERYBODY), TIMEOUT), [1])
        wire.silence()
        with pytest.raises(Unavailable, match="in time"):
            await store.read(list(EVERYBODY), 0.2)
        assert not faults(await store.read(list(EVERYBODY), TIMEOUT), [1])
        await store.aclose()


def test_a_writer_that_stood_still_has_lost_its_turn_and_changes_nothing_more(empty_redis: str) -> None:
    def slow() -> Iterator[Part]:
        yield part(1, EVERYBODY[:50])
        lapse(empty_redis)
        write(empty_redis, 2)
        yield part(1, EVERYBODY[50:])

    with pytest.raises(Overtaken, match="run it again"):
        open_store(empty_redis).replace(time_of(1), slow())
    assert not faults(read(empty_redis), [2])
    assert not leftovers(empty_redis)


def test_a_writer_that_is_overtaken_does_not_touch_the_others_set(empty_redis: str) -> None:
    begun, overtaken = threading.Event(), threading.Event()

    def slow() -> Iterator[Part]:
        yield part(1, EVERYBODY[:50])
        begun.set()
        assert overtaken.wait(TIMEOUT)
        yield part(1, EVERYBODY[50:])

    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(open_store(empty_redis).replace, time_of(1), slow())
        assert begun.wait(TIMEOUT)
        lapse(empty_redis)

        def meanwhile() -> Iterator[Part]:
            yield part(2, EVERYBODY[:50])
            overtaken.set()
            assert isinstance(first.exception(TIMEOUT), Overtaken)
            yield part(2, EVERYBODY[50:])

        assert open_store(empty_redis).replace(time_of(2), meanwhile()) == len(EVERYBODY)
    assert not faults(read(empty_redis), [2])
    assert not leftovers(empty_redis)


def test_the_turn_of_a_writer_that_was_killed_is_waited_out(empty_redis: str) -> None:
    with redis.Redis.from_url(empty_redis) as client:
        client.set(TURN, "one that was killed", px=300)
    write(empty_redis, 1)
    assert not leftovers(empty_redis)


def test_a_server_without_room_for_two_sets_keeps_the_old_one(own_redis: Valkey) -> None:
    write(own_redis.url, 1)
    someone = 987_654_321

    def too_many() -> Iterator[Part]:
        yield part(2, EVERYBODY)
        with redis.Redis.from_url(own_redis.url) as client:
            client.config_set("maxmemory", "1")
        yield part(2, [someone])

    with pytest.raises(Unavailable, match="OutOfMemoryError") as raised:
        open_store(own_redis.url).replace(time_of(2), too_many())
    assert str(someone) not in told(raised.value)
    assert not faults(read(own_redis.url), [1])
    assert not leftovers(own_redis.url)


def test_a_set_that_the_server_dropped_a_part_of_is_not_put_in_place(empty_redis: str) -> None:
    write(empty_redis, 1)

    def dropped() -> Iterator[Part]:
        yield part(2, EVERYBODY[:50])
        with redis.Redis.from_url(empty_redis) as client:
            assert client.delete(NEW)
        yield part(2, EVERYBODY[50:])

    with pytest.raises(Unavailable, match="memory for two sets"):
        open_store(empty_redis).replace(time_of(2), dropped())
    assert not faults(read(empty_redis), [1])


def test_no_error_tells_the_password(own_redis: Valkey) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("requirepass", SECRET)
    right, wrong = (own_redis.url.replace("//", f"//:{password}@") for password in (SECRET, f"not-{SECRET}"))
    write(right, 1)
    assert not faults(read(right), [1])
    for refused in (wrong, own_redis.url):
        assert "Authentication" in failure(lambda url=refused: read(url))
        assert "Authentication" in failure(lambda url=refused: write(url, 2))
    own_redis.stop()
    assert "refused" in failure(lambda: read(right)).lower()
    assert "refused" in failure(lambda: write(right, 2)).lower()
    for malformed in (f"redis://:{SECRET}/@host:6379/0", f"redis://u:{SECRET}@host/?db={SECRET}"):
        assert "HISTORIES_URL" in failure(lambda url=malformed: open_histories(url, LAYOUT, WIDTH))


def failure(of: Callable[[], object]) -> str:
    """All that is told of why something fails; not the password."""
    with pytest.raises(CreditRiskError) as raised:
        of()
    text = told(raised.value)
    assert SECRET not in text
    return text


def told(error: BaseException) -> str:
    """An error as a log has it, without the lines of code."""
    return "".join(line for line in traceback.format_exception(error) if not line.startswith("  "))
