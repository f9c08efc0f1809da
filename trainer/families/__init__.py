"""The families of model, each with the settings it is published with."""

from typing import Final

from trainer.families.boosting import LightGBM
from trainer.families.forest import RandomForest

LIGHTGBM: Final = LightGBM()
FOREST: Final = RandomForest()
