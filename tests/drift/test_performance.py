"""Performance: the grid's figures are those of the rows, and the estimate keeps its promise."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from creditrisk.drift.layout import EDGES, GRID
from creditrisk.drift.outcome_curve import OutcomeCurve, fit_outcome_curve
from creditrisk.drift.performance import estimate, realise
from creditrisk.drift.reference import DECISIONS, Reference

APPROVE, REFER, DECLINE = range(3)
EXACT = OutcomeCurve((0.0, 1.0, 0.0), ((0.0,) * 3,) * 3)
"""Calibrated log-odds that are the truth."""
REFERENCE = Reference((), {}, 1 / 11, 10.0, 1.0, EXACT)


def _population(seed: int, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """PDs, decisions at 1/11, and outcomes that keep the PDs' promise."""
    rng = np.random.default_rng(seed)
    pd = 1 / (1 + np.exp(-rng.normal(-2.8, 1.0, size=rows)))
    return pd, np.where(pd < 1 / 11, APPROVE, DECLINE), (rng.random(rows) < pd).astype(int)


def _grid(pd: np.ndarray, decisions: np.ndarray) -> np.ndarray:
    at = np.searchsorted(EDGES, np.log(pd / (1 - pd)), side="right")
    flat = np.bincount(decisions * GRID + at, minlength=len(DECISIONS) * GRID)
    return flat.reshape(len(DECISIONS), GRID)


def test_realised_figures_are_those_of_the_rows() -> None:
    pd, decisions, y = _population(1, 20_000)
    found = realise(_grid(pd[y == 1], decisions[y == 1]), _grid(pd[y == 0], decisions[y == 0]), REFERENCE)
    cost = np.where(decisions == APPROVE, 10.0 * y, 1.0 - y).mean()
    assert found.rows == len(y)
    assert found.auc == pytest.approx(roc_auc_score(y, pd), abs=1e-4)
    assert found.brier == pytest.approx(brier_score_loss(y, pd), abs=1e-5)
    assert found.cost == pytest.approx(cost, abs=1e-12)
    assert found.default_rate == pytest.approx(y.mean(), abs=1e-12)
    assert found.calibration_error < 0.01


def test_the_interval_covers_what_comes_true() -> None:
    """Of 200 populations whose outcomes keep the PDs' promise, some 95 % lie inside."""
    inside = np.zeros(4)
    for seed in range(200):
        pd, decisions, y = _population(seed, 1_000)
        expected = estimate(_grid(pd, decisions), REFERENCE)
        came = realise(_grid(pd[y == 1], decisions[y == 1]), _grid(pd[y == 0], decisions[y == 0]), REFERENCE)
        pairs = [
            (expected.auc, came.auc),
            (expected.cost, came.cost),
            (expected.brier, came.brier),
            (expected.default_rate, came.default_rate),
        ]
        inside += [one.low <= value <= one.high for one, value in pairs]
        assert all(one.low <= one.value <= one.high for one, _ in pairs)
    assert inside.min() >= 200 * 0.95 - 3 * np.sqrt(200 * 0.95 * 0.05)


def test_a_changed_relation_is_outside_of_the_interval() -> None:
    """Concept drift: twice as many default as promised. The estimate cannot know; the outcomes tell."""
    pd, decisions, _ = _population(3, 20_000)
    y = (np.random.default_rng(3).random(len(pd)) < np.minimum(2 * pd, 1)).astype(int)
    expected = estimate(_grid(pd, decisions), REFERENCE)
    came = realise(_grid(pd[y == 1], decisions[y == 1]), _grid(pd[y == 0], decisions[y == 0]), REFERENCE)
    assert came.default_rate > expected.default_rate.high
    assert came.brier > expected.brier.high
    assert came.calibration_error > 0.05


def test_rates_of_decisions() -> None:
    grid = np.zeros((3, GRID), dtype=np.int64)
    grid[APPROVE, 100], grid[REFER, 200], grid[DECLINE, 300] = 6, 1, 3
    found = estimate(grid, REFERENCE)
    assert (found.rows, found.approval_rate, found.referral_rate) == (10, 0.6, 0.1)


def test_nothing_tells_nothing() -> None:
    none = np.zeros((3, GRID), dtype=np.int64)
    assert np.isnan(estimate(none, REFERENCE).auc.value)
    assert np.isnan(realise(none, none, REFERENCE).auc)


def test_the_curve_learns_what_a_line_cannot() -> None:
    rng = np.random.default_rng(4)
    margins = rng.normal(-2.8, 1.0, size=40_000)
    bent = 1 / (1 + np.exp(-(margins - 0.1 * (margins + 2.8) ** 2)))
    curve = fit_outcome_curve(margins, rng.random(len(margins)) < bent)
    some = np.linspace(-4.5, -0.5, 9)
    truth = 1 / (1 + np.exp(-(some - 0.1 * (some + 2.8) ** 2)))
    drawn = curve.draw(some, 500, np.random.default_rng(1))
    low, high = np.quantile(drawn, [0.005, 0.995], axis=0)
    assert ((low < truth) & (truth < high)).all()
    assert curve.probability(some) == pytest.approx(truth, rel=0.15)


def test_an_uncertain_curve_widens_the_interval() -> None:
    pd, decisions, _ = _population(3, 20_000)
    sure = estimate(_grid(pd, decisions), REFERENCE)
    unsure = Reference((), {}, 1 / 11, 10.0, 1.0, replace(EXACT, covariance=((0.0,) * 3, (0.0, 0.01, 0.0), (0.0,) * 3)))
    wide = estimate(_grid(pd, decisions), unsure)
    assert wide.auc.high - wide.auc.low > 2 * (sure.auc.high - sure.auc.low)
    assert wide.auc.value == sure.auc.value
