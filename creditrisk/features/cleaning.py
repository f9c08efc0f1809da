"""From recorded numbers to usable ones: which are broken, which implausible, which sentinels."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.application import NUMERIC

_VALID = np.array([column.valid for column in NUMERIC]).T[:, :, None]
_PLAUSIBLE = np.array([column.plausible for column in NUMERIC]).T[:, :, None]
_REQUIRED = np.array([column.required for column in NUMERIC])[:, None]
SENTINEL_COLUMNS: Final = tuple(row for row, column in enumerate(NUMERIC) if column.sentinels)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """``values``: float64 of shape (len(NUMERIC), n) without sentinels and implausible values.

    ``sentinel``, ``implausible``, ``invalid``: bool of the same shape; ``invalid`` marks a value
    outside its valid range (infinite ones among them) or a required one that is missing.
    """

    values: NDArray[np.float64]
    sentinel: NDArray[np.bool_]
    implausible: NDArray[np.bool_]
    invalid: NDArray[np.bool_]


def clean(numbers: NDArray[np.float64]) -> Cleaned:
    """Split ``numbers`` (len(NUMERIC), n) into usable values and what is wrong with the others."""
    sentinel = np.zeros(numbers.shape, dtype=np.bool_)
    for row in SENTINEL_COLUMNS:
        for value in NUMERIC[row].sentinels:
            sentinel[row] |= numbers[row] == value
    # Comparisons with NaN are false: a missing value is neither invalid nor implausible.
    invalid = ((numbers < _VALID[0]) | (numbers > _VALID[1])) & ~sentinel
    implausible = ((numbers < _PLAUSIBLE[0]) | (numbers > _PLAUSIBLE[1])) & ~sentinel & ~invalid
    # Adding 0 turns -0 into 0, so that the sign of zero cannot reach a feature's bits.
    values = np.where(sentinel | implausible, np.nan, numbers + 0.0)
    return Cleaned(values, sentinel, implausible, invalid | (_REQUIRED & np.isnan(numbers)))
