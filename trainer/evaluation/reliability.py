"""Whether PDs are rates: default rates by level of PD, beside what chance would make of PDs that are right."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.measures import calibration_error
from trainer.evaluation.proportions import wilson
from trainer.evaluation.ranked import Ranked
from trainer.evaluation.resampling import LEVEL, Vector

BINS: Final = 20
FEWEST: Final = 50
"""Applicants a bin holds at least; with few rows there are fewer bins."""
DRAWS: Final = 200


@dataclass(frozen=True, slots=True)
class Reliability:
    """By level of PD, bins of equal numbers of applicants: float64 (bins,) all, ``rows`` how many each holds.

    ``low`` and ``high`` bound ``default_rate`` at 95 %. ``error`` is the calibration error (see ``measures``),
    ``error_by_chance`` what 95 % of samples would stay below were every PD right (consistency resampling; Bröcker &
    Smith 2007).
    """

    mean_pd: Vector
    default_rate: Vector
    low: Vector
    high: Vector
    rows: Vector
    error: float
    error_by_chance: float


def reliability(pd: Vector, target: NDArray[np.int8], seed: int) -> Reliability:
    """Reliability of ``pd`` (n,) against ``target`` (n,; 1: default).

    Raises:
        InvalidData: ``pd`` or ``target`` is not what it should be.
    """
    ranked = Ranked(pd, target)
    parts = np.array_split(np.arange(len(pd)), max(1, min(BINS, len(pd) // FEWEST)))
    rows = np.array([float(len(part)) for part in parts])
    defaults = np.array([ranked.defaulted[part].sum() for part in parts])
    low, high = wilson(defaults, rows)
    random = np.random.default_rng(seed)
    by_chance = [
        calibration_error(ranked.pd, (random.random(len(pd)) < ranked.pd).astype(np.int8)) for _ in range(DRAWS)
    ]
    return Reliability(
        mean_pd=np.array([ranked.pd[part].mean() for part in parts]),
        default_rate=defaults / rows,
        low=low,
        high=high,
        rows=rows,
        error=calibration_error(pd, target),
        error_by_chance=float(np.quantile(by_chance, LEVEL)),
    )
