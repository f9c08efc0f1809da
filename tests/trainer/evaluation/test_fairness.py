"""Approval by group: held to counting, blind to groups that are alike, not to a bias put in."""

import numpy as np
import pytest

from creditrisk.errors import InvalidData
from tests.trainer.evaluation.portfolios import portfolio
from trainer.evaluation.fairness import Attribute, Fairness, by_age, by_category, fairness

THRESHOLD = 1 / 11


def judged(pd: np.ndarray, target: np.ndarray, codes: np.ndarray, groups: str = "AB") -> Fairness:
    return fairness(pd, target, Attribute("kind", tuple(groups), codes), THRESHOLD, 1, 300)


def test_figures_are_shares_of_each_group() -> None:
    pd, target = portfolio(3_000, 1)
    codes = np.arange(3_000) % 3
    found = judged(pd, target, codes, "ABC")
    rates = [float((pd[codes == code] < THRESHOLD).mean()) for code in range(3)]
    assert found.reference == "ABC"[int(np.argmax(rates))]
    for code, group in enumerate(found.groups):
        inside = codes == code
        good = inside & (target == 0)
        assert group.rows == 1_000
        assert group.approval.estimate == pytest.approx(rates[code])
        assert group.approval_ratio.estimate == pytest.approx(rates[code] / max(rates))
        assert group.default_rate.estimate == pytest.approx(target[inside].mean())
        assert group.mean_pd == pytest.approx(pd[inside].mean())
        assert group.opportunity.estimate == pytest.approx((pd[good] < THRESHOLD).mean())


def test_groups_that_are_alike_are_found_alike_and_a_bias_is_found() -> None:
    pd, target = portfolio(20_000, 2)
    codes = np.arange(20_000) % 2
    for group in judged(pd, target, codes).groups:
        assert group.opportunity_gap.low <= 0 <= group.opportunity_gap.high
        assert group.approval_ratio.low <= 1 <= group.approval_ratio.high
    biased = np.where(codes == 1, np.minimum(1.3 * pd, 1.0), pd)
    _, against = judged(biased, target, codes).groups
    assert against.opportunity_gap.high < 0
    assert against.approval_ratio.high < 1


def test_a_small_group_is_flagged_and_no_reference_and_a_handful_is_left_out() -> None:
    pd, target = portfolio(1_000, 3)
    codes = np.zeros(1_000, dtype=np.int64)
    codes[:50], codes[50:55], codes[55:60] = 1, 2, -1
    pd = np.where(codes == 1, 0.01, pd)
    found = judged(pd, target, codes, "ABC")
    assert [(group.group, group.small) for group in found.groups] == [("A", False), ("B", True)]
    assert found.reference == "A"
    assert found.left_out == 10


def test_bounds_of_shares_are_shares() -> None:
    """Planted: a group of 20 with one default; moved by their bias, its bounds would begin below 0."""
    pd, target = np.full(1_000, 0.05), np.zeros(1_000, dtype=np.int8)
    target[[0, *range(500, 530)]] = 1
    few, _ = fairness(pd, target, Attribute("a", ("few", "many"), np.repeat([0, 1], [20, 980])), 1 / 11, 0, 100).groups
    assert few.default_rate.low == 0.0
    assert few.approval.high == 1.0


def test_groups_of_age_and_of_categories() -> None:
    ages = by_age(np.array([18.0, 24.99, 25.0, 64.9, 65.0, 90.0, np.nan]))
    assert ages.groups == ("18–24", "25–34", "35–44", "45–54", "55–64", "65 and over")
    assert ages.codes.tolist() == [0, 0, 1, 4, 5, 5, -1]
    sexes = by_category("sex", ["M", None, "F", "M"])
    assert (sexes.groups, sexes.codes.tolist()) == (("F", "M"), [1, -1, 0, 1])


def test_an_attribute_nobody_has_is_refused() -> None:
    pd, target = portfolio(100, 1)
    with pytest.raises(InvalidData, match="kind"):
        judged(pd, target, np.full(100, -1))
