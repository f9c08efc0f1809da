"""Calls in flight share commits, all hear how theirs went, and closing loses none."""

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import Engine

from creditrisk.errors import Unavailable
from creditrisk.stores.decisions import DecisionStore, Filters
from creditrisk.stores.engine import open_engine
from tests.stores.held import Held, before_commits, first_commit_held
from tests.stores.records import TIMEOUT, make, stands


@pytest.fixture
def engine(database_url: str) -> Engine:
    return open_engine(database_url, 5.0)


@pytest.fixture
def store(engine: Engine) -> Iterator[DecisionStore]:
    with closing(DecisionStore(engine)) as opened:
        yield opened


async def test_calls_in_flight_share_commits(store: DecisionStore, engine: Engine) -> None:
    with first_commit_held(engine) as held:
        first = asyncio.create_task(store.record([make("first")], TIMEOUT))
        await held.begun()
        others = [asyncio.create_task(store.record([make(f"r{number}")], TIMEOUT)) for number in range(300)]
        await asyncio.sleep(0)  # every task has run up to its wait
        assert not first.done()  # what is not committed is not answered
        held.release()
        answers = await asyncio.gather(first, *others)
    assert all(not stands(outcome).replayed for (outcome,) in answers)
    assert held.count == 2
    assert len(await store.find(Filters(), None, 1_000, TIMEOUT)) == 301


async def test_a_commit_does_not_grow_without_bound(store: DecisionStore, engine: Engine) -> None:
    with first_commit_held(engine) as held:
        first = asyncio.create_task(store.record([make("first")], TIMEOUT))
        await held.begun()
        others = [
            asyncio.create_task(store.record([make(f"r{call}-{row}") for row in range(600)], TIMEOUT))
            for call in range(4)
        ]
        await asyncio.sleep(0)
        held.release()
        await asyncio.gather(first, *others)
    assert held.count == 3


async def test_a_failed_commit_reaches_every_waiter_and_the_store_goes_on(store: DecisionStore, engine: Engine) -> None:
    def fail(_: object) -> None:
        raise engine.dialect.loaded_dbapi.OperationalError("disk full")

    with before_commits(engine, fail):
        answers = await asyncio.gather(
            *(store.record([make(f"r{number}")], TIMEOUT) for number in range(50)), return_exceptions=True
        )
    assert [type(answer) for answer in answers] == [Unavailable] * 50
    assert await store.find(Filters(), None, 100, TIMEOUT) == []
    (outcome,) = await store.record([make("r0")], TIMEOUT)
    assert not stands(outcome).replayed


async def test_an_unforeseen_error_reaches_the_callers_and_the_store_goes_on(
    store: DecisionStore, engine: Engine
) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    with before_commits(engine, fail), pytest.raises(ZeroDivisionError):
        await store.record([make("r")], TIMEOUT)
    (outcome,) = await store.record([make("r")], TIMEOUT)
    assert not stands(outcome).replayed


async def test_what_its_caller_gave_up_before_it_was_written_is_not_recorded(
    store: DecisionStore, engine: Engine
) -> None:
    with first_commit_held(engine) as held:
        first = asyncio.create_task(store.record([make("first")], TIMEOUT))
        await held.begun()
        with pytest.raises(Unavailable, match="in time"):
            await store.record([make("late")], 0.01)
        held.release()
        await first
    await store.record([make("next")], TIMEOUT)
    found = await store.find(Filters(), None, 10, TIMEOUT)
    assert [record.request_id for record in found] == ["next", "first"]


async def test_no_time_left_records_nothing(store: DecisionStore) -> None:
    with pytest.raises(Unavailable):
        await store.record([make("late")], 0.0)
    await store.record([make("next")], TIMEOUT)
    assert len(await store.find(Filters(), None, 10, TIMEOUT)) == 1


async def test_closing_commits_what_waits(store: DecisionStore, engine: Engine, database_url: str) -> None:
    with first_commit_held(engine) as held:
        first = asyncio.create_task(store.record([make("first")], TIMEOUT))
        await held.begun()
        others = [asyncio.create_task(store.record([make(f"r{number}")], TIMEOUT)) for number in range(20)]
        await asyncio.sleep(0)
        closed = asyncio.create_task(asyncio.to_thread(store.close))
        held.release()
        await asyncio.gather(first, *others)
        await closed
    with closing(DecisionStore(open_engine(database_url, 5.0))) as again:
        assert len(await again.find(Filters(), None, 100, TIMEOUT)) == 21


def test_a_caller_whose_loop_has_ended_does_not_stop_the_store(store: DecisionStore, engine: Engine) -> None:
    async def leave(held: Held) -> None:
        call = asyncio.create_task(store.record([make("left")], TIMEOUT))
        await held.begun()
        assert not call.done()

    with first_commit_held(engine) as held:
        asyncio.run(leave(held))
        held.release()
    (outcome,) = asyncio.run(store.record([make("next")], TIMEOUT))
    assert not stands(outcome).replayed
