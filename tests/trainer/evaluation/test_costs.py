"""Costs: the threshold that costs least, held against trying every one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.evaluation.costs import Costs

LABELLED = st.lists(
    st.tuples(st.sampled_from([0.0, 0.05, 1 / 11, 0.5, 1.0]) | st.floats(0, 1), st.integers(0, 1)),
    min_size=1,
    max_size=60,
)
COST = st.floats(0.01, 100)


def test_ten_to_one_declines_from_one_eleventh() -> None:
    assert Costs().threshold == 1 / 11
    assert Costs(1.0, 1.0).threshold == 0.5


def test_each_error_has_its_cost() -> None:
    pd, target = np.array([0.05, 0.05, 0.5, 0.5]), np.array([1, 0, 1, 0], dtype=np.int8)
    assert Costs().per_applicant(pd, target, 0.5) == (10 + 1) / 4
    assert Costs().per_applicant(pd, target, 0.0) == 2 / 4
    assert Costs().per_applicant(pd, target, 0.6) == 20 / 4


@given(LABELLED, COST, COST)
def test_the_best_threshold_costs_no_more_than_any_other(
    rows: list[tuple[float, int]], false_negative: float, false_positive: float
) -> None:
    pd = np.array([row[0] for row in rows])
    target = np.array([row[1] for row in rows], dtype=np.int8)
    costs = Costs(false_negative, false_positive)
    threshold, least = costs.best_threshold(pd, target)
    every = [*pd.tolist(), float(np.nextafter(pd.max(), 2.0))]
    assert least == pytest.approx(min(costs.per_applicant(pd, target, one) for one in every))
    assert costs.per_applicant(pd, target, threshold) == pytest.approx(least)


@given(st.integers(0, 2**32 - 1), COST, COST)
def test_with_true_pds_no_threshold_has_less_expected_cost(seed: int, negative: float, positive: float) -> None:
    pd = np.sort(np.random.default_rng(seed).random(200))
    costs = Costs(negative, positive)

    def expected(threshold: float) -> float:
        return float(np.where(pd >= threshold, positive * (1 - pd), negative * pd).mean())

    assert expected(costs.threshold) <= min(map(expected, pd.tolist())) + 1e-12
