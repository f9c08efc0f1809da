"""PostgreSQL connections that die or fall silent: nothing is lost, nothing is decided twice, nobody waits for ever."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, make_url

from creditrisk.errors import InvalidSettings, Unavailable
from creditrisk.stores.decisions import DecisionStore, Filters
from creditrisk.stores.engine import open_engine
from tests.databases import free_port
from tests.stores.held import before_commits
from tests.stores.records import TIMEOUT, make, stands
from tests.stores.wire import Wire

KILL_ALL = b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"


def kill_connections(url: str) -> int:
    """End every connection to the database of ``url``; how many there were."""
    parsed = make_url(url)
    with psycopg.connect(parsed.set(database="postgres").render_as_string(hide_password=False)) as admin:
        return len(admin.execute(KILL_ALL, [parsed.database]).fetchall())


@pytest.fixture
def engine(empty_postgres: str) -> Engine:
    return open_engine(empty_postgres, 2.0)


@pytest.fixture
def store(engine: Engine) -> Iterator[DecisionStore]:
    with closing(DecisionStore(engine)) as opened:
        yield opened


async def test_connections_killed_between_calls_are_not_noticed(store: DecisionStore, empty_postgres: str) -> None:
    record = make("r", decided_at=datetime(2020, 1, 1, tzinfo=UTC))
    await store.record([record], TIMEOUT)
    assert kill_connections(empty_postgres)
    assert await store.get(record.prediction_id, TIMEOUT) == record
    assert kill_connections(empty_postgres)
    (outcome,) = await store.record([make("next")], TIMEOUT)
    assert not stands(outcome).replayed
    assert kill_connections(empty_postgres)
    assert await asyncio.to_thread(store.forget, datetime(2021, 1, 1, tzinfo=UTC)) == 1


async def test_killed_before_the_commit_it_is_written_again(
    store: DecisionStore, engine: Engine, empty_postgres: str
) -> None:
    kills = [1]

    def kill(_: object) -> None:
        if kills:
            kills.pop()
            assert kill_connections(empty_postgres)

    record = make("r")
    with before_commits(engine, kill):
        (outcome,) = await store.record([record], TIMEOUT)
    assert stands(outcome).record == record
    assert not stands(outcome).replayed
    assert not kills
    assert await store.find(Filters(), None, 10, TIMEOUT) == [record]


async def test_killed_after_the_commit_its_own_decision_stands(
    store: DecisionStore, engine: Engine, empty_postgres: str
) -> None:
    """The server committed, and died before it could say so: the store finds its own row, not a retry's."""
    kills = [1]

    def commit_and_kill(driver: psycopg.Connection[Any]) -> None:
        if kills:
            kills.pop()
            driver.commit()
            assert kill_connections(empty_postgres)

    record = make("r")
    with before_commits(engine, commit_and_kill):
        (outcome,) = await store.record([record], TIMEOUT)
    assert stands(outcome).record == record
    assert not stands(outcome).replayed
    assert not kills
    assert await store.find(Filters(), None, 10, TIMEOUT) == [record]


async def test_connections_killed_over_and_over_lose_and_double_nothing(
    store: DecisionStore, empty_postgres: str
) -> None:
    """Callers repeat what was turned away, as gRPC clients do."""
    done = threading.Event()

    def keep_killing() -> int:
        killed = 0
        while not done.is_set():
            killed += kill_connections(empty_postgres)
        return killed

    answered: dict[str, str] = {}

    async def caller(number: int) -> None:
        for call in range(10):
            request = f"{number}-{call}"
            while request not in answered:
                with suppress(Unavailable):
                    (outcome,) = await store.record([make(request)], TIMEOUT)
                    answered[request] = stands(outcome).record.prediction_id

    killing = asyncio.create_task(asyncio.to_thread(keep_killing))
    await asyncio.gather(*(caller(number) for number in range(10)))
    done.set()
    assert await killing
    stored = {record.request_id: record.prediction_id for record in await store.find(Filters(), None, 1_000, TIMEOUT)}
    assert stored == answered


async def test_a_connection_that_falls_silent_is_given_up(empty_postgres: str) -> None:
    """A fail-over or a hung host: TCP says nothing, so the store itself must not wait."""
    direct = make_url(empty_postgres)
    assert direct.port is not None
    with closing(Wire(direct.port)) as wire:
        url = direct.set(port=wire.port, host="127.0.0.1").render_as_string(hide_password=False)
        with closing(DecisionStore(open_engine(url, 0.5))) as store:
            first = make("first")
            await store.record([first], TIMEOUT)
            wire.silence()
            (outcome,) = await store.record([make("next")], TIMEOUT)
            assert not stands(outcome).replayed
            wire.silence()
            assert await store.get(first.prediction_id, TIMEOUT) == first


@pytest.mark.parametrize("rows", [1, 3])
async def test_a_replica_that_hangs_in_a_transaction_does_not_hold_others_up(
    store: DecisionStore, empty_postgres: str, rows: int
) -> None:
    inserted, release = threading.Event(), threading.Event()

    def hang(_: object) -> None:
        inserted.set()
        release.wait(TIMEOUT)

    hung_engine = open_engine(empty_postgres, 1.0)
    with (
        before_commits(hung_engine, hang),
        closing(DecisionStore(hung_engine)) as hung,
        ThreadPoolExecutor(1) as thread,
    ):
        lost = thread.submit(asyncio.run, hung.record([make(f"r{row}") for row in range(rows)], TIMEOUT))
        assert await asyncio.to_thread(inserted.wait, TIMEOUT)
        mine = make("r0")
        while True:
            with suppress(Unavailable):  # as long as the server waits for the other
                (outcome,) = await store.record([mine], TIMEOUT)
                break
        assert stands(outcome).record == mine
        release.set()
        # The hung replica comes back to a dead connection, and finds the decision that stands.
        late, *others = await asyncio.to_thread(lost.result, TIMEOUT)
        assert stands(late).record == mine
        assert stands(late).replayed
        assert not any(stands(one).replayed for one in others)


async def test_replicas_that_start_together_on_an_empty_database(empty_postgres: str) -> None:
    together = threading.Barrier(8)

    def start(_: int) -> None:
        together.wait(TIMEOUT)
        DecisionStore(open_engine(empty_postgres, 5.0)).close()

    with ThreadPoolExecutor(8) as replicas:
        list(replicas.map(start, range(8)))


def test_a_server_that_is_not_there_is_unavailable() -> None:
    url = f"postgresql://postgres@127.0.0.1:{free_port()}/postgres"
    with pytest.raises(Unavailable, match="refused"):
        DecisionStore(open_engine(url, 2.0))


async def test_a_table_that_lost_its_rows_fails_loudly(store: DecisionStore, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE decisions")
    with pytest.raises(Unavailable):
        await store.record([make("r")], TIMEOUT)
    with pytest.raises(Unavailable):
        await store.find(Filters(), None, 1, TIMEOUT)


def test_a_table_of_an_earlier_version_is_named(database_url: str) -> None:
    engine = open_engine(database_url, 2.0)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE decisions (prediction_id VARCHAR(36) PRIMARY KEY)")
    with pytest.raises(InvalidSettings, match=r"earlier version, without client_id, .*ship_after; use a new database"):
        DecisionStore(engine)
    engine.dispose()
