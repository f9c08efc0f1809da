"""LightGBM, set up for credit scoring: deterministic, one thread, what the exact export can express."""

from collections.abc import Callable
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from creditrisk.features.spec import FeatureSpec

Matrix = NDArray[np.float32]
Labels = NDArray[np.int8]
Told = Callable[[int], None]
"""Called with the number of rounds done."""

PARAMETERS: Final[dict[str, Any]] = {
    "objective": "binary",
    "learning_rate": 0.015,
    "num_leaves": 16,
    "max_depth": 5,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.1,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l1": 1.0,
    "lambda_l2": 50.0,
    "path_smooth": 5.0,
    "max_bin": 255,
}
FIXED: Final[dict[str, Any]] = {
    # The export is exact for these alone; see model/trees.py.
    "boosting": "gbdt",
    "zero_as_missing": False,
    "linear_tree": False,
    # The same rows and seed give the same model, on any number of cores.
    "deterministic": True,
    "force_col_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
MOST_ROUNDS: Final = 3_000
PATIENCE: Final = 200
"""Rounds without a better log loss after which a search ends. (AUC has a flatter, noisier best.)"""


def fit(specs: tuple[FeatureSpec, ...], matrix: Matrix, target: Labels, rounds: int, seed: int, told: Told) -> Any:
    """A booster of ``rounds`` trees on ``matrix`` float32 (n, features) and ``target`` (n,)."""
    return lightgbm.train(_parameters(specs, seed), _dataset(specs, matrix, target), rounds, callbacks=[_tell(told)])


def best_rounds(
    specs: tuple[FeatureSpec, ...],
    matrix: Matrix,
    target: Labels,
    held_out: tuple[Matrix, Labels],
    seed: int,
    told: Told,
) -> int:
    """The number of trees with the least log loss on ``held_out`` rows when fitted on the others."""
    training = _dataset(specs, matrix, target)
    stop = lightgbm.early_stopping(PATIENCE, verbose=False)
    booster = lightgbm.train(
        _parameters(specs, seed) | {"metric": "binary_logloss"},
        training,
        MOST_ROUNDS,
        valid_sets=[training.create_valid(held_out[0], held_out[1])],
        callbacks=[stop, _tell(told)],
    )
    return int(booster.best_iteration)


def margins(booster: Any, matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """Raw margins float64 (n,) of ``matrix``; doubles in, as everywhere at the model's door."""
    return np.asarray(booster.predict(matrix.astype(np.float64), raw_score=True, num_threads=1), dtype=np.float64)


def contributions(booster: Any, matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """LightGBM's own SHAP values float64 (n, features + 1); the last is the base."""
    return np.asarray(booster.predict(matrix.astype(np.float64), pred_contrib=True, num_threads=1), dtype=np.float64)


def _parameters(specs: tuple[FeatureSpec, ...], seed: int) -> dict[str, Any]:
    directions = [spec.monotone for spec in specs]
    return PARAMETERS | FIXED | {"seed": seed, "monotone_constraints": directions}


def _dataset(specs: tuple[FeatureSpec, ...], matrix: Matrix, target: Labels) -> Any:
    return lightgbm.Dataset(matrix, target, feature_name=[spec.name for spec in specs], categorical_feature=[])


def _tell(told: Told) -> Callable[[Any], None]:
    return lambda environment: told(environment.iteration + 1)
