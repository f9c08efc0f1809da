"""Results of contenders side by side, and their charts: for a comparison's report and for a fit's."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.contenders.contender import Contender, OutOfFold
from trainer.contenders.line_up import BASE, LINE_UPS, Question
from trainer.contenders.store import ContenderStore
from trainer.evaluation.comparison import Comparison, Scored, compare
from trainer.evaluation.costs import Costs
from trainer.evaluation.resampling import RESAMPLES
from trainer.progress import bar
from trainer.reports.chart import Chart, Section
from trainer.reports.comparison import comparison_charts
from trainer.reports.differences import differences_chart
from trainer.reports.distortion import distortion_chart


@dataclass(frozen=True, slots=True)
class Result:
    """What a contender said of every labelled application."""

    contender: Contender
    found: OutOfFold


@dataclass(frozen=True, slots=True)
class Contest:
    """Contenders that answer one question, on applications with outcomes ``target`` (n,; 1: default).

    ``against``: the name of the one that the others are compared with.
    """

    question: Question
    results: tuple[Result, ...]
    comparison: Comparison
    against: str
    target: NDArray[np.int8]

    def charts(self) -> tuple[Chart, ...]:
        """What there is to see."""
        if self.question is Question.GOVERNANCE:
            title = f"What leaving rules out, or attributes, would change in {self.against}"
            name = "governance_differences"
            return (differences_chart(self.comparison, self.against, name=name, section=Section.FAIRNESS, title=title),)
        if len(self.results) == 1:
            return comparison_charts(self.comparison, self.against)
        both = {one.contender.name: (one.found.raw, one.found.pd) for one in self.results}
        return (*comparison_charts(self.comparison, self.against), distortion_chart(both, self.target))


def contest(
    question: Question, results: Sequence[Result], against: str, target: NDArray[np.int8], costs: Costs, seed: int
) -> Contest:
    """Compare ``results`` with each other and with ``against``, one of them, on the same resamples."""
    models = [Scored(one.contender.name, one.found.pd, one.contender.threshold(costs)) for one in results]
    with bar(f"comparing {len(models)} models, {question}", RESAMPLES) as told:
        found = compare(models, target, costs, seed, told=lambda done: told.to(done, f"resample {done:,}"))
    return Contest(question, tuple(results), found, against, target)


def standing(store: ContenderStore, own: Result, target: NDArray[np.int8], costs: Costs, seed: int) -> list[Contest]:
    """What ``own`` result and those that ``store`` already has answer.

    The own model stands for the contender it equals, under that one's name.
    """
    key, contests = store.key(own.contender), []
    for question, line_up in LINE_UPS.items():
        same = next((one.name for one in line_up if store.key(one) == key), None)
        found = [(one, own.found if one.name == same else store.read(one)) for one in line_up]
        results = [Result(one, said) for one, said in found if said is not None]
        if question is Question.MODELS and same is None:
            results.append(own)
        against = BASE.name if question is Question.GOVERNANCE else same or own.contender.name
        if any(one.contender.name == against for one in results) and (len(results) > 1 or question is Question.MODELS):
            contests.append(contest(question, results, against, target, costs, seed))
    return contests
