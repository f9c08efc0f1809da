"""Default rate by calibrated log-odds, as the training data had it, with its sampling error.

Calibration is a line, so that explanations stay additive; outcomes need not keep to it. The curve is a
logistic regression of out-of-fold outcomes on the log-odds and their square: what performance is estimated
with, not what is served.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from creditrisk.model.calibration import maximum_likelihood


@dataclass(frozen=True, slots=True)
class OutcomeCurve:
    """Log-odds of default: ``coefficients`` times 1, m, m² of the calibrated log-odds m; and their covariance."""

    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]

    def probability(self, log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
        """Default rates expected at ``log_odds`` (n,)."""
        return _probability(np.array(self.coefficients), log_odds)

    def draw(self, log_odds: NDArray[np.float64], draws: int, random: np.random.Generator) -> NDArray[np.float64]:
        """Default rates at ``log_odds`` (n,) of ``draws`` curves that the data allow as well: (draws, n)."""
        some = random.multivariate_normal(self.coefficients, self.covariance, draws)
        return _probability(some, log_odds)


def fit_outcome_curve(log_odds: NDArray[np.float64], labels: NDArray[np.number]) -> OutcomeCurve:
    """The curve of out-of-fold calibrated ``log_odds`` (n,) and ``labels`` (n,), 1: default.

    Raises:
        InvalidData: there is no maximum of the likelihood.
    """
    start = np.array([0.0, 1.0, 0.0])
    found, covariance = maximum_likelihood(_powers(log_odds), np.asarray(labels, dtype=np.float64), start)
    return OutcomeCurve(tuple(found.tolist()), tuple(map(tuple, covariance.tolist())))


def _powers(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.ones_like(log_odds), log_odds, log_odds**2])


def _probability(coefficients: NDArray[np.float64], log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-(coefficients @ _powers(log_odds)))))
