"""Small LightGBM models over awkward data, and hypothesis strategies of them."""

from dataclasses import dataclass

import lightgbm
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from creditrisk.model.trees import Forest

COLUMNS = 6


@dataclass(frozen=True)
class Trained:
    booster: lightgbm.Booster
    forest: Forest
    rows: NDArray[np.float32]

    def margins(self, matrix):
        return self.booster.predict(matrix.astype(np.float64), raw_score=True, num_threads=1)

    def contributions(self, matrix):
        return self.booster.predict(matrix.astype(np.float64), pred_contrib=True, num_threads=1)


def awkward_rows(rng, n):
    """Smooth, skewed, coded, around zero, denormal, and mostly constant columns; some values missing."""
    rows = np.stack(
        [
            rng.normal(size=n),
            rng.lognormal(10, 2, size=n),
            rng.integers(-1, 5, size=n),
            rng.choice([0.0, -0.0, 1e-35, -1e-35, 1e-40, -1.0, 1.0], size=n),
            rng.normal(size=n) * 1e-35,
            rng.random(n) < 0.1,
        ],
        axis=1,
    ).astype(np.float32)
    rows[rng.random(rows.shape) < rng.choice([0, 0.1, 0.5])] = np.nan
    return rows


def train(seed=0, n=600, trees=12, categorical=(), **params):
    rng = np.random.default_rng(seed)
    rows = awkward_rows(rng, n)
    signal = np.where(np.isnan(rows), rng.normal(size=COLUMNS), np.sign(rows) * rng.normal(size=COLUMNS)).sum(axis=1)
    labels = (signal + rng.normal(size=n) > 0).astype(int)
    settings = {
        "objective": "binary",
        "verbose": -1,
        "num_threads": 1,
        "seed": seed,
        "num_leaves": 12,
        "max_depth": 6,
        "min_data_in_leaf": 3,
        "min_data_in_bin": 1,
        "learning_rate": 0.3,
        **params,
    }
    data = lightgbm.Dataset(rows, labels, params=settings, categorical_feature=list(categorical))
    booster = lightgbm.train(settings, data, trees)
    return Trained(booster, Forest.from_dump(booster.dump_model()), rows)


def trained():
    """Boosters over sizes, missing handling, constraints and kinds of boosting."""
    return st.builds(
        train,
        seed=st.integers(0, 2**31 - 1),
        n=st.sampled_from([12, 60, 400]),
        trees=st.integers(1, 12),
        num_leaves=st.integers(2, 20),
        max_depth=st.integers(1, 6),
        min_data_in_leaf=st.sampled_from([1, 5, 30]),
        use_missing=st.booleans(),
        boosting=st.sampled_from(["gbdt", "dart"]),
        boost_from_average=st.booleans(),
        monotone_constraints=st.sampled_from([[0] * COLUMNS, [1, -1, 0, 1, 0, -1]]),
        bagging_freq=st.sampled_from([0, 1]),
        bagging_fraction=st.just(0.7),
    )
