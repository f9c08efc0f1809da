"""Months and days of a history: from loans to their months.

Calendar months of Home Credit's own tables begin on another day for each applicant: the day of the month the
application was made on. ``offset`` (0 to 1) is what of its month had passed.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.generator.histories.rows import Codes
from trainer.generator.marginals import Vector

MONTH_DAYS: Final = 30.4375
EARLIEST: Final = -2922
"""The source goes eight years back."""
FIRST_MONTH: Final = -96


def month_of(day: Vector, offset: Vector) -> Vector:
    """The calendar month of ``day``; the application's is 0."""
    return np.asarray(np.floor(day / MONTH_DAYS + offset))


def end_of_month(month: Vector, offset: Vector) -> Vector:
    """The last day of ``month``."""
    return np.asarray(np.floor((month + 1 - offset) * MONTH_DAYS))


def spread(first: Vector, last: Vector) -> tuple[Codes, Vector]:
    """The months ``first`` to ``last`` of each loan: positions of the loans, and the months, in order."""
    counts = np.maximum(last - first + 1, 0).astype(np.intp)
    loan = np.repeat(np.arange(len(counts)), counts)
    start = np.cumsum(counts) - counts
    return loan, np.arange(len(loan)) - start[loan] + np.asarray(first, dtype=np.float64)[loan]


def first_of_each(loan: Codes) -> NDArray[np.bool_]:
    """Where in ``loan``, which never falls, a new one begins."""
    return np.diff(loan, prepend=-1) > 0
