"""A PD against the policy's bands, on a scale of log-odds: at 2 % as at 20 % a step is a step in risk."""

import math
from dataclasses import dataclass
from typing import Final

LEAST: Final = 0.005
MOST: Final = 0.6
TICKS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Marked on the scale, PDs."""


@dataclass(frozen=True, slots=True)
class Band:
    """PDs of one decision; ``left`` and ``width`` in percent of the gauge."""

    decision: str
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Gauge:
    """Where everything is, in percent of the width from the left."""

    marker: float
    threshold: float
    bands: tuple[Band, ...]
    ticks: tuple[tuple[float, float], ...]


def gauge(pd: float, threshold: float, refer: tuple[float, float] | None) -> Gauge:
    """The gauge of ``pd`` (0 to 1) where ``threshold`` declines; ``refer``: PDs from and to which a person decides."""
    low, high = refer or (threshold, threshold)
    begin, end = place(low), place(high)
    bands = [Band("APPROVE", 0.0, begin), Band("REFER", begin, end - begin), Band("DECLINE", end, 100.0 - end)]
    ticks = tuple((tick, place(tick)) for tick in TICKS)
    return Gauge(place(pd), place(threshold), tuple(band for band in bands if band.width > 0), ticks)


def place(pd: float) -> float:
    """Where ``pd`` is on the gauge, in percent; beyond its ends, at its end."""
    if not 0 < pd < 1:
        return 0.0 if pd <= 0 else 100.0
    share = (_log_odds(pd) - _log_odds(LEAST)) / (_log_odds(MOST) - _log_odds(LEAST))
    return 100.0 * min(max(share, 0.0), 1.0)


def at(percent: float) -> float:
    """The PD at a place of the gauge; the inverse of ``place``."""
    low, high = _log_odds(LEAST), _log_odds(MOST)
    return 1 / (1 + math.exp(-(low + (high - low) * percent / 100.0)))


def _log_odds(pd: float) -> float:
    return math.log(pd / (1 - pd))
