"""Outcomes merge to the same whatever their order; vintages are what a batch computation gives."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from creditrisk.drift.layout import GRID
from creditrisk.stores.drift_schema import OUTCOMES
from creditrisk.stores.drift_state import DriftState, Move, Place
from creditrisk.stores.engine import open_engine
from creditrisk.stores.outcomes import Outcome
from creditrisk.stores.vintages import Vintages, month_of, next_month
from tests.drift.small import BUNDLE, WINDOW, Prediction, counted

PLACE = Place("predictions", 0)
MONTH = datetime(2026, 3, 1, tzinfo=UTC)
BEGIN = round(MONTH.timestamp() * 1e6)
DAY = 86_400 * 10**6
MATURITY = 100 * DAY
LOANS = [Prediction(number, BEGIN + number * DAY // 2) for number in range(40)]

seen = st.builds(
    Outcome,
    st.sampled_from([one.id for one in LOANS]),
    st.booleans(),
    st.integers(0, 250).map(lambda days: BEGIN + days * DAY),
)


@pytest.fixture
def state(database_url: str) -> Iterator[DriftState]:
    with closing(DriftState(open_engine(database_url, 5.0), WINDOW)) as opened:
        opened.positions([PLACE])
        opened.apply({PLACE: Move(0, len(LOANS), None)}, [counted(LOANS)])
        yield opened


def known(loan: Prediction, outcomes: Sequence[Outcome]) -> int:
    """1: in default by the maturity; 0: seen without one at it or after; -1: nobody can tell."""
    at = loan.decided_at + MATURITY
    own = [one for one in outcomes if one.prediction_id == loan.id]
    if any(one.defaulted and one.observed_at <= at for one in own):
        return 1
    if any((one.defaulted and one.observed_at > at) or (not one.defaulted and one.observed_at >= at) for one in own):
        return 0
    return -1


def batch(outcomes: Sequence[Outcome]) -> dict[int, list[list[int]]]:
    grids = {label: np.zeros((3, GRID), dtype=int) for label in (1, 0, -1)}
    for loan in LOANS:
        row = counted([loan])
        grids[known(loan, outcomes)][row.decisions[0], row.grid[0]] += 1
    return {label: grid.tolist() for label, grid in grids.items()}


def read(state: DriftState) -> dict[int, list[list[int]]]:
    found = Vintages(state._engine).read(BUNDLE, MONTH, MATURITY)
    return {1: found.defaulted.tolist(), 0: found.repaid.tolist(), -1: found.unknown.tolist()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(st.lists(seen, max_size=15), max_size=5), st.randoms(use_true_random=False))
def test_late_shuffled_and_repeated_outcomes_come_to_what_a_batch_comes_to(
    tmp_path_factory: pytest.TempPathFactory, deliveries: list[list[Outcome]], random
) -> None:
    url = f"sqlite:///{tmp_path_factory.mktemp('outcomes') / 'drift.db'}"
    with closing(DriftState(open_engine(url, 5.0), WINDOW)) as state:
        state.positions([PLACE])
        half = len(deliveries) // 2
        for some in deliveries[:half]:
            state.apply({}, [], some)  # before the loans themselves are known
        state.apply({PLACE: Move(0, len(LOANS), None)}, [counted(LOANS)])
        again = [*deliveries[half:], *deliveries]
        random.shuffle(again)
        for some in again:
            state.apply({}, [], some)
        assert read(state) == batch([one for some in deliveries for one in some])


def test_both_engines_merge_alike(state: DriftState) -> None:
    loan = LOANS[0]
    days = [(True, 90), (False, 30), (True, 40), (False, 120), (True, 60), (False, 10)]
    for defaulted, day in days:
        state.apply({}, [], [Outcome(loan.id, defaulted, BEGIN + day * DAY)])
    with state._engine.connect() as connection:
        (row,) = connection.execute(select(OUTCOMES)).all()
    assert row == (loan.id, BEGIN + 40 * DAY, BEGIN + 120 * DAY)
    outcomes = [Outcome(loan.id, defaulted, BEGIN + day * DAY) for defaulted, day in days]
    assert read(state) == batch(outcomes)


def test_a_default_after_the_maturity_was_a_good_loan_at_it(state: DriftState) -> None:
    loan = LOANS[3]
    late = Outcome(loan.id, defaulted=True, observed_at=loan.decided_at + MATURITY + 1)
    state.apply({}, [], [late])
    assert known(loan, [late]) == 0
    assert read(state) == batch([late])


def test_months_follow_one_another() -> None:
    assert month_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)) == datetime(2026, 12, 1, tzinfo=UTC)
    assert next_month(datetime(2026, 12, 1, tzinfo=UTC)) == datetime(2027, 1, 1, tzinfo=UTC)
    assert next_month(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 2, 1, tzinfo=UTC)


def test_the_first_month_is_that_of_the_first_decision(state: DriftState) -> None:
    assert Vintages(state._engine).first_month(BUNDLE) == MONTH
    assert Vintages(state._engine).first_month("0" * 64) is None


def test_outcomes_of_nothing_known_are_forgotten_in_time(state: DriftState) -> None:
    stranger = "00000000-0000-7000-8000-999999999999"
    newer = "00000000-0000-7000-8000-888888888888"
    known = LOANS[-1]
    state.apply({}, [], [Outcome(one, defaulted=True, observed_at=BEGIN) for one in (stranger, known.id)])
    state.apply({}, [], [Outcome(newer, defaulted=False, observed_at=known.decided_at)])
    state.forget(known.decided_at)
    with state._engine.connect() as connection:
        assert set(connection.execute(select(OUTCOMES.c.prediction_id)).scalars()) == {newer, known.id}
