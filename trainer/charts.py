"""A fit's charts: of the data, the features, the model and its decisions."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from creditrisk.application import BY_NAME
from creditrisk.features.catalogue import sources
from creditrisk.features.spec import FeatureSpec
from trainer.appraisal import Appraisal
from trainer.contenders.contender import probability
from trainer.explained import Explained
from trainer.progress import say
from trainer.reports import Chart
from trainer.reports.calibration import calibration_chart
from trainer.reports.engineering import engineering_charts
from trainer.reports.examples import Example, examples_chart, typical
from trainer.reports.explanation import explanation_charts
from trainer.reports.exploration import FEWEST_ROWS, exploration_charts
from trainer.reports.fairness import fairness_chart
from trainer.reports.feature import Feature
from trainer.reports.profit import profit_chart
from trainer.reports.threshold import sensitivity_chart, threshold_chart

APPLICATION: Final = "application"


def charts_of(
    frame: pl.DataFrame,
    specs: Sequence[FeatureSpec],
    matrix: NDArray[np.float32],
    pd: NDArray[np.float64],
    target: NDArray[np.int8],
    explained: Explained,
    appraisal: Appraisal,
    seed: int,
) -> tuple[Chart, ...]:
    """All charts of a model that takes ``specs`` (F), in a report's order.

    ``frame``: the labelled applications (n), canonical; ``matrix``: their features (n, F); ``pd``: out of fold (n,).
    With too few applications those of the data are left out.
    """
    features = [described(spec) for spec in specs]
    charts: list[Chart] = []
    if frame.height >= FEWEST_ROWS:
        charts += exploration_charts(frame)
    else:
        say(f"{frame.height} applications are too few for charts of the data ({FEWEST_ROWS:,})")
    charts += engineering_charts(features, matrix, target)
    charts += [chart for contest in appraisal.contests for chart in contest.charts()]
    charts += [threshold_chart(appraisal.curve), sensitivity_chart(appraisal.ratios)]
    if appraisal.profit is not None:
        charts.append(profit_chart(appraisal.profit))
    charts.append(calibration_chart(appraisal.reliability, pd, target))
    charts += explanation_charts(features, explained.matrix, explained.contributions, seed)
    charts.append(_examples(features, explained, appraisal.curve.costs.threshold))
    return (*charts, *(fairness_chart(found) for found in appraisal.fairness))


def described(spec: FeatureSpec) -> Feature:
    """A feature as charts tell of it; its table is the first history it comes from, or the application."""
    tables = [name.partition(".")[0] for name in sources(spec) if name not in BY_NAME]
    return Feature(spec.name, spec.meaning, spec.unit, spec.reason, tables[0] if tables else APPLICATION)


def _examples(features: Sequence[Feature], explained: Explained, threshold: float) -> Chart:
    chosen = typical(probability(explained.log_odds), explained.target, threshold)
    examples = [
        Example(kind, explained.matrix[row], explained.contributions[row], explained.base)
        for kind, row in chosen.items()
    ]
    return examples_chart(features, examples, threshold)
