"""The columns of a linear model, as a scikit-learn transformer and, operation for operation, in ONNX.

skl2onnx converts scikit-learn's imputer to an operator that knows float32 alone; here every operation is in
double, and of the kind that gives the same bits everywhere: compare, choose, subtract, divide.
"""

from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from skl2onnx import update_registered_converter
from skl2onnx.algebra.onnx_ops import (
    OnnxCast,
    OnnxConcat,
    OnnxDiv,
    OnnxEqual,
    OnnxGather,
    OnnxIsNaN,
    OnnxMax,
    OnnxMin,
    OnnxSub,
    OnnxWhere,
)
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.base import BaseEstimator, TransformerMixin

TAIL: Final = 0.01
"""Share of the training rows beyond each bound."""
NOT_GIVEN: Final = -2.0
"""What stands for a missing category; codes are -1 (not in the vocabulary) or above."""

Doubles = NDArray[np.float64]


class Columns(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers filled, held within bounds and standardised; categories as a 0/1 column a level.

    The fill is the median, the bounds are quantiles (where these are one value, the least and the largest): no value,
    however large, decides alone. Levels are the codes found in training, with ``NOT_GIVEN`` for missing.
    """

    def __init__(self, coded: tuple[int, ...]) -> None:
        """``coded``: the features that are codes of categories."""
        self.coded = coded

    def fit(self, rows: Doubles, target: object = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Learn from ``rows`` float64 (n, F), NaN is missing."""
        self.n_features_in_ = rows.shape[1]
        self.numbers_ = np.setdiff1d(np.arange(rows.shape[1]), self.coded)
        self.fill_ = np.full(rows.shape[1], NOT_GIVEN)
        self.low_, self.high_ = np.empty(len(self.numbers_)), np.empty(len(self.numbers_))
        for place, feature in enumerate(self.numbers_):
            known = rows[~np.isnan(rows[:, feature]), feature]
            low, middle, high = np.quantile(known, [TAIL, 0.5, 1 - TAIL]) if len(known) else np.zeros(3)
            if low == high and len(known):
                low, high = known.min(), known.max()
            self.fill_[feature], self.low_[place], self.high_[place] = middle, low, high
        held = self._held(self._filled(rows))
        self.mean_ = held.mean(axis=0)
        self.scale_ = np.where(held.max(axis=0) > held.min(axis=0), held.std(axis=0), 1.0)
        levels = [np.unique(self._filled(rows)[:, feature]) for feature in self.coded]
        self.level_ = np.concatenate([*levels, np.empty(0)])
        self.level_of_ = np.repeat(np.array(self.coded, dtype=np.intp), [len(found) for found in levels])
        return self

    @property
    def feature_of_(self) -> NDArray[np.intp]:
        """The feature that each column comes from: numbers, then levels."""
        return np.concatenate([self.numbers_, self.level_of_])

    def transform(self, rows: Doubles) -> Doubles:
        """The columns float64 (n, columns) of ``rows`` float64 (n, F), NaN is missing."""
        filled = self._filled(rows)
        scaled = (self._held(filled) - self.mean_) / self.scale_
        return np.concatenate([scaled, filled[:, self.level_of_] == self.level_], axis=1)

    def _filled(self, rows: Doubles) -> Doubles:
        return np.where(np.isnan(rows), self.fill_, rows)

    def _held(self, filled: Doubles) -> Doubles:
        return np.clip(filled[:, self.numbers_], self.low_, self.high_)


def _shape(operator: Any) -> None:
    operator.outputs[0].type = DoubleTensorType([None, len(operator.raw_operator.feature_of_)])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    columns, rows, opset = operator.raw_operator, operator.inputs[0], {"op_version": container.target_opset}
    filled, parts = OnnxWhere(OnnxIsNaN(rows, **opset), columns.fill_[None], rows, **opset), []
    if len(columns.numbers_):
        numbers = OnnxGather(filled, columns.numbers_, axis=1, **opset)
        held = OnnxMin(OnnxMax(numbers, columns.low_[None], **opset), columns.high_[None], **opset)
        parts.append(OnnxDiv(OnnxSub(held, columns.mean_[None], **opset), columns.scale_[None], **opset))
    if len(columns.level_):
        codes = OnnxGather(filled, columns.level_of_, axis=1, **opset)
        parts.append(OnnxCast(OnnxEqual(codes, columns.level_[None], **opset), to=TensorProto.DOUBLE, **opset))
    OnnxConcat(*parts, axis=1, output_names=operator.outputs, **opset).add_to(scope, container)


update_registered_converter(Columns, "CreditRiskColumns", _shape, _convert)
