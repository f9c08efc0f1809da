"""PDs sorted once: what a measure of a resample needs is then running sums, no sort.

A bootstrap resample is a vector of counts, how often each applicant was drawn. Sums of counts over the
applicants up to each PD give every measure that depends on the order of PDs.
"""

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidData
from trainer.evaluation.resampling import Vector


class Ranked:
    """The PDs of n applicants in order.

    A *cut* k, 0 to m, approves the applicants with the k lowest of the m distinct PDs and declines the
    others: equal PDs are never split.
    """

    def __init__(self, pd: Vector, target: NDArray[np.int8]) -> None:
        """Sort ``pd`` float64 (n,), in [0, 1], with ``target`` (n,; 1: default).

        Raises:
            InvalidData: lengths differ, there are no rows, or a value is not a probability or an outcome.
        """
        if pd.shape != target.shape or pd.ndim != 1 or not len(pd):
            raise InvalidData(
                f"PDs of shape {pd.shape} do not fit outcomes of shape {target.shape}; give one each a row"
            )
        if not ((pd >= 0) & (pd <= 1)).all() or not np.isin(target, (0, 1)).all():
            raise InvalidData("PDs must lie in [0, 1] and outcomes be 0 or 1; look for missing values")
        self.order = np.argsort(pd, kind="stable")
        self.pd = pd[self.order]
        self.defaulted = target[self.order].astype(np.float64)
        last = np.append(np.diff(self.pd) > 0, True)
        self.distinct = self.pd[last]
        # Without equal PDs every row ends a cut.
        self._ends = None if last.all() else np.append(0, 1 + np.flatnonzero(last))

    def __len__(self) -> int:
        return len(self.pd)

    def sums(self, values: Vector) -> Vector:
        """Sum of ``values`` (n,), in the order of PDs, over those each cut approves; float64 (m + 1,)."""
        running = np.concatenate([[0.0], np.cumsum(values)])
        return running if self._ends is None else running[self._ends]

    def outcomes(self, drawn: Vector) -> tuple[Vector, Vector]:
        """Good and defaulting applicants each cut approves, float64 (m + 1,) both.

        ``drawn``: counts of the applicants (n,) in the order of PDs.
        """
        bad = self.sums(drawn * self.defaulted)
        return self.sums(drawn) - bad, bad

    def cut(self, threshold: float) -> int:
        """The cut that declining at PD >= ``threshold`` makes."""
        return int(np.searchsorted(self.distinct, threshold, side="left"))

    def threshold(self, cut: int) -> float:
        """The PD that ``cut`` declines from: one of the PDs, or just above all."""
        if cut < len(self.distinct):
            return float(self.distinct[cut])
        return float(np.nextafter(self.distinct[-1], np.inf))
