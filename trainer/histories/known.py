"""The known histories of applicants, in memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from creditrisk.features.history import AGGREGATES
from creditrisk.history import Table


@dataclass(frozen=True, slots=True)
class Histories:
    """``ids`` int64 (m,), ascending, of the applicants with a history; ``matrix`` float32 (m, len(AGGREGATES)).

    ``tables``: those aggregated; the aggregates of others are missing.
    """

    ids: NDArray[np.int64]
    matrix: NDArray[np.float32]
    tables: frozenset[Table]

    def of(self, applicants: NDArray[np.int64]) -> NDArray[np.float32]:
        """Histories of ``applicants`` (n,), in their order: float32 (n, len(AGGREGATES)), NaN where there is none."""
        found = np.full((len(applicants), len(AGGREGATES)), np.nan, dtype=np.float32)
        known = np.isin(applicants, self.ids)
        found[known] = self.matrix[np.searchsorted(self.ids, applicants[known])]
        return found
