"""A window compared: segments add up, the family is adjusted as one, and the change is named."""

from dataclasses import replace

import numpy as np
import pytest

from creditrisk.drift.homogeneity import holm
from creditrisk.drift.layout import NOT_COUNTED
from creditrisk.drift.monitor import Monitor
from creditrisk.drift.reference import ALL, DECISION, PD
from creditrisk.stores.drift_state import Counted
from tests.drift.small import LAYOUT, Prediction, counted

MONITOR = Monitor(LAYOUT, {"CODE": ["Working", "Pensioner", "Student"]})
CASH = "Cash loans"


def by_segment(rows: Counted) -> dict[str, np.ndarray]:
    segments = np.array(rows.segments)
    return {
        name: LAYOUT.count(rows.bins[of], rows.grid[of], rows.decisions[of])
        for name in set(rows.segments)
        for of in (segments == name,)
    }


@pytest.fixture
def window() -> Counted:
    rows = counted([Prediction(number, 1) for number in range(400)])
    bins = rows.bins.copy()
    bins[bins[:, -1] == NOT_COUNTED, -1] = rows.decisions[bins[:, -1] == NOT_COUNTED] + 1
    return replace(rows, bins=bins)


def test_all_is_the_sum_of_the_segments(window: Counted) -> None:
    compared = MONITOR.compare(by_segment(window))
    assert list(compared) == [ALL, CASH]  # rows of no segment are in ALL alone
    assert compared[ALL].rows == 400
    assert compared[CASH].rows == window.segments.count(CASH) == 200
    assert [one.quantity.name for one in compared[ALL].quantities] == ["NUMBER", "CODE", PD, DECISION]
    assert all(one.window.sum() == 400 for one in compared[ALL].quantities)


def test_the_family_is_all_quantities_of_all_segments(window: Counted) -> None:
    found = [one for part in MONITOR.compare(by_segment(window)).values() for one in part.quantities]
    assert [one.adjusted_p for one in found] == pytest.approx(holm(np.array([one.p for one in found])).tolist())
    assert not any(one.alarm for one in found if one.quantity.name in ("NUMBER", PD))


def test_a_change_in_one_segment_is_alarmed_there_and_named(window: Counted) -> None:
    bins = window.bins.copy()
    cash = np.array(window.segments) == CASH
    bins[np.flatnonzero(cash)[:60], 0] = 0
    found = MONITOR.compare(by_segment(replace(window, bins=bins)))[CASH].quantities[0]
    assert found.alarm
    assert found.change == "missing: 30.00%, reference 0.00%"
    bins[cash, 1] = 3
    found = MONITOR.compare(by_segment(replace(window, bins=bins)))[CASH].quantities[1]
    assert found.alarm
    assert found.change.startswith("Student: 100.00% of known values, reference 3")


def test_numbers_are_labelled_by_their_cuts(window: Counted) -> None:
    number = MONITOR.compare(by_segment(window))[ALL].quantities[0]
    assert len(number.labels) == number.quantity.bins
    assert number.labels[0] == "missing"
    assert number.labels[1].startswith("under -")
    assert number.labels[-1].startswith("over ")


def test_decisions_by_another_policy_are_described_not_tested(window: Counted) -> None:
    bins = window.bins.copy()
    bins[:5, -1] = NOT_COUNTED
    decision = MONITOR.compare(by_segment(replace(window, bins=bins)))[ALL].quantities[-1]
    assert decision.p is None
    assert decision.adjusted_p is None
    assert not decision.alarm
    assert decision.window.sum() == 395


def test_an_empty_window_alarms_nothing() -> None:
    compared = MONITOR.compare({})
    assert compared[ALL].rows == 0
    assert not any(one.alarm for one in compared[ALL].quantities)
