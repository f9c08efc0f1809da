"""Calibration beside what chance makes of it; shares; what single features rank."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import roc_auc_score

from tests.trainer.evaluation.portfolios import portfolio
from trainer.evaluation.proportions import wilson
from trainer.evaluation.reliability import reliability
from trainer.evaluation.single_features import single_features


def test_true_pds_err_no_more_than_chance_does() -> None:
    pd, target = portfolio(5_000, 1)
    found = reliability(pd, target, 1)
    assert found.error <= found.error_by_chance
    assert found.rows.tolist() == [250.0] * 20
    assert float(((found.low <= found.mean_pd) & (found.mean_pd <= found.high)).mean()) >= 0.8


def test_pds_a_third_too_high_err_more() -> None:
    pd, target = portfolio(5_000, 1)
    found = reliability(np.minimum(pd * 4 / 3, 1.0), target, 1)
    assert found.error > found.error_by_chance


@given(st.integers(1, 500).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_bounds_of_a_share_are_wilsons(share: tuple[int, int]) -> None:
    low, high = wilson(np.array([float(share[0])]), np.array([float(share[1])]))
    expected = binomtest(*share).proportion_ci(method="wilson")
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_a_feature_is_ranked_where_it_is_known() -> None:
    random = np.random.default_rng(0)
    target = (random.random(2_000) < 0.2).astype(np.int8)
    rising = (random.normal(size=2_000) + target).astype(np.float32)
    holed = np.where(random.random(2_000) < 0.4, np.nan, rising.round(1)).astype(np.float32)
    matrix = np.stack([rising, -rising, holed, np.ones(2_000, np.float32), np.full(2_000, np.nan, np.float32)], axis=1)
    found = single_features(matrix, target)
    known = ~np.isnan(holed)
    expected = [roc_auc_score(target, rising), roc_auc_score(target, -rising)]
    expected += [roc_auc_score(target[known], holed[known]), 0.5]
    assert found.auc[:4] == pytest.approx(expected)
    assert np.isnan(found.auc[4])
    assert found.missing.tolist() == pytest.approx([0.0, 0.0, 1 - known.mean(), 0.0, 1.0])
    assert (found.low[:3] < found.auc[:3]).all()
    assert (found.auc[:3] < found.high[:3]).all()


def test_bounds_of_a_single_auc_hold_the_truth() -> None:
    held = 0
    for seed in range(100):
        random = np.random.default_rng(seed)
        target = np.repeat(np.array([1, 0], dtype=np.int8), [60, 240])
        # AUC of N(1, 1) against N(0, 1) is Φ(1/√2).
        found = single_features((random.normal(size=300) + target).astype(np.float32)[:, None], target)
        held += bool(found.low[0] <= 0.7602499 <= found.high[0])
    assert 88 <= held <= 100
