"""The relay loses no event: not to a broker that is down, nor to a death between ship and mark; replicas share it."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from creditrisk.decision.record import DecisionRecord
from creditrisk.errors import Exhausted, Unavailable
from creditrisk.events import relay as relays
from creditrisk.events.message import Message
from creditrisk.events.relay import Relay
from creditrisk.stores.decisions import DecisionStore
from creditrisk.stores.engine import open_engine
from creditrisk.stores.outbox import Outbox
from tests.stores.records import TIMEOUT, make

LEASE = timedelta(seconds=60)


class Log:
    """A broker in memory that can be down, forget to acknowledge, or fail in any way."""

    def __init__(self) -> None:
        self.shipped: list[str] = []
        self.down = False
        self.acknowledges: Callable[[int], bool] = lambda _: True
        self._changed = threading.Condition()

    def connect(self) -> None:
        if self.down:
            raise Unavailable("the broker is down")

    def publish(self, events: Sequence[Message]) -> list[bool]:
        self.connect()
        acknowledged = [self.acknowledges(at) for at in range(len(events))]
        with self._changed:
            self.shipped += [event.key.decode() for event in events]
            self._changed.notify_all()
        return acknowledged

    def close(self) -> None:
        pass

    def wait_for(self, ids: set[str]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: ids <= set(self.shipped), TIMEOUT)


def encode(record: DecisionRecord) -> Message:
    return Message(record.prediction_id.encode(), b"")


@pytest.fixture
def engine(database_url: str) -> Engine:
    return open_engine(database_url, 5.0)


@pytest.fixture
def store(engine: Engine) -> Iterator[DecisionStore]:
    with closing(DecisionStore(engine, relayed=True)) as opened:
        yield opened


@pytest.fixture
def outbox(store: DecisionStore, engine: Engine) -> Outbox:
    assert store
    return Outbox(engine)


def decide(store: DecisionStore, count: int, **changes: object) -> set[str]:
    records = [make(f"r{number}-{time.monotonic_ns()}", **changes) for number in range(count)]
    asyncio.run(store.record(records, TIMEOUT))
    return {record.prediction_id for record in records}


def test_what_is_decided_is_shipped_and_leaves_the_outbox(store: DecisionStore, outbox: Outbox) -> None:
    log = Log()
    relay = Relay(outbox, log, encode, 10_000)
    relay.start()
    ids = decide(store, 1_200)
    log.wait_for(ids)
    relay.stop(TIMEOUT)
    assert Counter(log.shipped) == Counter(ids)
    assert outbox.backlog(10) == 0


def test_stopping_ships_what_was_decided_last(store: DecisionStore, outbox: Outbox) -> None:
    log = Log()
    relay = Relay(outbox, log, encode, 10_000)
    ids = decide(store, 1_200)
    relay.start()
    relay.stop(TIMEOUT)
    assert Counter(log.shipped) == Counter(ids)


def test_a_broker_that_was_down_gets_everything_once_it_is_back(
    store: DecisionStore, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "AGAIN", 0.01)
    log = Log()
    log.down = True
    relay = Relay(outbox, log, encode, 10_000)
    relay.start()
    ids = decide(store, 700)
    log.down = False
    log.wait_for(ids)
    relay.stop(TIMEOUT)
    assert outbox.backlog(10) == 0


def test_what_was_not_acknowledged_is_shipped_again(
    store: DecisionStore, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "AGAIN", 0.01)
    log = Log()
    log.acknowledges = lambda at: at % 2 == 0
    relay = Relay(outbox, log, encode, 10_000)
    ids = decide(store, 10)
    with pytest.raises(Unavailable, match="did not acknowledge 5 events"):
        relay._pass()
    assert outbox.backlog(100) == 5
    log.acknowledges = lambda _: True
    relay.start()
    relay.stop(TIMEOUT)
    assert set(log.shipped) == ids
    assert sorted(Counter(log.shipped).values()) == [1] * 5 + [2] * 5
    assert outbox.backlog(10) == 0


def test_the_rows_of_a_relay_that_died_are_taken_when_its_lease_ends(store: DecisionStore, outbox: Outbox) -> None:
    ids = decide(store, 3)
    assert {record.prediction_id for record in outbox.take(10, timedelta(seconds=0.2))} == ids
    assert outbox.take(10, LEASE) == []
    log = Log()
    relay = Relay(outbox, log, encode, 10_000)
    relay.start()
    log.wait_for(ids)
    relay.stop(TIMEOUT)


def test_replicas_share_the_work_and_no_event_is_shipped_twice(
    store: DecisionStore, outbox: Outbox, engine: Engine
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one replica")
    log = Log()
    several = [Relay(Outbox(engine), log, encode, 10_000) for _ in range(3)]
    for relay in several:
        relay.start()
    ids = set[str]()
    for _ in range(20):
        ids |= decide(store, 100)
    log.wait_for(ids)
    for relay in several:
        relay.stop(TIMEOUT)
    assert Counter(log.shipped) == Counter(ids)
    assert outbox.backlog(10) == 0


def test_at_its_bound_no_more_is_admitted_until_there_is_room(
    store: DecisionStore, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "MEASURE", 0.0)
    log = Log()
    log.down = True
    relay = Relay(outbox, log, encode, 20)
    relay.check()
    decide(store, 20)
    assert relay._try() == relays.AGAIN
    with pytest.raises(Exhausted, match="20 decisions wait"):
        relay.check()
    log.down = False
    relay._try()
    relay._try()
    relay.check()


def test_an_unforeseen_error_does_not_end_the_relay(
    store: DecisionStore, outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relays, "AGAIN", 0.01)
    log, failures = Log(), [ZeroDivisionError("planted")]

    def fail_once(record: DecisionRecord) -> Message:
        if failures:
            raise failures.pop()
        return encode(record)

    relay = Relay(outbox, log, fail_once, 10_000)
    relay.start()
    log.wait_for(decide(store, 5))
    relay.stop(TIMEOUT)
    assert not failures


def test_retention_spares_what_is_not_shipped(store: DecisionStore, outbox: Outbox) -> None:
    old = datetime(2020, 1, 1, tzinfo=UTC)
    decide(store, 4, decided_at=old)
    outbox.shipped([record.prediction_id for record in outbox.take(3, LEASE)])
    assert store.forget(datetime(2021, 1, 1, tzinfo=UTC)) == 3
    assert outbox.backlog(10) == 1


def test_without_a_broker_retention_waits_for_nobody(engine: Engine) -> None:
    with closing(DecisionStore(engine)) as store:
        decide(store, 3, decided_at=datetime(2020, 1, 1, tzinfo=UTC))
        assert Outbox(engine).backlog(10) == 3
        assert store.forget(datetime(2021, 1, 1, tzinfo=UTC)) == 3


class MarksBeforeAck(Relay):
    """Planted: rows leave the outbox before the broker has them."""

    def _pass(self) -> int:
        records = self._outbox.take(relays.BATCH, LEASE)
        self._outbox.shipped([record.prediction_id for record in records])
        self._broker.publish([self._encode(record) for record in records])
        return len(records)


@pytest.mark.parametrize(("kind", "loses"), [(Relay, False), (MarksBeforeAck, True)])
def test_a_relay_that_marks_before_the_ack_is_found_out(
    store: DecisionStore, outbox: Outbox, kind: type[Relay], *, loses: bool
) -> None:
    """The broker dies as the events are sent, and comes back."""
    ids = decide(store, 10)
    log = Log()
    log.down = True
    relay = kind(outbox, log, encode, 10_000)
    relay._try()
    log.down = False
    relay._try()
    assert (set(log.shipped) != ids) == loses
