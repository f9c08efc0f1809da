"""The test that decides whether a quantity drifted: exact, with the reference's own sampling error in it.

Every quantity is asked yes-or-no questions: is the value missing; if known, is it at most this cut (numbers)
or this code (codes)? Under "window and reference are samples of one population" the number of yeses in the
window, given those in both, is hypergeometric (Fisher's exact test), whatever the population is and however
rare a bin. That the cuts are order statistics of the reference does no harm: the chance of at most ``c``
window values under the j-th reference value is that of at most ``c`` among the first j + c of both together,
and of at least ``c`` it is less than the test's.

A quantity's p-value is its least one times the number of its questions that could tell anything
(Bonferroni), and over a family of quantities the p-values are adjusted by Holm (1979, "A simple sequentially
rejective multiple test procedure"), which holds under any dependence. So a family gives a false alarm with
a probability of at most the level, on windows of any size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from creditrisk.drift.quantity import Quantity

LEVEL: Final = 0.01
"""Probability of any false alarm in the family of one window."""
NEGLIGIBLE: Final = 1e-16


@dataclass(frozen=True, slots=True)
class Answers:
    """What the test says of each quantity (q,): p-values, and the place of the question that says most.

    ``question``: 0 asks whether the value is missing, ``i`` whether it is in bins 1…i (number) or in bin
    i (code); -1 where no question can tell anything.
    """

    p: NDArray[np.float64]
    question: NDArray[np.int64]


class Homogeneity:
    """The test of quantities against one segment of the reference."""

    def __init__(self, quantities: Sequence[Quantity], reference: Sequence[NDArray[np.int64]]) -> None:
        """Test against ``reference``, counts by quantity and bin."""
        asked: list[tuple[int, ...]] = []  # yes from…to, of rows from…to; the quantity, and the question's name
        start = 0
        for place, quantity in enumerate(quantities):
            end, known = start + quantity.bins, start + 1
            asked.append((start, known, start, end, place, 0))
            for bin_ in range(1, quantity.bins):
                if quantity.kind == "code":
                    asked.append((start + bin_, start + bin_ + 1, known, end, place, bin_))
                elif bin_ < quantity.bins - 1:
                    asked.append((known, start + bin_ + 1, known, end, place, bin_))
            start = end
        *self._spans, self._owner, self._question = np.array(asked).T
        self._begins = np.flatnonzero(np.diff(self._owner, prepend=-1))
        self._two_codes = np.array([quantity.kind == "code" for quantity in quantities])
        self._yes, self._all = self._asked(np.concatenate(reference))

    def test(self, window: Sequence[NDArray[np.int64]]) -> Answers:
        """Test a ``window``'s counts by quantity and bin."""
        yes, rows = self._asked(np.concatenate(window))
        yeses, total = yes + self._yes, rows + self._all
        tells = (yeses > 0) & (yeses < total) & (rows > 0) & (self._all > 0)
        p = np.ones(len(yes))
        p[tells] = two_sided(yes[tells], rows[tells], yeses[tells], total[tells])
        questions = np.add.reduceat(tells.astype(np.int64), self._begins)
        # Two codes are one question asked twice.
        codes = questions - tells[self._begins]
        questions = np.where(self._two_codes & (codes == 2), questions - 1, questions)
        least = np.minimum.reduceat(p, self._begins)
        # The first question of each quantity that has its least p-value.
        there = np.flatnonzero(p == least[self._owner])
        _, ahead = np.unique(self._owner[there], return_index=True)
        question = np.where(questions > 0, self._question[there[ahead]], -1)
        return Answers(np.minimum(1.0, least * np.maximum(questions, 1)), question)

    def _asked(self, counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Yeses to every question, and rows asked."""
        running = np.concatenate([[0], np.cumsum(counts)])
        low, high, first, last = self._spans
        return running[high] - running[low], running[last] - running[first]


def two_sided(
    yes: NDArray[np.int64], rows: NDArray[np.int64], yeses: NDArray[np.int64], total: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Fisher's exact p-values, twice the tail away from the mean: of ``yes`` among ``rows`` of a sample.

    ``yeses`` among ``total`` rows are those of both samples. All of one shape (k,), with 0 < yeses < total.
    """
    upward = yes * total > rows * yeses
    # The lower tail of "yes" is the upper one of "no".
    x = np.where(upward, yes, rows - yes).astype(np.float64)
    good = np.where(upward, yeses, total - yeses).astype(np.float64)
    drawn, bad = rows.astype(np.float64), total - good
    log_pmf = _log_choose(good, x) + _log_choose(bad, drawn - x) - _log_choose(good + bad, drawn)
    return np.minimum(1.0, 2.0 * np.exp(log_pmf) * _series(x, good, bad, drawn))


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjusted p-values of a family (k,)."""
    order = np.argsort(p, kind="stable")
    scaled = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1.0, scaled)
    return adjusted


def _log_choose(n: NDArray[np.float64], k: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _series(
    x: NDArray[np.float64], good: NDArray[np.float64], bad: NDArray[np.float64], drawn: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The upper tail from ``x`` in units of its first term: a sum of falling terms."""
    total, term = np.ones(len(x)), np.ones(len(x))
    left = np.arange(len(x))
    while len(left):
        ratio = (good - x) * (drawn - x) / ((x + 1) * (bad - drawn + x + 1))
        term = term * ratio
        total[left] += term
        going = term > NEGLIGIBLE * total[left]
        left, term, x = left[going], term[going], x[going] + 1
        good, bad, drawn = good[going], bad[going], drawn[going]
    return total
