"""A model and its calibration as one ONNX graph, whatever the model's family.

``features`` float32 (N, F) → ``margin``, ``calibrated`` (log-odds), ``pd``: double (N,). What lies between
features and margin is the family's; ``export`` has trees there, ``complete`` any nodes.

Splits, leaves and input of ``TreeEnsemble`` (ai.onnx.ml 5) are doubles, as in LightGBM and scikit-learn; the
usual converters round thresholds to float32 and so send rows that lie on a threshold to another leaf. The
trees are summed in their order by a runtime with one thread: LightGBM's margin bit for bit.

ONNX Runtime ignores ``post_transform`` of this operator, so calibration and sigmoid are nodes. Its
``Sigmoid`` and ``Exp`` take one routine for full vector registers and another for the remainder, so a
PD's last bits would depend on how many rows come with it. Here each log-odds is repeated over a whole
register before ``Exp``: every row takes the vector routine. ``1 / (1 + exp(-x))`` also keeps its relative
precision at small PDs, where ``Sigmoid`` loses seven digits.
"""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

import creditrisk
from creditrisk.model.calibration import Calibration
from creditrisk.model.trees import Forest

OPSETS: Final = {"": 21, "ai.onnx.ml": 5}
_IR_VERSION: Final = 10
_REGISTER: Final = 8
"""Doubles of the widest vector register (AVX-512); narrower ones divide it."""
_BRANCH_LEQ: Final = 0
_SUM: Final = 1
_NO_TRANSFORM: Final = 0


def export(forest: Forest, calibration: Calibration) -> bytes:
    """The serialised ONNX model of ``forest``, as ``complete`` makes it."""
    trees = helper.make_node("TreeEnsemble", ["doubles"], ["sums"], domain="ai.onnx.ml", **_ensemble(forest))
    return complete([trees], [], forest.n_features, calibration)


def complete(nodes: Sequence[Any], constants: Sequence[Any], n_features: int, calibration: Calibration) -> bytes:
    """The serialised ONNX model, checked with ``onnx.checker``; equal inputs give equal bytes.

    ``nodes`` make of "doubles", double (N, F), the margins "sums", double (N, 1), with the initializers ``constants``.
    """
    node = helper.make_node
    graph = helper.make_graph(
        [
            node("Cast", ["features"], ["doubles"], to=TensorProto.DOUBLE),
            *nodes,
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
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", n_features])],
        [helper.make_tensor_value_info(name, TensorProto.DOUBLE, ["N"]) for name in ("margin", "calibrated", "pd")],
        [
            tensor("slope", np.array(calibration.slope)),
            tensor("intercept", np.array(calibration.intercept)),
            tensor("minus_ones", np.full((1, _REGISTER), -1.0)),
            tensor("one", np.array(1.0)),
            tensor("first", np.array(0)),
            tensor("flat", np.array([-1])),
            *constants,
        ],
    )
    return _serialized(graph)


def export_leaves(forest: Forest) -> bytes:
    """A graph of the same trees that gives not their values but their leaves.

    ``features`` float32 (N, F) → ``leaves`` double (N, trees): the numbers of the leaves that a row reaches.
    """
    trees, leaves = len(forest.roots), len(forest.leaf_value)
    attributes = _ensemble(forest) | {
        "n_targets": trees,
        "leaf_targetids": _tree_of_leaf(forest).tolist(),
        "leaf_weights": tensor("leaf_weights", np.arange(leaves, dtype=np.float64)),
    }
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["features"], ["doubles"], to=TensorProto.DOUBLE),
            helper.make_node("TreeEnsemble", ["doubles"], ["leaves"], domain="ai.onnx.ml", **attributes),
        ],
        "leaves",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", forest.n_features])],
        [helper.make_tensor_value_info("leaves", TensorProto.DOUBLE, ["N", trees])],
    )
    return _serialized(graph)


def _tree_of_leaf(forest: Forest) -> NDArray[np.intp]:
    tree = np.empty(len(forest.feature) + len(forest.leaf_value), dtype=np.intp)  # leaf ~c is the last but c
    tree[forest.roots] = np.arange(len(forest.roots))
    for node in range(len(forest.feature)):
        tree[[forest.left[node], forest.right[node]]] = tree[node]
    return tree[len(forest.feature) :][::-1]


def tensor(name: str, values: NDArray[Any]) -> Any:
    """An initializer."""
    return numpy_helper.from_array(values, name)


def _serialized(graph: Any) -> bytes:
    model = helper.make_model(
        graph,
        producer_name="creditrisk",
        producer_version=creditrisk.__version__,
        ir_version=_IR_VERSION,
        opset_imports=[helper.make_opsetid(domain, version) for domain, version in OPSETS.items()],
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
        "nodes_splits": tensor("nodes_splits", np.concatenate([forest.threshold, np.zeros(extra)])),
        "nodes_modes": tensor("nodes_modes", np.full(nodes, _BRANCH_LEQ, dtype=np.uint8)),
        "nodes_missing_value_tracks_true": [*forest.missing_left.astype(int).tolist(), *[0] * extra],
        "nodes_truenodeids": np.where(left >= 0, left, ~left).tolist(),
        "nodes_trueleafs": (left < 0).astype(int).tolist(),
        "nodes_falsenodeids": np.where(right >= 0, right, ~right).tolist(),
        "nodes_falseleafs": (right < 0).astype(int).tolist(),
        "leaf_targetids": [0] * len(forest.leaf_value),
        "leaf_weights": tensor("leaf_weights", forest.leaf_value),
    }
