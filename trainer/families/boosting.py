"""LightGBM, set up for credit scoring: deterministic, and what the exact export can express."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from creditrisk.explain import explainers
from creditrisk.model import probes
from creditrisk.model.calibration import Calibration
from creditrisk.model.certificate import Certificate
from creditrisk.model.certification import Trial, certify
from creditrisk.model.contributions import Explainer
from creditrisk.model.families import ModelFamily
from creditrisk.model.onnx_export import export
from creditrisk.model.trees import Forest
from trainer.families.family import HELD_OUT, Matrix, Part, Told, Training

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
    # The same rows and seed give the same model, on any number of threads.
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}
USUAL_ROUNDS: Final = 1_200
"""Trees looked at in a search, about; for the progress bar."""


@dataclass(frozen=True, slots=True)
class LightGBM:
    """Gradient boosting. ``trees`` None: found by early stopping, one count for all folds.

    A search tries at most ``most`` trees and ends after ``patience`` without a better log loss. (AUC has a flatter,
    noisier best.)
    """

    parameters: Mapping[str, Any] = field(default_factory=PARAMETERS.copy)
    trees: int | None = None
    trees_by_fold: tuple[int, ...] = ()
    most: int = 3_000
    patience: int = 200
    metric: str = "binary_logloss"
    monotone: bool = True

    @property
    def kind(self) -> ModelFamily:
        """LightGBM."""
        return ModelFamily.LIGHTGBM

    def settle(self, parts: Iterable[Part], told: Told, /) -> "LightGBM":
        """With the number of trees: the best on held-out rows, the median of the folds' scaled up."""
        if self.trees is not None:
            return self
        found = []
        for place, part in enumerate(parts):

            def looked(trees: int, place: int = place) -> None:
                told(place + min(trees / USUAL_ROUNDS, 0.99), f"looking for the tree count, {trees} trees")

            found.append(self._best(part, looked))
        # More rows bear more trees: the count was found on the part of a fold that was not held out.
        return replace(self, trees=round(float(np.median(found)) / (1 - HELD_OUT)), trees_by_fold=tuple(found))

    def fit(self, training: Training, told: Told) -> "FittedBoosting":
        """A booster of as many trees as were settled on."""
        if self.trees is None:
            raise ValueError("the number of trees is not settled")
        trees = self.trees
        booster = lightgbm.train(
            self._parameters(training),
            _dataset(training),
            trees,
            callbacks=[_tell(lambda done: told(done / trees, f"{done} of {trees} trees"))],
        )
        return FittedBoosting(booster)

    def settings(self) -> Mapping[str, Any]:
        """Number of trees, and those found by fold."""
        return {"trees": self.trees, "trees_by_fold": self.trees_by_fold}

    def _best(self, part: Part, looked: Callable[[int], None]) -> int:
        """The number of trees that does best on the held-out rows when fitted on the others."""
        training, held_out = _dataset(part.fitted), part.held_out
        booster = lightgbm.train(
            self._parameters(part.fitted) | {"metric": self.metric},
            training,
            self.most,
            valid_sets=[training.create_valid(held_out.matrix, held_out.target)],
            callbacks=[lightgbm.early_stopping(self.patience, verbose=False), _tell(looked)],
        )
        return int(booster.best_iteration)

    def _parameters(self, training: Training) -> dict[str, Any]:
        directions = [spec.monotone if self.monotone else 0 for spec in training.specs]
        return {**self.parameters, **FIXED, "seed": training.seed, "monotone_constraints": directions}


class FittedBoosting:
    """A fitted booster."""

    def __init__(self, booster: Any) -> None:
        """Hold ``booster`` and its trees as arrays; raises ``UnsupportedModel`` if it has no exact form."""
        self._booster = booster
        self._forest = Forest.from_dump(booster.dump_model())

    def margins(self, matrix: Matrix) -> NDArray[np.float64]:
        """Raw margins float64 (n,); doubles in, as everywhere at the model's door."""
        return self._predict(matrix, raw_score=True)

    def contributions(self, matrix: Matrix) -> NDArray[np.float64]:
        """LightGBM's own SHAP values float64 (n, features + 1); the last is the base."""
        return self._predict(matrix, pred_contrib=True)

    def export(self, calibration: Calibration) -> bytes:
        """See ``Fitted``; the margin is LightGBM's bit for bit."""
        return export(self._forest, calibration)

    def explainer(self) -> Explainer:
        """See ``Fitted``."""
        return explainers.of_forest(self._forest)

    def certify(self, trial: Trial) -> Certificate:
        """See ``Fitted``."""
        return certify(ModelFamily.LIGHTGBM, self, partial(probes.of_forest, self._forest), trial)

    def files(self) -> Mapping[str, bytes]:
        """LightGBM's text of the model."""
        return {"model.txt": self._booster.model_to_string().encode()}

    def importance(self) -> Mapping[str, Sequence[float]]:
        """Gain and number of splits."""
        return {
            "gain": self._booster.feature_importance("gain").tolist(),
            "splits": self._booster.feature_importance("split").tolist(),
        }

    def _predict(self, matrix: Matrix, **what: bool) -> NDArray[np.float64]:
        return np.asarray(self._booster.predict(matrix.astype(np.float64), num_threads=1, **what), dtype=np.float64)


def _dataset(training: Training) -> Any:
    names = [spec.name for spec in training.specs]
    return lightgbm.Dataset(
        training.matrix, training.target, weight=training.weights, feature_name=names, categorical_feature=[]
    )


def _tell(told: Callable[[int], None]) -> Callable[[Any], None]:
    return lambda environment: told(environment.iteration + 1)
