"""Logistic regression of scikit-learn, the scorecard's model: a weight a column, a base, nothing else.

Exported through skl2onnx in double throughout. For double input it writes the linear part as MatMul and Add, which
are double; of ai.onnx.ml's LinearClassifier, Scaler and Imputer, float32 all, nothing is used (``columns``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from onnx import helper
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import DoubleTensorType
from skl2onnx.helpers.onnx_helper import select_model_inputs_outputs
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from threadpoolctl import threadpool_limits

from creditrisk.explain.linear_shap import LinearExplainer, LinearTerms
from creditrisk.features.spec import FeatureSpec
from creditrisk.model import probes
from creditrisk.model.calibration import Calibration
from creditrisk.model.certificate import Certificate
from creditrisk.model.certification import Trial, certify
from creditrisk.model.contributions import Explainer
from creditrisk.model.families import ModelFamily
from creditrisk.model.onnx_export import OPSETS, complete, tensor
from trainer.families.columns import Columns
from trainer.families.family import Matrix, Part, Told, Training

Doubles = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Logistic:
    """``strength``: inverse of the L2 penalty, scikit-learn's C; 0.001 and 0.1 ranked worse, by 0.002 in AUC."""

    strength: float = 0.01

    @property
    def kind(self) -> ModelFamily:
        """Logistic."""
        return ModelFamily.LOGISTIC

    def settle(self, _parts: Iterable[Part], _told: Told, /) -> "Logistic":
        """Itself: nothing is left to find out."""
        return self

    def fit(self, training: Training, told: Told) -> "FittedLogistic":
        """Fit to the maximum by Newton's method."""
        coded = tuple(place for place, spec in enumerate(training.specs) if spec.categorical)
        model = make_pipeline(Columns(coded), LogisticRegression(C=self.strength, solver="newton-cholesky"))
        rows = training.matrix.astype(np.float64)
        # With more threads the last bits would depend on their number.
        with threadpool_limits(1):
            model.fit(rows, training.target, logisticregression__sample_weight=training.weights)
        told(1.0, "fitted")
        return FittedLogistic(model, training.specs, model[0].transform(rows).mean(axis=0))

    def settings(self) -> Mapping[str, Any]:
        """All of them."""
        return {"inverse_l2_penalty": self.strength}


class FittedLogistic:
    """A fitted logistic regression; its margin is log-odds, before calibration."""

    def __init__(self, model: Pipeline, specs: Sequence[FeatureSpec], means: Doubles) -> None:
        """Hold ``model``, ``Columns`` and ``LogisticRegression``, and the columns' ``means`` over the training rows."""
        self._model = model
        self._specs = specs
        self._means = means
        self._columns: Final[Columns] = model[0]
        self._weights: Final[Doubles] = model[1].coef_[0]
        self._intercept = float(model[1].intercept_[0])

    def margins(self, matrix: Matrix) -> Doubles:
        """Log-odds float64 (n,)."""
        with threadpool_limits(1):
            return np.asarray(self._model.decision_function(matrix.astype(np.float64)))

    def contributions(self, matrix: Matrix) -> Doubles:
        """Weight times column less its mean, summed by feature, float64 (n, features + 1); the last is the base."""
        found = np.zeros((len(matrix), len(self._specs) + 1))
        terms = self._weights * (self._columns.transform(matrix.astype(np.float64)) - self._means)
        np.add.at(found.T, self._columns.feature_of_, terms.T)
        found[:, -1] = self._intercept + self._weights @ self._means
        return found

    def export(self, calibration: Calibration) -> bytes:
        """See ``Fitted``."""
        width = len(self._specs)
        converted = convert_sklearn(
            self._model,
            initial_types=[("doubles", DoubleTensorType([None, width]))],
            options={LogisticRegression: {"raw_scores": True, "zipmap": False}},
            target_opset={domain: OPSETS[domain] for domain in OPSETS if not domain},
            naming="linear_",
        )
        scores = converted.graph.output[1].name  # of classes 0 and 1, (N, 2)
        graph = select_model_inputs_outputs(converted, scores).graph
        read = {name for one in graph.node for name in one.input}
        constants = [one for one in graph.initializer if one.name in read]
        default = helper.make_node("Gather", [scores, "default"], ["sums"], axis=1)
        return complete([*graph.node, default], [*constants, tensor("default", np.array([1]))], width, calibration)

    def explainer(self) -> Explainer:
        """See ``Fitted``."""
        columns, width = self._columns, len(self._specs)
        numbers, levels = np.split(self._weights, [len(columns.numbers_)])
        share = self._means[len(columns.numbers_) :]

        def by_feature(values: Doubles, of_categories: float) -> Doubles:
            found = np.full(width, of_categories)
            found[columns.numbers_] = values
            return found

        terms = LinearTerms(
            base=np.array(self._intercept + levels @ share),
            fill=columns.fill_,
            low=by_feature(columns.low_, -np.inf),
            high=by_feature(columns.high_, np.inf),
            mean=by_feature(columns.mean_, 0.0),
            weight=by_feature(numbers / columns.scale_, 0.0),
            coded=columns.level_of_,
            level=columns.level_,
            effect=levels,
            share=share,
        )
        return LinearExplainer(terms)

    def certify(self, trial: Trial) -> Certificate:
        """See ``Fitted``; contributions are compared with those of the pipeline's own columns."""
        columns = self._columns
        features = np.concatenate([columns.numbers_, columns.numbers_, columns.level_of_])
        values = np.concatenate([columns.low_, columns.high_, columns.level_])
        return certify(ModelFamily.LOGISTIC, self, partial(probes.of_columns, (features, values)), trial)

    def files(self) -> Mapping[str, bytes]:
        """The scorecard: columns with their bounds, mean, standard deviation and weight.

        A weight is log-odds a standard deviation of a number, or log-odds of having a level.
        """
        columns = self._columns
        names = [self._specs[feature].name for feature in columns.feature_of_]
        nothing = [None] * len(columns.level_)
        table = {
            "feature": names,
            "level": [None] * len(columns.numbers_) + columns.level_.tolist(),
            **{
                name: [*values.tolist(), *nothing]
                for name, values in (
                    ("low", columns.low_),
                    ("high", columns.high_),
                    ("mean", columns.mean_),
                    ("standard_deviation", columns.scale_),
                )
            },
            "weight": self._weights.tolist(),
        }
        return {"weights.csv": pl.DataFrame(table).write_csv().encode()}

    def importance(self) -> Mapping[str, Sequence[float]]:
        """None: the weights are in ``files``."""
        return {}
