"""What explainers of trees have in common: rows made ready to compare, the mean margin, the file."""

from abc import ABC, abstractmethod
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import UnsupportedModel
from creditrisk.model.contributions import Contributions
from creditrisk.model.trees import Forest, check_features


class ForestExplainer(ABC):
    """Explains the margins of one forest. Immutable, safe to share between threads."""

    def __init__(self, forest: Forest) -> None:
        """Hold ``forest``; raises ``UnsupportedModel`` if a leaf holds no training row."""
        if min(forest.leaf_cover.min(), forest.node_cover.min(initial=1)) < 1:
            raise UnsupportedModel("a leaf holds no training row: train with min_data_in_leaf=1 or more")
        self._forest: Final = forest
        self.base: Final = _mean_margin(forest)

    @property
    @abstractmethod
    def table_bytes(self) -> int:
        """Memory of the tables."""

    def save(self) -> bytes:
        """The forest as an ``.npz`` file; tables are larger and quick to rebuild, so they are not stored."""
        return self._forest.to_bytes()

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

    @abstractmethod
    def _row(self, twice: NDArray[np.float32]) -> NDArray[np.float64]:
        """SHAP values (F,) of a row laid out twice: with -inf for missing, left of any threshold, then with +inf."""

    def _operands(self) -> NDArray[np.intp]:
        """By split the place of the value it compares, in a row laid out twice."""
        forest = self._forest
        return np.asarray(forest.feature + forest.n_features * ~forest.missing_left, dtype=np.intp)


def _mean_margin(forest: Forest) -> float:
    """Mean over training rows, summed tree by tree as LightGBM does."""
    share = np.ones(len(forest.feature))
    leaf_share = np.ones(len(forest.leaf_value))
    for node in range(len(share)):
        for child in (int(forest.left[node]), int(forest.right[node])):
            part = share[node] * forest.cover(child) / forest.cover(node)
            (share if child >= 0 else leaf_share)[child if child >= 0 else ~child] = part
    return float(leaf_share @ forest.leaf_value)
