"""Shares with their intervals."""

import numpy as np
from scipy.stats import norm

from trainer.evaluation.resampling import LEVEL, Vector


def wilson(part: Vector, whole: Vector) -> tuple[Vector, Vector]:
    """95 % bounds of the share ``part / whole``, both float64 (…), ``whole`` above 0 (Wilson 1927)."""
    z = float(norm.ppf((1 + LEVEL) / 2))
    share = part / whole
    centre = (share + z**2 / (2 * whole)) / (1 + z**2 / whole)
    reach = z / (1 + z**2 / whole) * np.sqrt(share * (1 - share) / whole + z**2 / (4 * whole**2))
    return np.maximum(centre - reach, 0.0), np.minimum(centre + reach, 1.0)
