"""Where a report's numbers come from, of prepared data."""

from datetime import date

from trainer.data.dataset import Dataset
from trainer.reports.chart import Source

_NAMES = {"kaggle": "Home Credit Default Risk (Kaggle, 2018)", "synthetic": "generated in Home Credit's manner"}


def source_of(data: Dataset, day: date) -> Source:
    """The labelled applications of ``data``, as taken on ``day``."""
    return Source(_NAMES[data.source], data.train.height, day, synthetic=data.source == "synthetic")
