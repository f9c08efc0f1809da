"""SHAP values of a forest's margin, exact and fast for single rows.

These are the values of path-dependent TreeSHAP (Lundberg et al. 2018) and of LightGBM's ``pred_contrib``.
A leaf's share in them follows from bits, which of the path's splits the row passes, so it can be
tabulated (Yang 2021, "Fast TreeSHAP", v2). Leaves of a tree that share splits share a table: a group
tests at most eight splits, and its table has a line for each of the 2⁸ outcomes, holding the sum of
its leaves' values by feature (``shap_tables``). Explaining a row is: compare, pack bits, look up one
line per group, add by feature. Outcomes that contradict themselves are tabulated and never read.
"""

from typing import Final, Self, cast

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import UnsupportedModel
from creditrisk.explain.shap_tables import BYTE, group_leaves, tabulate
from creditrisk.model.contributions import Contributions
from creditrisk.model.trees import Forest, check_features

MAX_SPLITS: Final = 10
"""Splits on a path at most: each doubles a group's table."""


class TreeExplainer:
    """Explains the margins of one forest. Immutable, safe to share between threads."""

    def __init__(self, forest: Forest) -> None:
        """Tabulate ``forest``; raises ``UnsupportedModel`` if a path has over ``MAX_SPLITS`` splits."""
        _, paths = forest.paths()
        if max(map(len, paths)) > MAX_SPLITS:
            raise UnsupportedModel(f"a path has over {MAX_SPLITS} splits: train with max_depth={MAX_SPLITS} or less")
        if min(forest.leaf_cover.min(), forest.node_cover.min(initial=1)) < 1:
            raise UnsupportedModel("a leaf holds no training row: train with min_data_in_leaf=1 or more")
        self._forest = forest
        self.base: Final = _mean_margin(forest)
        groups = group_leaves(paths, max(BYTE, *map(len, paths)))
        bits = BYTE if all(len(group.splits) <= BYTE for group in groups) else 2 * BYTE
        # A row is laid out twice: with -inf for missing, which is left of any threshold, then with +inf.
        operands, thresholds = forest.feature + forest.n_features * ~forest.missing_left, forest.threshold32
        operand = np.zeros((len(groups), bits), dtype=np.intp)
        threshold = np.full((len(groups), bits), np.nan, dtype=np.float32)
        for g, group in enumerate(groups):
            splits = list(group.splits)
            operand[g, : len(splits)] = operands[splits]
            threshold[g, : len(splits)] = thresholds[splits]
        self._operand, self._threshold = operand.ravel(), threshold.ravel()
        self._code: Final = np.dtype(f"<u{bits // BYTE}")
        tables = tabulate(forest, paths, groups)
        self._first_line, self._table = tables.first_line, tables.lines
        self._feature = tables.feature.ravel()

    @classmethod
    def from_forest(cls, forest: Forest) -> Self:
        """An explainer of ``forest``; see the constructor."""
        return cls(forest)

    def save(self) -> bytes:
        """The forest as an ``.npz`` file; tables are larger and quick to rebuild, so they are not stored."""
        return self._forest.to_bytes()

    @classmethod
    def load(cls, data: bytes) -> Self:
        """Read ``save`` and tabulate; raises ``InvalidBundle`` if the file is damaged."""
        return cls(Forest.from_bytes(data))

    @property
    def table_bytes(self) -> int:
        """Memory of the tables."""
        return self._table.nbytes

    def explain(self, matrix: NDArray[np.float32]) -> Contributions:
        """SHAP values on the margin of each row of ``matrix``, float32 (n, F); NaN is missing.

        A row's values do not depend on its batch. Raises ``InvalidArgument`` for another type or width, and
        for infinite values.
        """
        width = self._forest.n_features
        check_features(matrix, width)
        missing = np.isnan(matrix)
        twice = np.concatenate([matrix, matrix], axis=1)
        np.copyto(twice[:, :width], -np.inf, where=missing)
        np.copyto(twice[:, width:], np.inf, where=missing)
        values = np.empty(matrix.shape)
        for row, out in zip(twice, values, strict=True):
            out[:] = self._row(row)
        return Contributions(self.base, values)

    def _row(self, twice: NDArray[np.float32]) -> NDArray[np.float64]:
        passes = twice.take(self._operand) <= self._threshold
        code = np.packbits(passes, bitorder="little").view(self._code)
        lines = self._table.take(code + self._first_line, axis=0)
        # The last column is no feature: it takes what pads the lines of groups with fewer.
        sums = np.bincount(self._feature, weights=lines.ravel(), minlength=self._forest.n_features + 1)
        return cast("NDArray[np.float64]", sums[:-1])


def _mean_margin(forest: Forest) -> float:
    """Mean over training rows, summed tree by tree as LightGBM does."""
    share = np.ones(len(forest.feature))
    leaf_share = np.ones(len(forest.leaf_value))
    for node in range(len(share)):
        for child in (int(forest.left[node]), int(forest.right[node])):
            part = share[node] * forest.cover(child) / forest.cover(node)
            (share if child >= 0 else leaf_share)[child if child >= 0 else ~child] = part
    return float(leaf_share @ forest.leaf_value)
