"""What errors cost the bank, and the threshold that costs least.

Declining at PD >= t costs ``false_negative`` for each default approved and ``false_positive`` for each
good applicant declined. With calibrated PDs the least expected cost is at
``t = false_positive / (false_negative + false_positive)`` (Elkan 2001, "The foundations of cost-sensitive
learning"): 1/11 with 10 and 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Costs:
    """Cost of one error of each kind, in the same unit; both above 0."""

    false_negative: float = 10.0
    false_positive: float = 1.0

    @property
    def threshold(self) -> float:
        """The PD at which both decisions cost the same."""
        return self.false_positive / (self.false_negative + self.false_positive)

    def per_applicant(self, pd: NDArray[np.float64], target: NDArray[np.int8], threshold: float) -> float:
        """Mean cost of deciding by ``pd >= threshold``; ``pd`` and ``target`` (1: default) of shape (n,)."""
        declined = pd >= threshold
        missed = np.count_nonzero(~declined & (target == 1))
        lost = np.count_nonzero(declined & (target == 0))
        return (self.false_negative * missed + self.false_positive * lost) / len(target)

    def best_threshold(self, pd: NDArray[np.float64], target: NDArray[np.int8]) -> tuple[float, float]:
        """The threshold that costs least on these rows (one of the PDs, or just above all), and its mean cost."""
        order = np.argsort(pd)
        ranked = target[order]
        # Entry i: the i lowest PDs are approved, the others declined.
        missed = np.concatenate([[0], np.cumsum(ranked)])
        lost = np.count_nonzero(target == 0) - np.concatenate([[0], np.cumsum(1 - ranked)])
        costs = (self.false_negative * missed + self.false_positive * lost) / len(target)
        # Equal PDs cannot be split.
        ends = np.concatenate([[True], np.diff(pd[order]) > 0, [True]])
        best = int(np.argmin(np.where(ends, costs, np.inf)))
        threshold = float(pd[order[best]]) if best < len(pd) else float(np.nextafter(pd.max(), np.inf))
        return threshold, float(costs[best])
