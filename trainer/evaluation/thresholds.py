"""What each threshold costs the bank, which costs least, and how that depends on the ratio of costs.

With calibrated PDs the threshold that costs least is known beforehand (``costs``). The one that costs least on the
rows is a check of that, not a better threshold: the curve is flat there, and its lowest point moves far from sample
to sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.costs import Costs
from trainer.evaluation.ranked import Ranked
from trainer.evaluation.resampling import RESAMPLES, Interval, Vector, bootstrap

POINTS: Final = 200
"""Thresholds a curve is drawn at."""
HIGHEST: Final = 0.995
"""The share of applicants with a PD below the highest of them."""
RATIOS: Final = tuple(float(ratio) for ratio in range(5, 21))
"""Costs of approving a default, in costs of declining a good applicant."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What declining from one threshold would have meant; figures as ``ThresholdCurve`` has them for many."""

    approval_rate: float
    default_rate: float
    expected_loss: float
    realised_loss: float


@dataclass(frozen=True, slots=True)
class ThresholdCurve:
    """What deciding by each of ``thresholds`` would have meant; float64 (m,) all.

    ``cost``, ``cost_low``, ``cost_high``: cost per applicant with 95 % bounds. ``approval_rate``: share approved.
    ``default_rate``: share of defaults among the approved, NaN where none are. ``expected_loss`` and
    ``realised_loss``: cost of defaults approved per 1,000 applicants, by PD and by outcome.

    ``optimum``: the threshold that costs least on the rows, and ``least`` what it costs; ``at_theoretical``: the cost
    at ``costs.threshold``, and ``by_theory`` what else it means; ``excess``: how much it costs above ``least``.
    """

    costs: Costs
    thresholds: Vector
    cost: Vector
    cost_low: Vector
    cost_high: Vector
    approval_rate: Vector
    default_rate: Vector
    expected_loss: Vector
    realised_loss: Vector
    optimum: Interval
    least: Interval
    at_theoretical: Interval
    by_theory: Outcome
    excess: Interval


@dataclass(frozen=True, slots=True)
class RatioOutcome:
    """Approving a default costs ``costs.false_negative``, declining a good applicant 1.

    ``cost`` per applicant and ``approval_rate`` of declining from ``costs.threshold``; ``optimum``: the threshold that
    costs least on the rows.
    """

    costs: Costs
    cost: Interval
    approval_rate: float
    optimum: Interval


def grid(pd: Vector) -> Vector:
    """Thresholds (POINTS,) from 0 to the PD that 99.5 % of applicants are below."""
    return np.linspace(0.0, float(np.quantile(pd, HIGHEST)), POINTS)


def threshold_curve(
    pd: Vector, target: NDArray[np.int8], costs: Costs, seed: int, number: int = RESAMPLES
) -> ThresholdCurve:
    """The curve of ``pd`` (n,) and ``target`` (n,; 1: default), with intervals from ``number`` resamples.

    Raises:
        InvalidData: as ``Ranked``.
    """
    ranked = Ranked(pd, target)
    thresholds = grid(pd)
    cuts = np.array([ranked.cut(threshold) for threshold in thresholds])
    at_theory = ranked.cut(costs.threshold)

    def outcome(counts: Vector) -> Vector:
        by_cut = costs.by_cut(*ranked.outcomes(counts[ranked.order]))
        best = int(np.argmin(by_cut))
        least, theory = by_cut[best], by_cut[at_theory]
        return np.concatenate([[ranked.threshold(best), least, theory, theory - least], by_cut[cuts]])

    found = bootstrap(outcome, len(pd), seed, number)
    low, high = found.bounds()
    # The theoretical threshold lies between two of the curve's: its figures are counted, not read off.
    every = np.append(cuts, at_theory)
    good, bad = (sums[every] for sums in ranked.outcomes(np.ones(len(pd))))
    approved = good + bad
    per_thousand = 1_000 * costs.false_negative / len(pd)
    figures = (
        approved / len(pd),
        np.divide(bad, approved, out=np.full(len(every), np.nan), where=approved > 0),
        per_thousand * ranked.sums(ranked.pd)[every],
        per_thousand * bad,
    )
    approval_rate, default_rate, expected_loss, realised_loss = (figure[:-1] for figure in figures)
    return ThresholdCurve(
        costs=costs,
        thresholds=thresholds,
        cost=found.estimates[4:],
        cost_low=low[4:],
        cost_high=high[4:],
        approval_rate=approval_rate,
        default_rate=default_rate,
        expected_loss=expected_loss,
        realised_loss=realised_loss,
        optimum=found.interval(0),
        least=found.interval(1),
        at_theoretical=found.interval(2),
        by_theory=Outcome(*(float(figure[-1]) for figure in figures)),
        excess=found.interval(3),
    )


def sensitivity(
    pd: Vector, target: NDArray[np.int8], seed: int, ratios: Sequence[float] = RATIOS, number: int = RESAMPLES
) -> tuple[RatioOutcome, ...]:
    """What becomes of threshold and cost as the ratio of costs changes.

    Raises:
        InvalidData: as ``Ranked``.
    """
    ranked = Ranked(pd, target)
    every = [Costs(ratio, 1.0) for ratio in ratios]
    cuts = [ranked.cut(costs.threshold) for costs in every]

    def outcome(counts: Vector) -> Vector:
        good, bad = ranked.outcomes(counts[ranked.order])
        by_ratio = [costs.by_cut(good, bad) for costs in every]
        return np.array(
            [(of[cut], ranked.threshold(int(np.argmin(of)))) for of, cut in zip(by_ratio, cuts, strict=True)]
        )

    found = bootstrap(outcome, len(pd), seed, number)
    return tuple(
        RatioOutcome(costs, found.interval(at, 0), float((pd < costs.threshold).mean()), found.interval(at, 1))
        for at, costs in enumerate(every)
    )
