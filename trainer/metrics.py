"""How good the scores are: ranking, calibration, cost."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import ks_2samp
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

CALIBRATION_BINS: Final = 10


def ranking_and_calibration(pd: NDArray[np.float64], target: NDArray[np.int8]) -> dict[str, float]:
    """Measures of ``pd`` float64 (n,) against ``target`` (n,; 1: default)."""
    auc = float(roc_auc_score(target, pd))
    return {
        "auc": auc,
        "gini": 2 * auc - 1,
        "ks": float(ks_2samp(pd[target == 1], pd[target == 0]).statistic),
        "average_precision": float(average_precision_score(target, pd)),
        "brier": float(brier_score_loss(target, pd)),
        "log_loss": float(log_loss(target, pd)),
        "calibration_error": calibration_error(pd, target),
    }


def calibration_error(pd: NDArray[np.float64], target: NDArray[np.int8]) -> float:
    """Mean gap between PD and default rate over tenths of the applicants by PD (ECE; Naeini et al. 2015)."""
    order = np.argsort(pd, kind="stable")
    gaps = [
        len(rows) * abs(float(pd[rows].mean()) - float(target[rows].mean()))
        for rows in np.array_split(order, CALIBRATION_BINS)
    ]
    return sum(gaps) / len(pd)
