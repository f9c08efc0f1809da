"""Calibration of the margin to log-odds: ``calibrated = slope · margin + intercept``.

Platt (1999), "Probabilistic outputs for support vector machines". Being affine in the margin it keeps
additive explanations additive: SHAP values are multiplied by ``slope``. The fit is plain maximum
likelihood on labels 0 and 1 (not Platt's smoothed targets), so the mean PD over the rows fitted on
equals their default rate.
"""

import json
import math
from dataclasses import asdict, dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidBundle, InvalidData

_STEPS: Final = 100
_TOLERANCE: Final = 1e-12
"""Largest Newton step, in standard deviations of the margin, at which the fit has converged."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Log-odds of default from the model's margin (its raw sum of leaves); ``slope`` is above 0."""

    slope: float
    intercept: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.slope) and math.isfinite(self.intercept) and self.slope > 0):
            raise InvalidData(f"slope {self.slope} and intercept {self.intercept} must be finite, slope above 0")

    def apply(self, margin: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-odds of default, same shape; bitwise what the exported graph gives."""
        return self.slope * margin + self.intercept

    def to_json(self) -> str:
        """A JSON object; floats survive exactly."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read ``to_json``; raises ``InvalidBundle`` for anything else."""
        try:
            document = json.loads(text)
            return cls(float(document["slope"]), float(document["intercept"]))
        except (ValueError, KeyError, TypeError, InvalidData) as error:
            raise InvalidBundle(f"the calibration cannot be read: {error}") from error


def fit_platt(margins: NDArray[np.float64], labels: NDArray[np.number]) -> Calibration:
    """Fit by maximum likelihood with Newton's method and halved steps (cf. Lin, Lin & Weng 2007).

    ``margins``: float64 (n,), of rows the model was not fitted on; ``labels``: 0 or 1, (n,), 1 is default.
    Raises ``InvalidData`` if there is no maximum (one class, constant or separating margins), or the best
    slope is not above 0 (the model ranks backwards).
    """
    y = np.asarray(labels, dtype=np.float64)
    if margins.ndim != 1 or margins.shape != y.shape or not np.isfinite(margins).all() or not np.isin(y, (0, 1)).all():
        raise InvalidData("calibration needs finite margins and labels 0 or 1, one a row")
    spread = margins.std() if len(margins) else 0.0
    if y.min(initial=1) == y.max(initial=0) or spread == 0:
        raise InvalidData("calibration needs both classes and margins that differ")
    # Standardised, the two parameters are of one scale and the Hessian is well conditioned.
    centre = margins.mean()
    design = np.stack([(margins - centre) / spread, np.ones_like(margins)])
    beta, _ = maximum_likelihood(design, y, np.array([0.0, math.log(y.mean() / (1 - y.mean()))]))
    slope = float(beta[0] / spread)
    if slope <= 0:
        raise InvalidData(f"the calibrated slope is {slope:g}: the model ranks backwards")
    return Calibration(slope, float(beta[1] - slope * centre))


def maximum_likelihood(
    design: NDArray[np.float64], y: NDArray[np.float64], beta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logistic regression of ``y`` (n,) on ``design`` (k, n): coefficients (k,), sought from ``beta``, and covariance.

    Raises ``InvalidData`` where there is no maximum.
    """
    loss = _loss(design, y, beta)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-(beta @ design)))
        hessian = (design * (p * (1 - p))) @ design.T
        try:
            step = np.linalg.solve(hessian, design @ (y - p))
        except np.linalg.LinAlgError:
            break
        while (tried := _loss(design, y, beta + step)) > loss + 1e-12 * abs(loss):
            step = step / 2
        beta, loss = beta + step, tried
        if np.abs(step).max() < _TOLERANCE:
            return beta, np.asarray(np.linalg.inv(hessian))
    raise InvalidData("calibration did not converge: do the margins separate the classes?")


def _loss(design: NDArray[np.float64], y: NDArray[np.float64], beta: NDArray[np.float64]) -> float:
    log_odds = beta @ design
    return float(np.sum(np.logaddexp(0, log_odds) - y * log_odds))
