"""The history: filters, pages while new decisions arrive, order, retention."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from sqlalchemy import event

from creditrisk.decision.policy import Decision
from creditrisk.decision.record import DecisionRecord
from creditrisk.errors import Unavailable
from creditrisk.stores.decisions import DecisionStore, Filters
from creditrisk.stores.engine import open_engine
from creditrisk.stores.retention import keep_for
from tests.stores.held import before_commits
from tests.stores.records import TIMEOUT, make, stands

START: Final = datetime(2026, 11, 1, tzinfo=UTC)


def various() -> list[DecisionRecord]:
    """Decisions that differ in all that can be asked for, one a second."""
    chance = random.Random(5)
    return [
        make(
            f"r{number}",
            applicant_id=chance.choice([1, 2, 2**63 - 1]),
            decision=chance.choice(list(Decision)),
            contract_type=chance.choice(["Cash loans", "Revolving loans", ""]),
            model_version=chance.choice(["1.0.0", "1.0.1"]),
            client_id=chance.choice(["bank", "branch"]),
            decided_at=START + timedelta(seconds=number),
        )
        for number in range(200)
    ]


def passes(record: DecisionRecord, filters: Filters) -> bool:
    """What the filters mean, in Python."""
    facts = {
        "applicant_id": record.applicant_id,
        "decision": record.assessment.decision,
        "contract_type": record.contract_type,
        "model_version": record.assessment.model_version,
        "client_id": record.client_id,
    }
    wanted = {name: getattr(filters, name) for name in facts}
    return (
        all(wanted[name] in (None, fact) for name, fact in facts.items())
        and (filters.decided_from is None or record.decided_at >= filters.decided_from)
        and (filters.decided_before is None or record.decided_at < filters.decided_before)
    )


FILTERS: Final = [
    Filters(),
    Filters(applicant_id=2),
    Filters(applicant_id=2**63 - 1),
    Filters(applicant_id=3),
    *(Filters(decision=decision) for decision in Decision),
    Filters(contract_type="Revolving loans"),
    Filters(contract_type=""),
    Filters(model_version="1.0.1"),
    Filters(client_id="branch"),
    Filters(decided_from=START + timedelta(seconds=100)),
    Filters(decided_before=START + timedelta(seconds=100)),
    Filters(decided_from=START + timedelta(seconds=50), decided_before=START + timedelta(seconds=51)),
    Filters(2, Decision.DECLINE, "Cash loans", "1.0.0", "bank", START, START + timedelta(seconds=180)),
]


async def pages(store: DecisionStore, filters: Filters, size: int) -> list[DecisionRecord]:
    found: list[DecisionRecord] = []
    while page := await store.find(filters, found[-1].prediction_id if found else None, size, TIMEOUT):
        assert len(page) <= size
        found += page
    return found


async def test_every_filter_and_every_page_size(store: DecisionStore) -> None:
    made = various()
    await store.record(made, TIMEOUT)
    for filters in FILTERS:
        expected = [record for record in reversed(made) if passes(record, filters)]
        for size in (7, 200):
            assert await pages(store, filters, size) == expected, filters


async def test_pages_cover_all_once_while_decisions_arrive(store: DecisionStore) -> None:
    old = [make(f"old{number}") for number in range(150)]
    await store.record(old, TIMEOUT)

    async def arrive() -> None:
        for number in range(100):
            await store.record([make(f"new{number}")], TIMEOUT)

    arriving = asyncio.create_task(arrive())
    while not arriving.done():
        found = [record.prediction_id for record in await pages(store, Filters(), 13)]
        assert len(found) == len(set(found))
        assert found == sorted(found, reverse=True)
        assert found[-len(old) :] == [record.prediction_id for record in reversed(old)]
    await arriving
    assert len(await pages(store, Filters(), 13)) == 250


async def test_ids_sort_by_the_time_they_were_made(store: DecisionStore) -> None:
    """The primary key is the order of the history: also within a millisecond, and as text on either engine."""
    made = [make(f"r{number}") for number in range(2_000)]
    shuffled = random.Random(2).sample(made, len(made))
    for start in range(0, len(made), 500):
        await store.record(shuffled[start : start + 500], TIMEOUT)
    assert [record.request_id for record in await pages(store, Filters(), 700)] == [
        record.request_id for record in reversed(made)
    ]


async def test_what_is_past_its_retention_is_forgotten_and_no_more(store: DecisionStore) -> None:
    made = [make(f"r{number}", decided_at=START + timedelta(days=number % 10)) for number in range(3_000)]
    for start in range(0, len(made), 1_000):
        await store.record(made[start : start + 1_000], TIMEOUT)
    assert await asyncio.to_thread(store.forget, START + timedelta(days=7)) == 2_100
    assert await asyncio.to_thread(store.forget, START + timedelta(days=7)) == 0
    kept = await pages(store, Filters(), 1_000)
    assert kept == [record for record in reversed(made) if record.decided_at >= START + timedelta(days=7)]
    (outcome,) = await store.record([make("r0")], TIMEOUT)
    assert not stands(outcome).replayed  # a forgotten request id may decide anew


async def test_decisions_are_recorded_while_old_ones_are_forgotten(store: DecisionStore) -> None:
    old = [make(f"old{number}", decided_at=START) for number in range(2_500)]
    for start in range(0, len(old), 1_000):
        await store.record(old[start : start + 1_000], TIMEOUT)
    before = START + timedelta(days=1)
    forgetting = asyncio.gather(*(asyncio.to_thread(store.forget, before) for _ in range(3)))  # three replicas
    number = 0
    while not forgetting.done() or number < 20:
        (outcome,) = await store.record([make(f"new{number}", decided_at=before)], TIMEOUT)
        assert not stands(outcome).replayed
        number += 1
    assert sum(await forgetting) == len(old)
    assert len(await pages(store, Filters(), 1_000)) == number


async def test_retention_deletes_at_start_what_is_past_it(database_url: str) -> None:
    engine = open_engine(database_url, 5.0)
    store = DecisionStore(engine)
    now = datetime.now(UTC)
    old, new = make("old", decided_at=now - timedelta(days=31)), make("new", decided_at=now - timedelta(days=29))
    await store.record([old, new], TIMEOUT)
    gone: asyncio.Queue[int] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    event.listen(engine, "commit", lambda _: loop.call_soon_threadsafe(gone.put_nowait, 1))
    retention = asyncio.create_task(keep_for(store, 30))
    async with asyncio.timeout(TIMEOUT):
        while await store.get(old.prediction_id, TIMEOUT) is not None:
            await gone.get()
    assert await store.get(new.prediction_id, TIMEOUT) == new
    retention.cancel()
    store.close()


async def test_a_retry_that_meets_its_deletion_is_told_to_try_again(database_url: str) -> None:
    """Its row is there for the insert and gone for the look-up: never an answer that no row backs."""
    if database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time: nothing can come between")
    engine, other = open_engine(database_url, 5.0), DecisionStore(open_engine(database_url, 5.0))
    store = DecisionStore(engine)
    old = make("r", decided_at=START)
    await other.record([old], TIMEOUT)
    deletions = [START + timedelta(days=1)]

    def between(_: object) -> None:
        if deletions:
            other.forget(deletions.pop())

    with before_commits(engine, between), pytest.raises(Unavailable, match="try again"):
        await store.record([make("r")], TIMEOUT)
    (outcome,) = await store.record([make("r")], TIMEOUT)
    assert not stands(outcome).replayed
    store.close()
    other.close()
