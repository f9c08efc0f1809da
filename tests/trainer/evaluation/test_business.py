"""Thresholds, ratios of costs and profit, held to counting applicants one by one."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditrisk.errors import InvalidData
from tests.trainer.evaluation.portfolios import portfolio
from trainer.evaluation.costs import Costs
from trainer.evaluation.profit import Lending, profit_curve
from trainer.evaluation.thresholds import sensitivity, threshold_curve

FEW = 100


@settings(max_examples=10)
@given(st.integers(0, 1000))
def test_a_curve_counts_what_each_threshold_would_have_meant(seed: int) -> None:
    pd, target = portfolio(400, seed)
    # Equal PDs, as a forest gives them.
    pd = np.round(pd, 2)
    costs = Costs()
    curve = threshold_curve(pd, target, costs, seed, 2)
    for at in range(0, len(curve.thresholds), 20):
        approved = pd < curve.thresholds[at]
        assert curve.cost[at] == pytest.approx(costs.per_applicant(pd, target, curve.thresholds[at]))
        assert curve.approval_rate[at] == pytest.approx(approved.mean())
        assert curve.realised_loss[at] == pytest.approx(1_000 * 10 * (approved & (target == 1)).mean())
        assert curve.expected_loss[at] == pytest.approx(1_000 * 10 * (pd * approved).mean())
        if approved.any():
            assert curve.default_rate[at] == pytest.approx(target[approved].mean())
        else:
            assert np.isnan(curve.default_rate[at])
    approved = pd < costs.threshold
    assert curve.by_theory.approval_rate == pytest.approx(approved.mean())
    assert curve.by_theory.default_rate == pytest.approx(target[approved].mean())
    assert curve.by_theory.realised_loss == pytest.approx(1_000 * 10 * (approved & (target == 1)).mean())
    assert curve.by_theory.expected_loss == pytest.approx(1_000 * 10 * (pd * approved).mean())
    assert (curve.optimum.estimate, curve.least.estimate) == pytest.approx(costs.best_threshold(pd, target))


def test_with_true_pds_the_theoretical_threshold_is_as_good_as_any() -> None:
    pd, target = portfolio(8_000, 3)
    curve = threshold_curve(pd, target, Costs(), 3, FEW)
    assert curve.optimum.low < 1 / 11 < curve.optimum.high
    assert curve.excess.estimate < 0.01


def test_with_pds_twice_too_high_it_is_not() -> None:
    pd, target = portfolio(8_000, 3)
    curve = threshold_curve(np.minimum(2 * pd, 1.0), target, Costs(), 3, FEW)
    assert curve.optimum.low > 1 / 11
    assert curve.excess.low > 0


def test_the_dearer_a_default_the_lower_the_threshold_and_the_fewer_are_approved() -> None:
    pd, target = portfolio(8_000, 4)
    found = sensitivity(pd, target, 4, (5.0, 10.0, 20.0), FEW)
    assert [one.costs.threshold for one in found] == [1 / 6, 1 / 11, 1 / 21]
    for higher, lower in pairwise(found):
        assert higher.approval_rate > lower.approval_rate
        assert higher.cost.estimate < lower.cost.estimate
        assert higher.optimum.estimate > lower.optimum.estimate
    assert all(one.optimum.low < one.costs.threshold < one.optimum.high for one in found)


def test_profit_is_interest_of_loans_repaid_less_losses_of_the_others() -> None:
    pd, target = portfolio(500, 5)
    amounts = np.random.default_rng(5).uniform(1e4, 1e6, 500)
    curve = profit_curve(pd, target, amounts, Lending(0.15, 0.6), 5, 2)
    for at in range(0, len(curve.thresholds), 20):
        approved = pd < curve.thresholds[at]
        earned = 0.15 * amounts[approved & (target == 0)].sum() - 0.6 * amounts[approved & (target == 1)].sum()
        assert curve.profit[at] == pytest.approx(1_000 * earned / 500)
    assert curve.most.estimate >= curve.profit.max()


def test_loans_of_one_amount_are_a_matter_of_costs() -> None:
    pd, target = portfolio(2_000, 6)
    curve = profit_curve(pd, target, np.ones(2_000), Lending(1.0, 10.0), 6, FEW)
    assert curve.lending.threshold == pytest.approx(Costs(10.0, 1.0).threshold)
    assert curve.optimum == threshold_curve(pd, target, Costs(10.0, 1.0), 6, FEW).optimum


def test_a_missing_amount_is_refused() -> None:
    pd, target = portfolio(3, 1)
    with pytest.raises(InvalidData, match="AMT_CREDIT"):
        profit_curve(pd, target, np.array([1.0, np.nan, 2.0]), Lending(0.1, 0.5), 1, 2)
