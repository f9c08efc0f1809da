"""How well the model does: estimated without labels, and realised once outcomes are known.

The estimate (CBPE, confidence-based performance estimation, as NannyML's documentation describes it) takes
calibrated log-odds at their word: a row is a default with the probability that the outcome curve gives it. All
figures come from counts on the grid of calibrated margins (see ``layout``), whose step changes an AUC by less
than 1e-4.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.drift.layout import grid_margins
from creditrisk.drift.reference import DECISIONS, Reference

Grid = NDArray[np.int64]
"""Counts by decision and place on the grid of margins, (3, GRID)."""

ASSUMES: Final = (
    "Estimated from calibrated log-odds, without outcomes. It holds while defaults depend on the features as they did "
    "in the training data, whoever applies (covariate shift). Where that relation itself changed (concept drift) "
    "the estimate is wrong and cannot know it: compare with realised outcomes."
)
DRAWS: Final = 2_000
SEED: Final = 7
COVERAGE: Final = 0.95
GROUPS: Final = 10
"""Groups of about as many rows each, for the calibration error."""

_APPROVED, _REFERRED, _DECLINED = range(len(DECISIONS))


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; all three NaN where there is nothing to tell it from."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimated:
    """What is expected of ``rows`` decisions. ``cost``: per decided applicant, referred ones left out."""

    rows: int
    auc: Estimate
    cost: Estimate
    default_rate: Estimate
    brier: Estimate
    approval_rate: float
    referral_rate: float


@dataclass(frozen=True, slots=True)
class Realised:
    """What outcomes say of ``rows`` decisions whose outcome is known. ``cost`` as in ``Estimated``."""

    rows: int
    auc: float
    cost: float
    default_rate: float
    brier: float
    calibration_error: float


def estimate(grid: Grid, reference: Reference) -> Estimated:
    """What the rows in ``grid`` promise, by the reference's outcome curve and costs.

    The interval holds the chance of outcomes and the curve's own error: curves and then outcomes are drawn
    ``DRAWS`` times, always the same.
    """
    margins = grid_margins()
    occupied = grid.sum(axis=0) > 0
    counts, margins = grid[:, occupied], margins[occupied]
    random = np.random.default_rng(SEED)
    chances = reference.outcomes.draw(margins, DRAWS, random)
    drawn = random.binomial(counts, chances[:, None, :]).astype(np.float64)
    defaults = np.concatenate([(counts * reference.outcomes.probability(margins))[None], drawn])
    rows = int(counts.sum())
    by_margin = defaults.sum(axis=1), counts.sum(axis=0)
    return Estimated(
        rows,
        _interval(_auc(*by_margin)),
        _interval(_cost(defaults, counts, reference)),
        _interval(defaults.sum(axis=(1, 2)) / rows if rows else np.full(len(defaults), np.nan)),
        _interval(_brier(*by_margin, _pd(margins))),
        counts[_APPROVED].sum() / rows if rows else np.nan,
        counts[_REFERRED].sum() / rows if rows else np.nan,
    )


def realise(defaulted: Grid, repaid: Grid, reference: Reference) -> Realised:
    """What outcomes say: counts of rows that ``defaulted`` and that ``repaid``; errors at the reference's costs."""
    pd, counts = _pd(grid_margins()), defaulted + repaid
    rows, defaults = int(counts.sum()), defaulted.astype(np.float64)[None]
    by_margin = defaults.sum(axis=1), counts.sum(axis=0)
    return Realised(
        rows,
        float(_auc(*by_margin)[0]),
        float(_cost(defaults, counts, reference)[0]),
        float(defaults.sum() / rows) if rows else np.nan,
        float(_brier(*by_margin, pd)[0]),
        _calibration_error(by_margin[0][0], by_margin[1], pd),
    )


def _pd(margins: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-margins)))


def _auc(defaults: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """AUC of each draw of ``defaults`` (draws, places) among ``counts`` (places,); NaN with one class only."""
    good = counts - defaults
    below = np.cumsum(good, axis=1) - good / 2
    pairs = defaults.sum(axis=1) * good.sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(pairs > 0, (defaults * below).sum(axis=1) / pairs, np.nan))


def _cost(defaults: NDArray[np.float64], counts: NDArray[np.int64], reference: Reference) -> NDArray[np.float64]:
    """Cost per applicant approved or declined, of each draw of ``defaults`` (draws, 3, places)."""
    decided = counts[[_APPROVED, _DECLINED]].sum()
    missed = defaults[:, _APPROVED].sum(axis=1)
    lost = counts[_DECLINED].sum() - defaults[:, _DECLINED].sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray((reference.false_negative * missed + reference.false_positive * lost) / decided)


def _brier(defaults: NDArray[np.float64], counts: NDArray[np.int64], pd: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = defaults * (1 - pd) ** 2 + (counts - defaults) * pd**2
    with np.errstate(invalid="ignore"):
        return np.asarray(squares.sum(axis=1) / counts.sum())


def _calibration_error(defaults: NDArray[np.float64], counts: NDArray[np.int64], pd: NDArray[np.float64]) -> float:
    """Mean difference of default rate and PD over groups of rising PD, weighted by their rows (ECE)."""
    rows = counts.sum()
    if not rows:
        return np.nan
    group = np.minimum((np.cumsum(counts) - counts / 2) * GROUPS // rows, GROUPS - 1).astype(int)
    gaps = np.bincount(group, weights=defaults - counts * pd, minlength=GROUPS)
    return float(np.abs(gaps).sum() / rows)


def _interval(values: NDArray[np.float64]) -> Estimate:
    """The first of ``values`` is the expectation, the others are draws."""
    drawn = values[1:][~np.isnan(values[1:])]
    if not len(drawn):
        return Estimate(np.nan, np.nan, np.nan)
    low, high = np.quantile(drawn, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Estimate(float(values[0]), float(low), float(high))
