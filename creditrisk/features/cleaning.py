"""From recorded numbers to usable ones: which are broken, which implausible, which sentinels."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.application import NUMERIC

# Bounds of shape (2: valid, plausible; columns, 1).
_LOW = np.array([[column.valid[0] for column in NUMERIC], [column.plausible[0] for column in NUMERIC]])[:, :, None]
_HIGH = np.array([[column.valid[1] for column in NUMERIC], [column.plausible[1] for column in NUMERIC]])[:, :, None]
_REQUIRED: Final = np.array([row for row, column in enumerate(NUMERIC) if column.required])
_SENTINELS: Final = [(row, value) for row, column in enumerate(NUMERIC) for value in column.sentinels]
_SENTINEL_ROWS: Final = np.array([row for row, _ in _SENTINELS])
_SENTINEL_VALUES: Final = np.array([value for _, value in _SENTINELS])[:, None]
SENTINEL_COLUMNS: Final = tuple(row for row, _ in _SENTINELS)
"""Rows of NUMERIC that have a sentinel; one each."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Numbers as they may be used, and what was found in them.

    ``values``: float64 (len(NUMERIC), n) without sentinels and implausible values. ``sentinel``: bool
    (len(SENTINEL_COLUMNS), n). ``outside``: bool (2, len(NUMERIC), n), outside the valid and outside the
    plausible range. ``absent``: bool (required columns, n). ``sound``: nothing is outside or absent.
    """

    values: NDArray[np.float64]
    sentinel: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    absent: NDArray[np.bool_]
    sound: bool

    @property
    def invalid(self) -> NDArray[np.bool_]:
        """Bool (len(NUMERIC), n): outside its valid range (infinite ones among them), or required and missing."""
        found = self.outside[0].copy()
        found[_REQUIRED] |= self.absent
        return np.asarray(found)

    @property
    def implausible(self) -> NDArray[np.bool_]:
        """Bool (len(NUMERIC), n): valid, and outside its plausible range."""
        return np.asarray(self.outside[1] & ~self.outside[0])


def clean(numbers: NDArray[np.float64]) -> Cleaned:
    """Split ``numbers`` (len(NUMERIC), n) into usable values and what is wrong with the others."""
    # Adding 0 turns -0 into 0, so that the sign of zero cannot reach a feature's bits.
    values = numbers + 0.0
    recorded = values[_SENTINEL_ROWS]
    sentinel = recorded == _SENTINEL_VALUES
    values[_SENTINEL_ROWS] = np.where(sentinel, np.nan, recorded)
    # Comparisons with NaN are false: what is missing is outside no range.
    outside = (values < _LOW) | (values > _HIGH)
    absent = np.isnan(numbers[_REQUIRED])
    sound = not (outside.any() or absent.any())
    if not sound:
        values[outside[1]] = np.nan
    return Cleaned(values, sentinel, outside, absent, sound)
