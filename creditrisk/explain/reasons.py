"""Reasons in words: contributions summed by theme, so that ten features of one fact make one reason."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.features.spec import FeatureSpec

LEADING: Final = 3
"""Features named with a theme."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A theme, what it adds to the log-odds, and positions of its strongest features in its direction."""

    text: str
    contribution: float
    leading: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """``raising`` and ``lowering`` the probability of default, strongest first."""

    raising: tuple[Reason, ...]
    lowering: tuple[Reason, ...]


def reasons(specs: Sequence[FeatureSpec], contributions: NDArray[np.float64], most: int) -> Reasons:
    """At most ``most`` reasons in each direction from ``contributions`` float64 (features,).

    The sum of contributions within a theme is itself a fair contribution: SHAP values are additive.
    """
    themes: dict[str, list[int]] = defaultdict(list)
    for position, spec in enumerate(specs):
        themes[spec.reason].append(position)
    found = [_reason(text, positions, contributions) for text, positions in themes.items()]
    raising = sorted((one for one in found if one.contribution > 0), key=lambda one: -one.contribution)
    lowering = sorted((one for one in found if one.contribution < 0), key=lambda one: one.contribution)
    return Reasons(tuple(raising[:most]), tuple(lowering[:most]))


def _reason(text: str, positions: list[int], contributions: NDArray[np.float64]) -> Reason:
    total = float(contributions[positions].sum())
    direction = 1.0 if total > 0 else -1.0
    along = sorted(positions, key=lambda position: -direction * contributions[position])
    return Reason(text, total, tuple(p for p in along[:LEADING] if direction * contributions[p] > 0))
