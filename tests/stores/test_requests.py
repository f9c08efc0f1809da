"""One decision a request: retried, raced from two replicas, or sent twice in a batch."""

import asyncio
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from creditrisk.decision.record import DecisionRecord
from creditrisk.errors import RequestConflict
from creditrisk.stores.decisions import DecisionStore, Filters, Outcome
from creditrisk.stores.engine import open_engine
from tests.stores.conftest import Opener
from tests.stores.records import TIMEOUT, bits, make, stands


async def everything(store: DecisionStore) -> Sequence[DecisionRecord]:
    return await store.find(Filters(), None, 10_000, TIMEOUT)


async def test_a_retry_gets_the_decision_that_stands(store: DecisionStore) -> None:
    first = make("r", pd=0.1)
    (made,) = await store.record([first], TIMEOUT)
    # The retry was scored again, perhaps by a newer model: what stands is what was answered.
    (retried,) = await store.record([make("r", pd=0.9, model_version="2.0.0")], TIMEOUT)
    assert not stands(made).replayed
    assert stands(retried).replayed
    assert bits(stands(retried).record) == bits(first)
    assert await everything(store) == [first]


async def test_another_body_is_refused_and_nothing_is_recorded(store: DecisionStore) -> None:
    first = make("r", b"one")
    await store.record([first], TIMEOUT)
    (outcome,) = await store.record([make("r", b"two")], TIMEOUT)
    assert isinstance(outcome, RequestConflict)
    assert "'r'" in str(outcome)
    assert await everything(store) == [first]


async def test_two_clients_may_use_one_request_id(store: DecisionStore) -> None:
    ours, theirs = make("r", client_id="us"), make("r", b"else", client_id="them")
    for record in (ours, theirs):
        (outcome,) = await store.record([record], TIMEOUT)
        assert stands(outcome).record == record


async def test_twice_in_one_batch_makes_one(store: DecisionStore) -> None:
    batch = [make("a", b"1"), make("b"), make("a", b"1"), make("a", b"2"), make("b")]
    outcomes = await store.record(batch, TIMEOUT)
    assert [isinstance(outcome, RequestConflict) for outcome in outcomes] == [False, False, False, True, False]
    assert [stands(outcomes[at]).replayed for at in (0, 1, 2, 4)] == [False, False, True, True]
    assert stands(outcomes[2]).record == batch[0]
    assert stands(outcomes[4]).record == batch[1]
    assert {record.prediction_id for record in await everything(store)} == {
        batch[0].prediction_id,
        batch[1].prediction_id,
    }


async def test_a_batch_of_old_and_new_keeps_its_order(store: DecisionStore) -> None:
    old = [make(f"r{number}") for number in range(0, 1_000, 2)]
    await store.record(old, TIMEOUT)
    batch = [make(f"r{number}") for number in range(1_000)]
    random.Random(1).shuffle(batch)
    outcomes = [stands(outcome) for outcome in await store.record(batch, TIMEOUT)]
    assert [outcome.record.request_id for outcome in outcomes] == [record.request_id for record in batch]
    assert all(outcome.replayed == (int(outcome.record.request_id[1:]) % 2 == 0) for outcome in outcomes)


async def test_many_at_once_make_one(store: DecisionStore) -> None:
    racing = [make("r") for _ in range(200)]
    answers = await asyncio.gather(*(store.record([record], TIMEOUT) for record in racing))
    outcomes = [stands(outcome) for (outcome,) in answers]
    assert len({outcome.record.prediction_id for outcome in outcomes}) == 1
    assert sum(not outcome.replayed for outcome in outcomes) == 1
    assert len(await everything(store)) == 1


@pytest.mark.parametrize("seed", range(3))
def test_replicas_racing_on_batches_in_any_order_make_one_each(database_url: str, seed: int) -> None:
    """Each replica has its own loop and thread, as processes would; opposite orders are where writers deadlock."""
    keys = [f"r{number}" for number in range(40)]

    def replica(number: int) -> Sequence[Outcome]:
        order = list(keys)
        random.Random(seed * 100 + number).shuffle(order)

        async def race(store: DecisionStore) -> list[Outcome]:
            found: list[Outcome] = []
            for start in range(0, len(order), 10):
                found += await store.record([make(key) for key in order[start : start + 10]], TIMEOUT)
            return found

        with closing(DecisionStore(open_engine(database_url, 10.0))) as store:
            return asyncio.run(race(store))

    DecisionStore(open_engine(database_url, 10.0)).close()  # stores of one file never start together
    with ThreadPoolExecutor(4) as replicas:
        answers = [outcome for found in replicas.map(replica, range(4)) for outcome in found]
    ids: dict[str, set[str]] = {key: set() for key in keys}
    for outcome in map(stands, answers):
        ids[outcome.record.request_id].add(outcome.record.prediction_id)
    assert all(len(found) == 1 for found in ids.values())
    assert sum(not stands(outcome).replayed for outcome in answers) == len(keys)
    with closing(DecisionStore(open_engine(database_url, 5.0))) as store:
        assert len(asyncio.run(everything(store))) == len(keys)


async def test_replicas_with_other_bodies_for_one_id_agree_on_the_winner(open_store: Opener) -> None:
    one, two = open_store(), open_store()
    for number in range(20):
        bodies = [make(f"r{number}", b"one"), make(f"r{number}", b"two")]
        (first,), (second,) = await asyncio.gather(one.record([bodies[0]], TIMEOUT), two.record([bodies[1]], TIMEOUT))
        assert sorted(isinstance(outcome, RequestConflict) for outcome in (first, second)) == [False, True]
        winner = bodies[isinstance(first, RequestConflict)]
        assert await two.get(winner.prediction_id, TIMEOUT) == winner
    assert len(await everything(one)) == 20


async def test_writing_the_same_record_again_is_no_replay(open_store: Opener) -> None:
    """A store that lost its connection at the commit writes again: the caller's own decision stands, as new."""
    record = make("r")
    for store in (open_store(), open_store()):
        (outcome,) = await store.record([replace(record)], TIMEOUT)
        assert stands(outcome).record == record
        assert not stands(outcome).replayed
