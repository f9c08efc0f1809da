"""SHAP values of deep trees, exact, without a table for every outcome of a path.

Values and formula are those of ``shap_tables``; the sum over leaves is taken along the trees' edges (cf. Yu
et al. 2022, "Linear TreeSHAP"). An edge is one side of a split. Along a path, the edges on one feature merge:
edge e has that feature's cover ratio z and outcome o (1 if the row passes all of them) down to e, and at a
quadrature point t the factor f = t·o + (1−t)·z. With E the sum, over the leaves below e, of value times the
product of their path's factors,

    φ_i = Σ over edges e on feature i, Σ over points: weight · E · ((o − z)/f − (o' − z')/f'),

where o', z', f' belong to the nearest edge on i above e, or are 1 if there is none. The differences telescope:
each leaf is left with the term of its last edge on i, which is what the formula asks. An edge's factor over
f' and its difference depend on the row by o and o' alone, so they are tabulated: three outcomes an edge.
"""

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
from numpy.typing import NDArray

from creditrisk.explain.forest_explainer import ForestExplainer
from creditrisk.model.trees import Forest

Numbers = NDArray[np.float64]
Indices = NDArray[np.intp]

OUTCOMES: Final = ((0, 0), (0, 1), (1, 1))
"""(o, o') of an edge, by their sum."""
NONE: Final = -1
"""No edge: the last in arrays of edges that have a place for it; it is passed, and its cover ratio is 1."""


class DeepTreeExplainer(ForestExplainer):
    """Explains by edges: for paths of any length, in memory and time that grow with the number of leaves."""

    def __init__(self, forest: Forest) -> None:
        """Tabulate ``forest``; raises ``UnsupportedModel`` if a leaf holds no training row."""
        super().__init__(forest)
        edges = _edges(forest)
        self._levels, self._above = edges.levels, edges.above
        self._operand, self._threshold = self._operands()[edges.node[::2]], forest.threshold32[edges.node[::2]]
        self._feature = forest.feature[edges.node].astype(np.intp)
        self._nearest = _nearest(self._feature, edges.above)
        ratio, most = self._merged(edges.ratio)
        position, weight = np.polynomial.legendre.leggauss(max(1, (most + 1) // 2))
        t, weight = (position + 1) / 2, weight / 2
        z, z_above = ratio[:-1, None], ratio[self._nearest, None]

        def factor(o: int, z: Numbers) -> Numbers:
            return t * o + (1 - t) * z

        def share(o: int, z: Numbers) -> Numbers:
            return (o - z) / factor(o, z)

        value = edges.value[:, None]
        factors = [value * (factor(o, z) / factor(o_above, z_above)) for o, o_above in OUTCOMES]
        shares = [weight * (share(o, z) - share(o_above, z_above)) for o, o_above in OUTCOMES]
        self._factors, self._shares = (np.stack(tables, axis=1).reshape(-1, len(t)) for tables in (factors, shares))
        self._first_line = len(OUTCOMES) * np.arange(len(edges.node))

    @property
    def table_bytes(self) -> int:
        """Memory of the tables."""
        return self._factors.nbytes + self._shares.nbytes

    def _row(self, twice: NDArray[np.float32]) -> Numbers:
        left = twice.take(self._operand) <= self._threshold
        on = np.ones(2 * len(left) + 1, dtype=np.bool_)
        on[:-1] = np.stack([left, ~left], axis=1).ravel()
        for edges in self._levels:
            on[edges] &= on[self._nearest[edges]]
        line = self._first_line + on[:-1] + on[self._nearest]
        sums = self._factors.take(line, axis=0)
        for edges in self._levels[1:]:
            sums[edges] *= sums.take(self._above[edges], axis=0)
        for edges in reversed(self._levels[1:]):
            below = sums[edges]
            sums[self._above[edges][::2]] = below[::2] + below[1::2]
        # einsum adds a row's few terms in one order; a matrix product might not.
        shares = np.einsum("ek,ek->e", sums, self._shares.take(line, axis=0))
        return cast("Numbers", np.bincount(self._feature, shares, self._forest.n_features))

    def _merged(self, ratio: Numbers) -> tuple[Numbers, int]:
        """Cover ratios merged with those above on the same feature, and 1 for ``NONE``; the most features on a path."""
        merged, players = np.append(ratio, 1.0), np.zeros(len(ratio) + 1, dtype=np.intp)
        for edges in self._levels:
            nearest = self._nearest[edges]
            merged[edges] *= merged[nearest]
            players[edges] = players[self._above[edges]] + (nearest == NONE)
        return merged, int(players.max())


@dataclass(frozen=True, slots=True)
class _Edges:
    """The edges of all trees, one level after another, left before right.

    By edge: the split (node) it leaves, the edge ``above`` (or ``NONE``), the
    ``ratio`` of the split's training rows that go its way, and the ``value`` of the leaf it ends in, 1 if in a split.
    """

    levels: tuple[slice, ...]
    node: Indices
    above: Indices
    ratio: Numbers
    value: Numbers


def _edges(forest: Forest) -> _Edges:
    levels: list[slice] = []
    nodes, aboves, children = ([np.empty(0, dtype=np.intp)] for _ in range(3))
    ends, numbers = forest.roots.astype(np.intp), np.full(len(forest.roots), NONE)
    while len(splits := np.flatnonzero(ends >= 0)):
        node = ends[splits]
        nodes.append(np.repeat(node, 2))
        aboves.append(np.repeat(numbers[splits], 2))
        ends = np.stack([forest.left[node], forest.right[node]], axis=1).ravel().astype(np.intp)
        children.append(ends)
        start = levels[-1].stop if levels else 0
        levels.append(slice(start, start + len(ends)))
        numbers = start + np.arange(len(ends))
    node, above, child = map(np.concatenate, (nodes, aboves, children))
    # A leaf ~c is, in order, the last but c of nodes and then leaves backwards.
    cover = np.concatenate([forest.node_cover, forest.leaf_cover[::-1]])[child]
    value = np.concatenate([np.ones(len(forest.feature)), forest.leaf_value[::-1]])[child]
    return _Edges(tuple(levels), node, above, cover / forest.node_cover[node], value)


def _nearest(feature: Indices, above: Indices) -> Indices:
    """By edge the nearest one above on the same feature, or ``NONE``."""
    found, climbing = above.copy(), np.arange(len(above))
    while len(climbing := climbing[found[climbing] != NONE]):
        climbing = climbing[feature[found[climbing]] != feature[climbing]]
        found[climbing] = above[found[climbing]]
    return found
