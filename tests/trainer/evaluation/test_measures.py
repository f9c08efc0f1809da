"""Measures of counted applicants, held to scikit-learn's on the applicants written out."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve

from creditrisk.errors import InvalidData
from tests.trainer.evaluation.portfolios import COUNTED
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import MEASURES, Measure, Measured, calibration_error, ranking_and_calibration

THRESHOLD = 0.3
COSTS = Costs(7.0, 2.0)


def counted(pd: NDArray[np.float64], target: NDArray[np.int8], counts: NDArray[np.float64]) -> dict[Measure, float]:
    values = Measured(pd, target, THRESHOLD, COSTS).on(counts).tolist()
    return dict(zip(MEASURES, values, strict=True))


def written_out(pd: NDArray[np.float64], target: NDArray[np.int8]) -> dict[Measure, float]:
    auc = roc_auc_score(target, pd)
    stopped, caught, _ = roc_curve(target, pd, drop_intermediate=False)
    tenths = np.array_split(np.argsort(pd, kind="stable"), 10)
    gaps = [abs(float((pd[rows] - target[rows]).sum())) for rows in tenths]
    return {
        Measure.AUC: auc,
        Measure.GINI: 2 * auc - 1,
        Measure.KS: np.abs(caught - stopped).max(),
        Measure.AVERAGE_PRECISION: average_precision_score(target, pd),
        Measure.BRIER: brier_score_loss(target, pd),
        Measure.LOG_LOSS: log_loss(target, pd, labels=[0, 1]),
        Measure.CALIBRATION_ERROR: sum(gaps) / len(pd),
        Measure.COST: COSTS.per_applicant(pd, target, THRESHOLD),
    }


@settings(max_examples=60)
@given(COUNTED)
def test_counted_applicants_measure_as_applicants_written_out(rows: list[tuple[float, int, int]]) -> None:
    pd, target, counts = (np.array(values) for values in zip(*rows, strict=True))
    again = np.repeat(np.arange(len(pd)), counts)
    assume(0 < target[again].sum() < len(again))
    found = counted(pd, target.astype(np.int8), counts.astype(np.float64))
    assert found == pytest.approx(written_out(pd[again], target[again].astype(np.int8)), abs=1e-12)


def test_splitting_equal_pds_would_show() -> None:
    """Planted: equal PDs told apart by their place in the file."""
    pd, target = np.array([0.1, 0.2, 0.2, 0.2, 0.4]), np.array([0, 0, 0, 1, 1], dtype=np.int8)
    true, planted = written_out(pd, target), counted(pd + 1e-9 * np.arange(5), target, np.ones(5))
    assert counted(pd, target, np.ones(5)) == pytest.approx(true)
    assert planted[Measure.AUC] != pytest.approx(true[Measure.AUC], abs=0.01)
    assert planted[Measure.AVERAGE_PRECISION] != pytest.approx(true[Measure.AVERAGE_PRECISION], abs=0.01)


def test_what_needs_both_outcomes_is_undefined_with_one() -> None:
    found = counted(np.array([0.1, 0.2, 0.3]), np.array([0, 1, 0], dtype=np.int8), np.array([2.0, 0.0, 1.0]))
    undefined = {Measure.AUC, Measure.GINI, Measure.KS, Measure.AVERAGE_PRECISION}
    assert {measure for measure, value in found.items() if np.isnan(value)} == undefined


def test_measures_of_a_perfect_and_of_a_useless_ranking() -> None:
    target = np.array([0] * 90 + [1] * 10, dtype=np.int8)
    perfect = ranking_and_calibration(np.where(target == 1, 0.99, 0.01), target)
    assert (perfect["auc"], perfect["gini"], perfect["ks"]) == (1.0, 1.0, 1.0)
    constant = ranking_and_calibration(np.full(100, 0.1), target)
    assert (constant["auc"], constant["gini"], constant["ks"]) == (0.5, 0.0, 0.0)
    assert constant["brier"] == pytest.approx(0.09)


def test_calibration_error_is_the_gap_between_pd_and_rate() -> None:
    target = np.tile(np.array([1] + [0] * 9, dtype=np.int8), 100)
    assert calibration_error(np.full(1000, 0.1), target) == pytest.approx(0.0, abs=1e-12)
    assert calibration_error(np.full(1000, 0.3), target) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("pd", "target"),
    [([0.1, np.nan], [0, 1]), ([0.1, 1.5], [0, 1]), ([0.1, 0.2], [0, 2]), ([0.1], [0, 1]), ([], [])],
    ids=["a missing PD", "a margin for a PD", "an outcome of 2", "a row too few", "no rows"],
)
def test_what_is_no_pd_or_outcome_is_refused(pd: list[float], target: list[int]) -> None:
    with pytest.raises(InvalidData):
        Measured(np.array(pd), np.array(target, dtype=np.int8), THRESHOLD, COSTS)
