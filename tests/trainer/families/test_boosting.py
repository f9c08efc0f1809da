"""LightGBM as the trainer sets it up."""

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.trainer.families.small import silent, training
from trainer.families.boosting import PARAMETERS, LightGBM


@cache
def margins(threads: int) -> NDArray[np.float64]:
    small = {"num_threads": threads, "min_data_in_leaf": 5, "learning_rate": 0.2, "feature_fraction": 0.5}
    made = training(1, n=4_000)
    return LightGBM(PARAMETERS | small, trees=40).fit(made, silent).margins(made.matrix)


@pytest.mark.parametrize("threads", [2, 3])
def test_the_model_is_the_same_on_any_number_of_threads(threads: int) -> None:
    assert np.array_equal(margins(threads).view(np.int64), margins(1).view(np.int64))
