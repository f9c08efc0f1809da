"""What errors cost the bank, and the threshold that costs least.

Declining at PD >= t costs ``false_negative`` for each default approved and ``false_positive`` for each
good applicant declined. With calibrated PDs the least expected cost is at
``t = false_positive / (false_negative + false_positive)`` (Elkan 2001, "The foundations of cost-sensitive
learning"): 1/11 with 10 and 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.ranked import Ranked


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
        ranked = Ranked(pd, target)
        costs = self.by_cut(*ranked.outcomes(np.ones(len(pd))))
        best = int(np.argmin(costs))
        return ranked.threshold(best), float(costs[best])

    def by_cut(self, good: NDArray[np.float64], bad: NDArray[np.float64]) -> NDArray[np.float64]:
        """Mean cost of each cut that approves ``good`` and ``bad`` applicants (see ``Ranked.outcomes``)."""
        lost = good[-1] - good
        return np.asarray((self.false_negative * bad + self.false_positive * lost) / (good[-1] + bad[-1]))
