"""SHAP values of a forest's margin, exact and fast for single rows.

These are the values of path-dependent TreeSHAP (Lundberg et al. 2018) and of LightGBM's ``pred_contrib``.
A leaf's share in them follows from bits, which of the path's splits the row passes, so it can be
tabulated (Yang 2021, "Fast TreeSHAP", v2). Leaves of a tree that share splits share a table: a group
tests at most eight splits, and its table has a line for each of the 2⁸ outcomes, holding the sum of
its leaves' values by feature (``shap_tables``). Explaining a row is: compare, pack bits, look up one
line per group, add by feature. Outcomes that contradict themselves are tabulated and never read.
"""

from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import UnsupportedModel
from creditrisk.explain.forest_explainer import ForestExplainer
from creditrisk.explain.shap_tables import BYTE, group_leaves, tabulate
from creditrisk.model.trees import Forest

MAX_SPLITS: Final = 10
"""Splits on a path at most: each doubles a group's table."""


class TreeExplainer(ForestExplainer):
    """Explains by tables of outcomes: the fastest, for paths that are short enough."""

    def __init__(self, forest: Forest) -> None:
        """Tabulate ``forest``.

        Raises ``UnsupportedModel`` if a path has over ``MAX_SPLITS`` splits or a leaf holds no training row.
        """
        _, paths = forest.paths()
        if max(map(len, paths)) > MAX_SPLITS:
            raise UnsupportedModel(f"a path has over {MAX_SPLITS} splits: train with max_depth={MAX_SPLITS} or less")
        super().__init__(forest)
        groups = group_leaves(paths, max(BYTE, *map(len, paths)))
        bits = BYTE if all(len(group.splits) <= BYTE for group in groups) else 2 * BYTE
        places, thresholds = self._operands(), forest.threshold32
        operand = np.zeros((len(groups), bits), dtype=np.intp)
        threshold = np.full((len(groups), bits), np.nan, dtype=np.float32)
        for g, group in enumerate(groups):
            splits = list(group.splits)
            operand[g, : len(splits)] = places[splits]
            threshold[g, : len(splits)] = thresholds[splits]
        self._operand, self._threshold = operand.ravel(), threshold.ravel()
        self._code: Final = np.dtype(f"<u{bits // BYTE}")
        tables = tabulate(forest, paths, groups)
        self._first_line, self._table = tables.first_line, tables.lines
        self._feature = tables.feature.ravel()

    @property
    def table_bytes(self) -> int:
        """Memory of the tables."""
        return self._table.nbytes

    def _row(self, twice: NDArray[np.float32]) -> NDArray[np.float64]:
        passes = twice.take(self._operand) <= self._threshold
        code = np.packbits(passes, bitorder="little").view(self._code)
        lines = self._table.take(code + self._first_line, axis=0)
        # The last column is no feature: it takes what pads the lines of groups with fewer.
        sums = np.bincount(self._feature, weights=lines.ravel(), minlength=self._forest.n_features + 1)
        return cast("NDArray[np.float64]", sums[:-1])
