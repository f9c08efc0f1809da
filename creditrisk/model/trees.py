"""A model of trees as plain arrays, the one form that export, explanation and certificate read.

``from_dump`` reads LightGBM's. Two rules of its predictor are folded into the arrays, so that nobody
downstream repeats them:

* values with ``|x| ≤ 1e-35`` are read as 0 (``kZeroThreshold``); a threshold in that range is moved to
  the range's edge, which decides every value alike;
* NaN is read as 0 at a split without missing values (``missing_type`` None), else it goes to the
  default side; either way each split has one side for NaN.

Only numpy is needed: the trainer passes ``Booster.dump_model()``.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidArgument, InvalidBundle, UnsupportedModel, Violation

ZERO: Final = float(np.float32(1e-35))
"""LightGBM's ``kZeroThreshold``: a float32 constant widened to double."""
_INFINITE: Final = 1e300
"""What LightGBM writes for an infinite threshold."""

Path = tuple[tuple[int, bool], ...]
"""The splits from a root, in order: (node, whether the path goes left)."""


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees over float32 features; the margin is the sum of one leaf a tree, in the order of trees.

    Nodes and leaves of all trees are numbered through, parents before children. A child or root ``c``
    is node ``c`` if ``c ≥ 0``, else leaf ``~c``. A row goes left where ``x ≤ threshold``, or where x is
    NaN and ``missing_left``. Covers are training rows, as the family's trees counted them.
    """

    n_features: int
    roots: NDArray[np.int32]
    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    missing_left: NDArray[np.bool_]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    node_cover: NDArray[np.int64]
    leaf_value: NDArray[np.float64]
    leaf_cover: NDArray[np.int64]

    @classmethod
    def from_dump(cls, dump: Mapping[str, Any]) -> Self:
        """The trees of LightGBM's ``Booster.dump_model()``; raises ``UnsupportedModel`` for what has no exact form."""
        if dump["num_class"] != 1 or dump["num_tree_per_iteration"] != 1:
            raise UnsupportedModel("the model has several classes: train with a binary objective")
        if dump["average_output"]:
            raise UnsupportedModel("the model averages its trees (boosting=rf): train with boosting=gbdt")
        if not dump["tree_info"]:
            raise UnsupportedModel("the model has no trees")
        nodes: list[dict[str, Any]] = []
        leaves: list[dict[str, Any]] = []
        roots = [_number(tree["tree_structure"], nodes, leaves) for tree in dump["tree_info"]]
        return cls(
            n_features=int(dump["max_feature_idx"]) + 1,
            roots=np.array(roots, dtype=np.int32),
            feature=np.array([node["split_feature"] for node in nodes], dtype=np.int32),
            threshold=np.array([_threshold(node) for node in nodes], dtype=np.float64),
            missing_left=np.array([_missing_left(node) for node in nodes], dtype=np.bool_),
            left=np.array([node["left"] for node in nodes], dtype=np.int32),
            right=np.array([node["right"] for node in nodes], dtype=np.int32),
            node_cover=np.array([node["internal_count"] for node in nodes], dtype=np.int64),
            leaf_value=np.array([leaf["leaf_value"] for leaf in leaves], dtype=np.float64),
            leaf_cover=np.array([leaf.get("leaf_count", 1) for leaf in leaves], dtype=np.int64),
        )

    @property
    def threshold32(self) -> NDArray[np.float32]:
        """The largest finite float32 not above each threshold (−inf if none): ``x ≤ t`` alike for finite x."""
        with np.errstate(over="ignore"):
            near = self.threshold.astype(np.float32)
            below = np.where(near > self.threshold, np.nextafter(near, np.float32(-np.inf)), near)
        return np.minimum(below, np.finfo(np.float32).max)

    def cover(self, child: int) -> int:
        """Training rows that reached a child or root."""
        return int(self.node_cover[child] if child >= 0 else self.leaf_cover[~child])

    def paths(self) -> tuple[list[Path], list[Path]]:
        """The path to every node and to every leaf."""
        to_node: list[Path] = [()] * len(self.feature)
        to_leaf: list[Path] = [()] * len(self.leaf_value)
        for node in range(len(self.feature)):
            for child, goes_left in ((self.left[node], True), (self.right[node], False)):
                path = (*to_node[node], (node, goes_left))
                if child >= 0:
                    to_node[child] = path
                else:
                    to_leaf[~child] = path
        return to_node, to_leaf

    def to_bytes(self) -> bytes:
        """An ``.npz`` file of the arrays; equal forests give equal bytes."""
        buffer = io.BytesIO()
        np.savez(buffer, **{field.name: getattr(self, field.name) for field in fields(self)})
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read ``to_bytes``; raises ``InvalidBundle`` if the file is damaged or is no forest."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                arrays = {field.name: archive[field.name] for field in fields(cls)}
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise InvalidBundle(f"the forest cannot be read: {error}") from error
        forest = cls(n_features=int(arrays.pop("n_features")), **arrays)
        forest._check()
        return forest

    def _check(self) -> None:
        nodes, leaves = len(self.feature), len(self.leaf_value)
        lengths = {len(a) for a in (self.threshold, self.missing_left, self.left, self.right, self.node_cover)}
        if lengths != {nodes} or len(self.leaf_cover) != leaves:
            raise InvalidBundle("the forest's arrays have different lengths")
        if np.any((self.feature < 0) | (self.feature >= self.n_features)):
            raise InvalidBundle("the forest splits on a feature it does not have")
        reached = np.sort(np.concatenate([self.roots, self.left, self.right]))
        later = np.arange(nodes)
        if not np.array_equal(reached, np.arange(-leaves, nodes)) or np.any(
            ((self.left >= 0) & (self.left <= later)) | ((self.right >= 0) & (self.right <= later))
        ):
            raise InvalidBundle("the forest's nodes do not form trees")


