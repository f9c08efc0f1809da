"""What a model's out-of-fold PDs amount to: beside other models, in money, as rates, and for whom."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trainer.contenders.results import Contest
from trainer.evaluation.costs import Costs
from trainer.evaluation.fairness import Fairness, by_age, by_category, fairness
from trainer.evaluation.profit import Lending, ProfitCurve, profit_curve
from trainer.evaluation.reliability import Reliability, reliability
from trainer.evaluation.thresholds import RatioOutcome, ThresholdCurve, sensitivity, threshold_curve
from trainer.progress import bar

_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Appraisal:
    """``contests``: with the contenders there are; ``profit``: where interest and losses were stated."""

    contests: tuple[Contest, ...]
    curve: ThresholdCurve
    ratios: tuple[RatioOutcome, ...]
    profit: ProfitCurve | None
    reliability: Reliability
    fairness: tuple[Fairness, ...]


def appraise(
    contests: tuple[Contest, ...],
    frame: pl.DataFrame,
    pd: NDArray[np.float64],
    target: NDArray[np.int8],
    costs: Costs,
    lending: Lending | None,
    seed: int,
) -> Appraisal:
    """Appraise ``pd`` (n,) of the applications ``frame`` (canonical, n) with outcomes ``target`` (n,; 1: default).

    Raises:
        InvalidData: profit is asked for and an amount is missing.
    """
    with bar("appraising the model", 1.0) as told:
        curve = threshold_curve(pd, target, costs, seed)
        told.to(0.2, "the ratio of costs")
        ratios = sensitivity(pd, target, seed)
        told.to(0.7, "calibration and fairness")
        amounts = frame["AMT_CREDIT"].to_numpy().astype(np.float64)
        groups = (
            by_category("sex", frame["CODE_GENDER"].to_list()),
            by_age(-frame["DAYS_BIRTH"].cast(pl.Float64).fill_null(float("nan")).to_numpy() / _YEAR),
            by_category("family status", frame["NAME_FAMILY_STATUS"].to_list()),
        )
        return Appraisal(
            contests=contests,
            curve=curve,
            ratios=ratios,
            profit=profit_curve(pd, target, amounts, lending, seed) if lending else None,
            reliability=reliability(pd, target, seed),
            fairness=tuple(fairness(pd, target, group, costs.threshold, seed) for group in groups),
        )
