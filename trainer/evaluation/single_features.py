"""What each feature ranks by itself, among the applicants in whom it is known."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, rankdata

from trainer.evaluation.resampling import LEVEL, Vector


@dataclass(frozen=True, slots=True)
class SingleFeatures:
    """Figures by feature, float64 (F,) all.

    ``missing``: share of applicants. ``auc``: of the value as a score of default, below 0.5 where the risk falls as
    the value rises, NaN where fewer than two applicants of an outcome are known; with 95 % bounds (DeLong et al. 1988).
    """

    missing: Vector
    auc: Vector
    low: Vector
    high: Vector


def single_features(matrix: NDArray[np.float32], target: NDArray[np.int8]) -> SingleFeatures:
    """Missing share and AUC of every column of ``matrix`` float32 (n, F; NaN is missing) against ``target`` (n,)."""
    found = np.array([_auc(column, target == 1) for column in matrix.T])
    auc, reach = found[:, 0], norm.ppf((1 + LEVEL) / 2) * found[:, 1]
    missing = np.isnan(matrix).mean(axis=0, dtype=np.float64)
    return SingleFeatures(missing, auc, np.maximum(auc - reach, 0.0), np.minimum(auc + reach, 1.0))


def _auc(values: NDArray[np.float32], defaulted: NDArray[np.bool_]) -> tuple[float, float]:
    """AUC and its standard error, by mid-ranks (Sun & Xu 2014)."""
    known = ~np.isnan(values)
    values, defaulted = values[known], defaulted[known]
    bad, good = int(defaulted.sum()), int((~defaulted).sum())
    if min(bad, good) < 2:
        return np.nan, np.nan
    among_all = rankdata(values)
    # For each defaulter the share of the good below it; for each of the good the share of defaulters above it.
    below = (among_all[defaulted] - rankdata(values[defaulted])) / good
    above = 1 - (among_all[~defaulted] - rankdata(values[~defaulted])) / bad
    return float(below.mean()), float(np.sqrt(below.var(ddof=1) / bad + above.var(ddof=1) / good))
