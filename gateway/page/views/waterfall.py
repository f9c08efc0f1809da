"""From the mean applicant's log-odds to this applicant's, one feature after the other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

SHOWN: Final = 10
"""Features with a bar of their own."""
MARGIN: Final = 0.04
"""Share of the width left free on both sides."""
NOTHING: Final = 1e-6
"""Log-odds left free at least."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A step; ``left`` and ``width`` in percent of the chart."""

    feature: str
    change: float
    left: float
    width: float
    others: int = 0
    """Features it sums up; 0: it is one feature's."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Steps, the strongest first, between two levels of log-odds and of PD."""

    bars: tuple[Bar, ...]
    base: float
    base_pd: float
    base_left: float
    final: float
    final_pd: float
    final_left: float


def waterfall(base: float, final: float, contributions: Sequence[tuple[str, float]], shown: int = SHOWN) -> Waterfall:
    """The steps from ``base`` to ``final`` log-odds by ``contributions`` (feature, log-odds), which add up to it.

    The weakest beyond ``shown`` are one step, the last.
    """
    ranked = sorted(contributions, key=lambda one: -abs(one[1]))
    steps = [(name, change, 0) for name, change in ranked[:shown]]
    if rest := ranked[shown:]:
        steps.append(("", final - base - sum(change for _, change, _ in steps), len(rest)))
    levels = list(accumulate((change for _, change, _ in steps), initial=base))
    low, high = min((*levels, final)), max((*levels, final))
    free = max(MARGIN * (high - low), NOTHING)
    scale = 100.0 / (high - low + 2 * free)

    def place(level: float) -> float:
        return (level - low + free) * scale

    bars = tuple(
        Bar(name, change, place(min(begin, end)), abs(end - begin) * scale, others)
        for (name, change, others), begin, end in zip(steps, levels, levels[1:], strict=False)
    )
    return Waterfall(bars, base, _pd(base), place(base), final, _pd(final), place(final))


def _pd(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
