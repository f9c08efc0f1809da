"""The families of model that can be published; each has its export, explainer and certificate."""

from enum import StrEnum


class ModelFamily(StrEnum):
    """A bundle's kind of model."""

    LIGHTGBM = "lightgbm"
    FOREST = "forest"
    LOGISTIC = "logistic"
