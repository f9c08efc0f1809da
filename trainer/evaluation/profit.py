"""The bank's profit by threshold: interest earned on loans repaid against what is lost on loans in default.

A loan that is repaid earns ``interest_margin`` of its amount, a loan in default loses ``loss_given_default`` of it.
With calibrated PDs a loan is worth making below ``interest_margin / (interest_margin + loss_given_default)``, whatever
its amount. Neither figure is in Home Credit's data: both are the bank's to state.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidData
from trainer.evaluation.ranked import Ranked
from trainer.evaluation.resampling import RESAMPLES, Interval, Vector, bootstrap
from trainer.evaluation.thresholds import grid


@dataclass(frozen=True, slots=True)
class Lending:
    """Shares of a loan's amount, above 0: interest less funding over its life, and what a default loses."""

    interest_margin: float
    loss_given_default: float

    @property
    def threshold(self) -> float:
        """The PD from which a loan loses money on average."""
        return self.interest_margin / (self.interest_margin + self.loss_given_default)


@dataclass(frozen=True, slots=True)
class ProfitCurve:
    """Profit per 1,000 applicants, in the currency of the amounts, of deciding by each of ``thresholds`` (m,).

    ``profit``, ``low``, ``high``: float64 (m,), with 95 % bounds. ``optimum``: the threshold that earns most on the
    rows, and ``most`` what it earns; ``at_theoretical``: what ``lending.threshold`` earns.
    """

    lending: Lending
    thresholds: Vector
    profit: Vector
    low: Vector
    high: Vector
    approval_rate: Vector
    optimum: Interval
    most: Interval
    at_theoretical: Interval


def profit_curve(
    pd: Vector, target: NDArray[np.int8], amounts: Vector, lending: Lending, seed: int, number: int = RESAMPLES
) -> ProfitCurve:
    """The curve of ``pd`` (n,), ``target`` (n,; 1: default) and the loans' ``amounts`` (n,).

    Raises:
        InvalidData: ``pd`` or ``target`` is not what it should be, or an amount is missing or not above 0.
    """
    ranked = Ranked(pd, target)
    if amounts.shape != pd.shape or not (amounts > 0).all():
        raise InvalidData("profit needs every loan's amount, above 0; look for missing values in AMT_CREDIT")
    earned = np.where(target == 1, -lending.loss_given_default, lending.interest_margin) * amounts
    earned = 1_000 / len(pd) * earned[ranked.order]
    thresholds = grid(pd)
    cuts = np.array([ranked.cut(threshold) for threshold in thresholds])
    at_theory = ranked.cut(lending.threshold)

    def outcome(counts: Vector) -> Vector:
        by_cut = ranked.sums(counts[ranked.order] * earned)
        best = int(np.argmax(by_cut))
        return np.concatenate([[ranked.threshold(best), by_cut[best], by_cut[at_theory]], by_cut[cuts]])

    found = bootstrap(outcome, len(pd), seed, number)
    low, high = found.bounds()
    return ProfitCurve(
        lending=lending,
        thresholds=thresholds,
        profit=found.estimates[3:],
        low=low[3:],
        high=high[3:],
        approval_rate=ranked.sums(np.ones(len(pd)))[cuts] / len(pd),
        optimum=found.interval(0),
        most=found.interval(1),
        at_theoretical=found.interval(2),
    )
