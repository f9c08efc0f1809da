"""A fit's figures for its bundle: how good the model is out of fold, and what each feature is worth to it."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trainer.crossfit import CrossFit
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import ranking_and_calibration
from trainer.explained import Explained
from trainer.families.family import Fitted
from trainer.progress import say

NEAR: Final = 1.03
"""How much dearer the theoretical threshold may be than the best one on the rows, as a ratio."""


def metrics(crossed: CrossFit, pd: NDArray[np.float64], target: NDArray[np.int8], costs: Costs) -> dict[str, Any]:
    """Measures of out-of-fold ``pd`` (n,), with their spread over folds; told to the person as well."""
    by_fold = crossed.auc_by_fold(target)
    folds = [crossed.folds == fold for fold in range(len(by_fold))]
    cost_by_fold = [costs.per_applicant(pd[rows], target[rows], costs.threshold) for rows in folds]
    cost = costs.per_applicant(pd, target, costs.threshold)
    best, least = costs.best_threshold(pd, target)
    settings = crossed.family.settings()
    chosen = ", ".join(f"{name} {value}" for name, value in settings.items() if isinstance(value, int | float))
    say(f"{crossed.family.kind} ({chosen}): AUC {np.mean(by_fold):.4f} ± {np.std(by_fold, ddof=1):.4f} over folds")
    say(f"cost {cost:.4f} per applicant at PD {costs.threshold:.4f}; least on these rows: {least:.4f} at {best:.4f}")
    if cost > NEAR * least:
        say("the theoretical threshold is far from the best on these rows: look at the calibration")
    return {
        "rows": len(target),
        "default_rate": float(target.mean()),
        "family": crossed.family.kind,
        **settings,
        "auc_by_fold": by_fold,
        "auc_mean": float(np.mean(by_fold)),
        "auc_sd": float(np.std(by_fold, ddof=1)),
        "pooled": ranking_and_calibration(pd, target),
        "costs": {"false_negative": costs.false_negative, "false_positive": costs.false_positive},
        "cost_per_applicant": cost,
        "cost_by_fold": cost_by_fold,
        "threshold": costs.threshold,
        "best_threshold_on_rows": best,
        "cost_at_best_threshold": least,
    }


def importance(names: tuple[str, ...], fitted: Fitted, explained: Explained) -> pl.DataFrame:
    """Per feature: the library's own measures, and the mean size of its contribution to the log-odds."""
    strength = np.abs(explained.contributions).mean(axis=0)
    frame = pl.DataFrame({"feature": names, **fitted.importance(), "mean_abs_contribution": strength})
    return frame.sort("mean_abs_contribution", descending=True)
