"""Every chart the reports have, of applicants and features made up."""

import numpy as np
from numpy.typing import NDArray

from tests.trainer.evaluation.portfolios import portfolio
from trainer.evaluation.comparison import Scored, compare
from trainer.evaluation.costs import Costs
from trainer.evaluation.fairness import by_age, fairness
from trainer.evaluation.profit import Lending, profit_curve
from trainer.evaluation.reliability import reliability
from trainer.evaluation.thresholds import sensitivity, threshold_curve
from trainer.generator import generate
from trainer.reports.calibration import calibration_chart
from trainer.reports.chart import Chart
from trainer.reports.comparison import comparison_charts
from trainer.reports.engineering import engineering_charts
from trainer.reports.examples import Example, examples_chart, typical
from trainer.reports.explanation import explanation_charts
from trainer.reports.exploration import exploration_charts
from trainer.reports.fairness import fairness_chart
from trainer.reports.feature import Feature
from trainer.reports.profit import profit_chart
from trainer.reports.threshold import sensitivity_chart, threshold_chart

TABLES = ("application", "bureau", "bureau_balance", "previous_application", "POS_CASH_balance", "credit_card_balance")
ROWS = 1_500
MODELS = 14
FEW = 20
"""Resamples."""


def features_of(number: int) -> list[Feature]:
    """Made-up features, with names and themes as long as the longest real ones."""
    return [
        Feature(
            f"OCCUPATION_TYPE_EXT_SOURCE_{at}",
            "what it means",
            "years",
            f"time since registration, identity document or phone changed {at % 20}",
            TABLES[at % len(TABLES)],
        )
        for at in range(number)
    ]


def values_of(number: int, target: NDArray[np.int8]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Values of features, some missing, some with few levels, one never known; and contributions to the log-odds."""
    random = np.random.default_rng(number)
    matrix = random.normal(size=(len(target), number)) + 0.5 * target[:, None] * random.random(number)
    matrix[:, 1::4] = np.round(matrix[:, 1::4])
    contributions = matrix * random.normal(scale=0.3, size=number) * 0.9 ** np.arange(number)
    matrix[random.random(matrix.shape) < random.random(number) * 0.5] = np.nan
    matrix[:, -1] = np.nan
    return matrix.astype(np.float32), contributions


def charts_of_features(number: int) -> list[Chart]:
    """All charts of a model of so many features."""
    _, target = portfolio(ROWS, 1)
    features = features_of(number)
    matrix, contributions = values_of(number, target)
    pd = 1 / (1 + np.exp(-(contributions.sum(axis=1) - 2.5)))
    chosen = typical(pd, target, 1 / 11)
    examples = [Example(kind, matrix[row], contributions[row], -2.5) for kind, row in chosen.items()]
    return [
        *engineering_charts(features, matrix, target),
        *explanation_charts(features, matrix, contributions, 1),
        examples_chart(features, examples, 1 / 11),
    ]


def charts_of_results() -> list[Chart]:
    """All charts of data and of PDs."""
    pd, target = portfolio(ROWS, 1)
    random = np.random.default_rng(2)
    models = [
        Scored(f"logistic regression, class weights {at}", np.clip(pd * random.uniform(0.5, 1.5, ROWS), 0, 1), 1 / 11)
        for at in range(MODELS)
    ]
    ages = random.uniform(18, 64, ROWS)
    # A group of few, and a handful whose age is not known.
    ages[:60], ages[60:63] = 70, np.nan
    return [
        *exploration_charts(generate(ROWS, 4).train),
        *comparison_charts(compare(models, target, Costs(), 1, FEW), models[0].name),
        threshold_chart(threshold_curve(pd, target, Costs(), 1, FEW)),
        sensitivity_chart(sensitivity(pd, target, 1, number=FEW)),
        profit_chart(profit_curve(pd, target, random.uniform(1e4, 1e6, ROWS), Lending(0.15, 0.6), 1, FEW)),
        calibration_chart(reliability(pd, target, 1), pd, target),
        fairness_chart(fairness(pd, target, by_age(ages), 1 / 11, 1, FEW)),
    ]
