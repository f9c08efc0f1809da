"""How good the scores are: ranking, calibration, cost.

Measures are of applicants with counts, so that a bootstrap resample is measured without drawing its rows; with
counts of 1 they are what scikit-learn gives (tests hold them to it, on repeated rows as well).
"""

import math
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.costs import Costs
from trainer.evaluation.ranked import Ranked
from trainer.evaluation.resampling import Vector

CALIBRATION_BINS: Final = 10
_TINY: Final = float(np.finfo(np.float64).eps)
"""PDs of 0 and 1 count as this far from them in the log loss, which they would make infinite."""


class Measure(StrEnum):
    """The measures, in the order of arrays of them."""

    AUC = "auc"
    """Area under the ROC curve: the chance that a defaulter's PD is above a good applicant's (Hanley & McNeil 1982)."""
    GINI = "gini"
    """2·AUC - 1."""
    KS = "ks"
    """Greatest distance of the distribution functions of PD of defaulters and good applicants (Kolmogorov-Smirnov)."""
    AVERAGE_PRECISION = "average_precision"
    """Mean share of defaulters among those at or above a defaulter's PD: area under precision and recall, by steps."""
    BRIER = "brier"
    """Mean squared distance of PD and outcome (Brier 1950)."""
    LOG_LOSS = "log_loss"
    """Mean negative log-likelihood of the outcome, in nats (Good 1952)."""
    CALIBRATION_ERROR = "calibration_error"
    """Mean gap between PD and default rate over tenths of the applicants by PD (ECE; Naeini et al. 2015)."""
    COST = "cost_per_applicant"
    """Mean cost of the errors made by declining from the model's threshold (``costs``)."""

    @property
    def more_is_better(self) -> bool:
        """Whether a higher value is better."""
        return self in {Measure.AUC, Measure.GINI, Measure.KS, Measure.AVERAGE_PRECISION}


MEASURES: Final = tuple(Measure)


class Measured:
    """A model's PDs made ready to be measured on any resample."""

    def __init__(self, pd: Vector, target: NDArray[np.int8], threshold: float, costs: Costs) -> None:
        """Rank ``pd`` (n,); cost is that of declining from ``threshold``.

        Raises:
            InvalidData: as ``Ranked``.
        """
        self._ranked = Ranked(pd, target)
        self._costs = costs
        # Sums are read just before and just after a PD of defaulters, at the model's cut and at the end.
        with_defaults = np.flatnonzero(np.diff(self._ranked.sums(self._ranked.defaulted)))
        cut = self._ranked.cut(threshold)
        self._read = np.concatenate([with_defaults, with_defaults + 1, [cut, len(self._ranked.distinct)]])
        inside = np.clip(pd, _TINY, 1 - _TINY)
        self._squares = (pd - target) ** 2
        self._surprise = -np.log(np.where(target == 1, inside, 1 - inside))

    def on(self, counts: Vector) -> Vector:
        """The measures, float64 (len(MEASURES),), of applicants counted ``counts`` times, whole numbers (n,).

        What needs both outcomes is NaN where there is one.
        """
        total = counts.sum()
        drawn = counts[self._ranked.order]
        good, bad = (sums[self._read] for sums in self._ranked.outcomes(drawn))
        found = {
            Measure.AUC: (auc := _auc(good, bad)),
            Measure.GINI: 2 * auc - 1,
            Measure.KS: _ks(good, bad),
            Measure.AVERAGE_PRECISION: _average_precision(good, bad),
            Measure.BRIER: counts @ self._squares / total,
            Measure.LOG_LOSS: counts @ self._surprise / total,
            Measure.CALIBRATION_ERROR: _calibration_error(self._ranked, drawn),
            Measure.COST: self._costs.by_cut(good[-2:], bad[-2:])[0],
        }
        return np.array([found[measure] for measure in MEASURES])


def ranking_and_calibration(pd: NDArray[np.float64], target: NDArray[np.int8]) -> dict[str, float]:
    """Measures of ``pd`` float64 (n,) against ``target`` (n,; 1: default), but for cost."""
    costs = Costs()
    values = Measured(pd, target, costs.threshold, costs).on(np.ones(len(pd))).tolist()
    return {str(measure): value for measure, value in zip(MEASURES, values, strict=True) if measure is not Measure.COST}


def calibration_error(pd: NDArray[np.float64], target: NDArray[np.int8]) -> float:
    """Mean gap between PD and default rate over tenths of the applicants by PD (ECE; Naeini et al. 2015)."""
    return _calibration_error(Ranked(pd, target), np.ones(len(pd)))


# ``good`` and ``bad`` below: applicants of each outcome below the k PDs that defaulters have, then up to them,
# then two cuts that only the cost reads; the last is all. Float64 (2k + 2,).


def _auc(good: Vector, bad: Vector) -> float:
    if not good[-1] or not bad[-1]:
        return math.nan
    # Good applicants below each defaulter, and half of those level with it.
    (below, upto), (missed, with_these) = _halves(good), _halves(bad)
    return float((with_these - missed) @ (below + upto) / (2 * good[-1] * bad[-1]))


def _ks(good: Vector, bad: Vector) -> float:
    if not good[-1] or not bad[-1]:
        return math.nan
    # Between two defaulters only the good increase: the distance is greatest at one of them.
    return float(np.abs(good / good[-1] - bad / bad[-1]).max())


def _average_precision(good: Vector, bad: Vector) -> float:
    if not bad[-1]:
        return math.nan
    (below, _), (missed, with_these) = _halves(good), _halves(bad)
    caught, stopped = bad[-1] - missed, good[-1] - below
    # Where nobody was drawn from a PD on there is no precision, and no defaulter to weigh it with.
    return float((with_these - missed) @ (caught / np.maximum(caught + stopped, 1.0)) / bad[-1])


def _halves(sums: Vector) -> tuple[Vector, Vector]:
    return sums[: len(sums) // 2 - 1], sums[len(sums) // 2 - 1 : -2]


def _calibration_error(ranked: Ranked, drawn: Vector) -> float:
    reached = np.concatenate([[0.0], np.cumsum(drawn)])
    gap = np.concatenate([[0.0], np.cumsum(drawn * (ranked.pd - ranked.defaulted))])
    total = int(reached[-1])
    # Where the total does not divide by ten, the first bins have one more.
    bins = np.arange(CALIBRATION_BINS + 1)
    edges = bins * (total // CALIBRATION_BINS) + np.minimum(bins, total % CALIBRATION_BINS)
    # An edge between copies of one applicant lies on the line between its first and its last.
    at = np.interp(edges, reached, gap)
    return float(np.abs(np.diff(at)).sum() / total)
