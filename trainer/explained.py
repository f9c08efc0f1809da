"""What a fitted model goes by, on a sample of the rows it was fitted on."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.model.calibration import Calibration
from creditrisk.model.contributions import Explainer

ROWS: Final = 2_000
"""Applicants explained; one of a deep forest takes some 14 ms."""


@dataclass(frozen=True, slots=True)
class Explained:
    """``matrix`` float32 (m, F) of applicants with outcomes ``target`` (m,), and ``contributions`` float64 (m, F).

    Contributions are SHAP values on the calibrated log-odds, which they add up to with ``base``.
    """

    matrix: NDArray[np.float32]
    target: NDArray[np.int8]
    contributions: NDArray[np.float64]
    base: float

    @property
    def log_odds(self) -> NDArray[np.float64]:
        """Of default, (m,)."""
        return np.asarray(self.base + self.contributions.sum(axis=1))


def explain_sample(
    explainer: Explainer,
    calibration: Calibration,
    matrix: NDArray[np.float32],
    target: NDArray[np.int8],
    seed: int,
) -> Explained:
    """Explain ``ROWS`` of the rows ``matrix`` float32 (n, F) with outcomes ``target`` (n,), drawn by ``seed``."""
    random = np.random.default_rng(seed)
    some = np.sort(random.choice(len(matrix), min(ROWS, len(matrix)), replace=False))
    found = explainer.explain(matrix[some])
    base = calibration.slope * found.base + calibration.intercept
    return Explained(matrix[some], target[some], calibration.slope * found.values, base)
