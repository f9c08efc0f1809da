"""The families of model, each with the settings it is published with."""

from typing import Final

from creditrisk.model.families import ModelFamily
from trainer.families.boosting import LightGBM
from trainer.families.family import Family
from trainer.families.forest import RandomForest
from trainer.families.logistic import Logistic

LIGHTGBM: Final = LightGBM()
FAMILIES: Final[dict[ModelFamily, Family]] = {family.kind: family for family in (LIGHTGBM, RandomForest(), Logistic())}
