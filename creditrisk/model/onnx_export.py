"""A forest and its calibration as an ONNX model that gives LightGBM's margin bit for bit.

``features`` float32 (N, F) → ``margin``, ``calibrated`` (log-odds), ``pd``: double (N,).

Splits, leaves and input of ``TreeEnsemble`` (ai.onnx.ml 5) are doubles, as in LightGBM; the usual
converters round thresholds to float32 and so send rows that lie on a threshold to another leaf. The
trees are summed in LightGBM's order by a runtime with one thread.

ONNX Runtime ignores ``post_transform`` of this operator, so calibration and sigmoid are nodes. Its
``Sigmoid`` and ``Exp`` take one routine for full vector registers and another for the remainder, so a
PD's last bits would depend on how many rows come with it. Here each log-odds is repeated over a whole
register before ``Exp``: every row takes the vector routine. ``1 / (1 + exp(-x))`` also keeps its relative
precision at small PDs, where ``Sigmoid`` loses seven digits.
"""

from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

import creditrisk
from creditrisk.model.calibration import Calibration
from creditrisk.model.trees import Forest

_OPSETS: Final = {"": 21, "ai.onnx.ml": 5}
_IR_VERSION: Final = 10
_REGISTER: Final = 8
"""Doubles of the widest vector register (AVX-512); narrower ones divide it."""
_BRANCH_LEQ: Final = 0
_SUM: Final = 1
_NO_TRANSFORM: Final = 0


def export(forest: Forest, calibration: Calibration) -> bytes:
    """The serialised ONNX model, checked with ``onnx.checker``; equal inputs give equal bytes."""
    node = helper.make_node
    graph = helper.make_graph(
        [
            node("Cast", ["features"], ["doubles"], to=TensorProto.DOUBLE),
            node("TreeEnsemble", ["doubles"], ["sums"], domain="ai.onnx.ml", **_ensemble(forest)),
            node("Mul", ["sums", "slope"], ["scaled"]),
            node("Add", ["scaled", "intercept"], ["log_odds"]),
            node("Mul", ["log_odds", "minus_ones"], ["negated"]),
            node("Exp", ["negated"], ["odds_against"]),
            node("Gather", ["odds_against", "first"], ["odds"], axis=1),
            node("Add", ["odds", "one"], ["inverse"]),
            node("Div", ["one", "inverse"], ["pd"]),
            node("Reshape", ["sums", "flat"], ["margin"]),
            node("Reshape", ["log_odds", "flat"], ["calibrated"]),
        ],
        "credit_risk",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", forest.n_features])],
        [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["N"]) for name in ("margin", "calibrated", "pd")],
        [
            _tensor("slope", np.array(calibration.slope)),
            _tensor("intercept", np.array(calibration.intercept)),
            _tensor("minus_ones", np.full((1, _REGISTER), -1.0)),
            _tensor("one", np.array(1.0)),
            _tensor("first", np.array(0)),
            _tensor("flat", np.array([-1])),
        ],
    )
    model = helper.make_model(
        graph,
        producer_name="creditrisk",
        producer_version=creditrisk.__version__,
        ir_version=_IR_VERSION,
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in _OPSETS.items()],
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def _ensemble(forest: Forest) -> dict[str, Any]:
    """Attributes of ``TreeEnsemble``.

    A tree's root must be a node, so a tree that is a single leaf becomes a node with that leaf on both
    sides, as the operator's specification has it.
    """
    stumps = ~forest.roots[forest.roots < 0]
    roots = forest.roots.copy()
    roots[forest.roots < 0] = len(forest.feature) + np.arange(len(stumps))
    left = np.concatenate([forest.left, ~stumps])
    right = np.concatenate([forest.right, ~stumps])
    nodes, extra = len(left), len(stumps)
    return {
        "n_targets": 1,
        "aggregate_function": _SUM,
        "post_transform": _NO_TRANSFORM,
        "tree_roots": roots.tolist(),
        "nodes_featureids": [*forest.feature.tolist(), *[0] * extra],
        "nodes_splits": _tensor("nodes_splits", np.concatenate([forest.threshold, np.zeros(extra)])),
        "nodes_modes": _tensor("nodes_modes", np.full(nodes, _BRANCH_LEQ, dtype=np.uint8)),
        "nodes_missing_value_tracks_true": [*forest.missing_left.astype(int).tolist(), *[0] * extra],
        "nodes_truenodeids": np.where(left >= 0, left, ~left).tolist(),
        "nodes_trueleafs": (left < 0).astype(int).tolist(),
        "nodes_falsenodeids": np.where(right >= 0, right, ~right).tolist(),
        "nodes_falseleafs": (right < 0).astype(int).tolist(),
        "leaf_targetids": [0] * len(forest.leaf_value),
        "leaf_weights": _tensor("leaf_weights", forest.leaf_value),
    }


def _tensor(name: str, values: NDArray[Any]) -> Any:
    return numpy_helper.from_array(values, name)
