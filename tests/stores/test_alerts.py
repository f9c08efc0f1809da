"""A window gets one verdict; its alerts are raised once, in order, and stay until the broker has them."""

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from creditrisk.stores.alerts import Alert, Alerts
from creditrisk.stores.drift_reads import DriftReads
from creditrisk.stores.drift_state import DriftState
from creditrisk.stores.engine import open_engine
from tests.drift.small import BUNDLE, WINDOW, Prediction, counted
from tests.stores.test_drift_state import Move, Place

ALERT = Alert(BUNDLE, 5_000, "ALL", "NUMBER", 9_000, 120, 0.31, 0.002, "missing: 30 %, reference 10 %")


@pytest.fixture
def state(database_url: str) -> Iterator[DriftState]:
    with closing(DriftState(open_engine(database_url, 5.0), WINDOW)) as opened:
        yield opened


def test_a_window_is_judged_once(state: DriftState) -> None:
    alerts = Alerts(state._engine)
    assert alerts.judge(BUNDLE, 5_000, 9_000, [ALERT, replace(ALERT, quantity="CODE")])
    assert not alerts.judge(BUNDLE, 5_000, 9_500, [replace(ALERT, quantity="PD")])
    found = alerts.after(0, 10)
    assert [one.quantity for one in found] == ["NUMBER", "CODE"]
    assert replace(found[0], alert_id=0) == ALERT
    assert alerts.after(found[0].alert_id, 10) == found[1:]


def test_alerts_are_listed_newest_first_of_one_bundle_or_of_all(state: DriftState) -> None:
    alerts = Alerts(state._engine)
    assert alerts.newest(None, None, 10) == []
    for start in (3_000, 4_000):
        for bundle_hash in (BUNDLE, "c" * 64):
            raised = [replace(ALERT, bundle_hash=bundle_hash, window_start=start, quantity=one) for one in ("PD", "X")]
            alerts.judge(bundle_hash, start, 9_000, raised)
    whole = alerts.newest(None, None, 10)
    assert whole == alerts.after(0, 10)[::-1]
    assert len(whole) == 8
    assert alerts.newest(None, None, 3) == whole[:3]
    assert alerts.newest(None, whole[2].alert_id, 3) == whole[3:6]
    of_one = [one for one in whole if one.bundle_hash == BUNDLE]
    assert alerts.newest(BUNDLE, None, 10) == of_one
    assert alerts.newest(BUNDLE, of_one[0].alert_id, 2) == of_one[1:3]
    assert alerts.newest("d" * 64, None, 10) == []


def test_of_replicas_that_judge_together_one_does(state: DriftState, database_url: str) -> None:
    verdicts: list[bool] = []
    barrier = threading.Barrier(3)

    def judge() -> None:
        engine = open_engine(database_url, 5.0)
        barrier.wait()
        verdicts.append(Alerts(engine).judge(BUNDLE, 5_000, 9_000, [ALERT]))
        engine.dispose()

    threads = [threading.Thread(target=judge) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(verdicts) == [False, False, True]
    assert len(Alerts(state._engine).after(0, 10)) == 1


def test_alerts_wait_until_they_are_published(state: DriftState) -> None:
    alerts = Alerts(state._engine)
    alerts.judge(BUNDLE, 5_000, 9_000, [ALERT, replace(ALERT, quantity="CODE"), replace(ALERT, quantity="PD")])
    first, *rest = alerts.unpublished(10)
    alerts.published([first.alert_id])
    assert alerts.unpublished(10) == rest
    assert alerts.unpublished(1) == rest[:1]


def test_what_is_judged_is_no_longer_unjudged(state: DriftState) -> None:
    place, reads = Place("predictions", 0), DriftReads(state._engine)
    state.positions([place])
    state.apply({place: Move(0, 3, None)}, [counted([Prediction(n, at) for n, at in enumerate((1_500, 2_500, 9_500))])])
    assert reads.unjudged(9_000) == [(BUNDLE, 1_000), (BUNDLE, 2_000)]
    assert reads.newest_judged(None) is None
    Alerts(state._engine).judge(BUNDLE, 1_000, 10_000, [ALERT])
    assert reads.unjudged(9_001) == [(BUNDLE, 2_000), (BUNDLE, 9_000)]
    assert reads.newest_judged(BUNDLE) == (BUNDLE, 1_000)
    assert reads.judged_at(BUNDLE, 1_000) == 10_000
    assert reads.judged_at(BUNDLE, 2_000) is None
    *_, judged = reads.windows(BUNDLE, None, 10)
    assert (judged.start, judged.rows, judged.judged_at, judged.alarms) == (1_000, 1, 10_000, 1)