def check_features(matrix: NDArray[np.float32], n_features: int) -> None:
    """Raise ``InvalidArgument`` unless ``matrix`` is float32 (n, ``n_features``) without infinities."""
    if matrix.dtype != np.float32 or matrix.ndim != 2 or matrix.shape[1] != n_features:
        rule = f"must be float32 of shape (n, {n_features}), not {matrix.dtype} {matrix.shape}"
        raise InvalidArgument([Violation("features", rule)])
    infinite = np.isinf(matrix)
    if infinite.any():
        row, column = np.argwhere(infinite)[0].tolist()
        rule = f"must be finite, or NaN for missing; row {row}, column {column} is infinite"
        raise InvalidArgument([Violation("features", rule)])


def _number(root: dict[str, Any], nodes: list[dict[str, Any]], leaves: list[dict[str, Any]]) -> int:
    """Append copies of a tree's splits and leaves, children as numbers; returns the root's number."""
    if "leaf_value" in root:
        if "leaf_coeff" in root:
            raise UnsupportedModel("a leaf holds a linear model: train with linear_tree=false")
        leaves.append(root)
        return ~(len(leaves) - 1)
    if root["decision_type"] != "<=":
        raise UnsupportedModel("a split is categorical: code categories as numbers and declare none to LightGBM")
    if root["missing_type"] not in {"None", "NaN"}:
        raise UnsupportedModel("zero is taken as missing: train with zero_as_missing=false")
    node = dict(root)
    number = len(nodes)
    nodes.append(node)
    node["left"] = _number(root["left_child"], nodes, leaves)
    node["right"] = _number(root["right_child"], nodes, leaves)
    return number


def _threshold(node: Mapping[str, Any]) -> float:
    threshold = float(node["threshold"])
    if abs(threshold) >= _INFINITE:
        return float(np.copysign(np.inf, threshold))
    if 0.0 <= threshold < ZERO:  # 0 goes left, and with it all of [-ZERO, ZERO]
        return ZERO
    if -ZERO <= threshold < 0.0:  # 0 goes right, and with it all of [-ZERO, ZERO]
        return float(np.nextafter(-ZERO, -np.inf))
    return threshold


def _missing_left(node: Mapping[str, Any]) -> bool:
    if node["missing_type"] == "None":
        return bool(float(node["threshold"]) >= 0.0)
    return bool(node["default_left"])
