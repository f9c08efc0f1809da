"""The training data: read and checked from Kaggle's files or generated, and kept as canonical tables."""

from trainer.data.dataset import Dataset, load, prepare
from trainer.data.parts import HistoryTables

__all__ = ["Dataset", "HistoryTables", "load", "prepare"]
