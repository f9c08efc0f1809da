"""Verdicts: when all has arrived, once; alerts stay until they are published; gauges show the newest window."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from creditrisk.api.drift.v1.drift_pb2 import DriftAlert
from creditrisk.drift.monitor import Monitor
from creditrisk.errors import InvalidBundle, Unavailable
from creditrisk.events.message import Message
from creditrisk.stores.alerts import Alerts
from creditrisk.stores.drift_reads import DriftReads
from creditrisk.stores.drift_state import DriftState, Move
from creditrisk.stores.engine import open_engine
from services.drift.judge import Judge
from tests.drift.small import BUNDLE, LAYOUT, PREDICTIONS, WINDOW, Prediction, counted

LATENESS = 0.002
"""Seconds: two windows' width."""


class Bundles:
    """The one bundle of the small layout."""

    def of(self, bundle_hash: str) -> Any:
        if bundle_hash != BUNDLE:
            raise InvalidBundle("not here")
        return SimpleNamespace(monitor=Monitor(LAYOUT, {}), layout=LAYOUT)


class Topic:
    """A publisher in memory that can be down."""

    def __init__(self) -> None:
        self.alerts: list[DriftAlert] = []
        self.down = False

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        if self.down:
            raise Unavailable("the broker is down")
        self.alerts += [DriftAlert.FromString(one.value) for one in messages]
        return [True] * len(messages)


@pytest.fixture
def state(database_url: str) -> Iterator[DriftState]:
    with closing(DriftState(open_engine(database_url, 5.0), WINDOW)) as opened:
        opened.positions([PREDICTIONS])
        yield opened


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
def judge(state: DriftState, topic: Topic) -> Judge:
    engine = state._engine
    parts: Any = (Bundles(), PREDICTIONS.topic, LATENESS, 36_500, topic)
    return Judge(state, DriftReads(engine), Alerts(engine), *parts)


def arrive(
    state: DriftState, numbers: Sequence[int], at: int, read_to: int | None = None, *, missing: bool = False
) -> None:
    rows = counted([Prediction(number, at) for number in numbers])
    if missing:
        rows.bins[:, 0] = 0
    here = state.positions([PREDICTIONS])[PREDICTIONS]
    state.apply({PREDICTIONS: Move(here, here + len(numbers), read_to)}, [rows])


def judged(state: DriftState) -> list[int]:
    windows = DriftReads(state._engine).windows(None, None, 100)
    return sorted(one.start for one in windows if one.judged_at is not None)


def test_a_window_is_judged_when_all_of_it_has_arrived(state: DriftState, judge: Judge) -> None:
    arrive(state, range(50), at=5_500)
    judge.step()
    assert judged(state) == []  # nobody knows yet what else there is
    arrive(state, range(50, 60), at=6_500, read_to=7_999)
    judge.step()
    assert judged(state) == []
    arrive(state, [], at=0, read_to=8_000)  # the window's end, and two more
    judge.step()
    assert judged(state) == [5_000]
    arrive(state, [], at=0, read_to=9_000)
    judge.step()
    assert judged(state) == [5_000, 6_000]


def test_what_comes_late_changes_the_counts_but_not_the_verdict(state: DriftState, judge: Judge, topic: Topic) -> None:
    arrive(state, range(100), at=5_500, read_to=20_000)
    judge.step()
    before = list(topic.alerts)
    assert "NUMBER" not in {one.quantity for one in before}
    arrive(state, range(100, 300), at=5_600, missing=True)
    judge.step()
    assert topic.alerts == before
    (window,) = DriftReads(state._engine).windows(None, None, 10)
    assert (window.rows, window.alarms) == (300, len(before))


def test_alerts_are_published_once_the_broker_is_back(state: DriftState, judge: Judge, topic: Topic) -> None:
    topic.down = True
    arrive(state, range(100), at=5_500, read_to=20_000, missing=True)
    with pytest.raises(Unavailable):
        judge.step()
    assert judged(state) == [5_000]
    topic.down = False
    judge.step()
    judge.step()
    found = {(one.segment, one.quantity): one for one in topic.alerts}
    assert len(found) == len(topic.alerts)
    assert {("ALL", "NUMBER"), ("Cash loans", "NUMBER")} <= found.keys()
    alert = found["ALL", "NUMBER"]
    assert alert.rows == 100
    assert alert.change == "missing: 100.00%, reference 0.00%"
    assert alert.window_end.ToMicroseconds() - alert.window_begin.ToMicroseconds() == WINDOW


def test_gauges_show_the_newest_judged_window(state: DriftState, judge: Judge) -> None:
    arrive(state, range(100), at=5_500, missing=True)
    arrive(state, range(100, 140), at=7_500, read_to=20_000)
    judge.step()

    def value(name: str, **labels: str) -> float | None:
        return REGISTRY.get_sample_value(name, labels)

    assert value("creditrisk_drift_window_rows") == 40
    assert value("creditrisk_drift_missing_rate", quantity="NUMBER") == 0
    assert value("creditrisk_drift_alarm", quantity="NUMBER") == 0
    assert value("creditrisk_drift_read_to_seconds") == 0.02
    assert 0 <= (value("creditrisk_estimated_performance", measure="approval_rate") or 0) <= 1
    arrive(state, range(200, 300), at=9_500, read_to=30_000, missing=True)
    judge.step()
    assert value("creditrisk_drift_missing_rate", quantity="NUMBER") == 1
    assert value("creditrisk_drift_alarm", quantity="NUMBER") == 1
