"""Tables of SHAP values by outcome of a group's splits; what ``tree_shap`` looks up.

The players of a leaf's game are the D features on its path. With cover ratio z_d (the share of training
rows that pass the path's splits on feature d, as product over these splits) and o_d = 1 if the row
passes them all, else 0, the Shapley value of feature i is

    φ_i = value · (o_i − z_i) · ∫₀¹ Π_{j≠i} (t·o_j + (1−t)·z_j) dt,

as the weights |S|!(D−|S|−1)!/D! are Beta functions. The integrand is a polynomial of degree D−1, so
Gauss–Legendre quadrature with ⌈D/2⌉ points is exact; its terms are positive, so nothing cancels.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.model.trees import Forest, Path

BYTE: Final = 8
_BLOCK: Final = 1 << 20
"""Values computed at a time; bounds the memory of building to some 50 MB."""

Numbers = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(slots=True)
class Group:
    """Leaves of one tree, and the splits on their paths: node → bit of the outcome, set if the row goes left."""

    leaves: list[int]
    splits: dict[int, int]


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of all groups, one below another.

    Group g's values for outcome c are ``lines[first_line[g] + c]``, of the features ``feature[g]``;
    shapes (lines, W), (groups,), (groups, W). Unused columns hold 0 for the feature after the last.
    """

    lines: Numbers
    first_line: Indices
    feature: Indices


@dataclass(slots=True)
class _Leaf:
    """A leaf's game: by feature the cover ratio, and the bits of its splits with the outcome that passes."""

    value: float
    first_line: int
    columns: list[int] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    masks: list[int] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)

    def pass_split(self, column: int, ratio: float, bit: int, *, goes_left: bool) -> None:
        """Add a split of the path to the player of its feature."""
        if column not in self.columns:
            self.columns.append(column)
            self.ratios.append(1.0)
            self.masks.append(0)
            self.wanted.append(0)
        player = self.columns.index(column)
        self.ratios[player] *= ratio
        self.masks[player] |= 1 << bit
        self.wanted[player] |= goes_left << bit


def group_leaves(paths: Sequence[Path], most: int) -> list[Group]:
    """Put leaves of a tree together as long as a group has ``most`` splits at most.

    Deep leaves come first, each to the group that grows least by it; most others then fit in for free.
    """
    trees: dict[int, list[int]] = defaultdict(list)
    for leaf, path in enumerate(paths):
        if path:
            trees[path[0][0]].append(leaf)
    done: list[Group] = []
    for leaves in trees.values():
        groups: list[Group] = []
        for leaf in sorted(leaves, key=lambda leaf: -len(paths[leaf])):
            nodes = [node for node, _ in paths[leaf]]
            growth = [sum(node not in group.splits for node in nodes) for group in groups]
            fitting = [g for g, group in enumerate(groups) if len(group.splits) + growth[g] <= most]
            if not fitting:
                groups.append(Group([], {}))
            group = groups[min(fitting, key=growth.__getitem__)] if fitting else groups[-1]
            group.leaves.append(leaf)
            for node in nodes:
                group.splits.setdefault(node, len(group.splits))
        done += groups
    return done


def tabulate(forest: Forest, paths: Sequence[Path], groups: Sequence[Group]) -> Tables:
    """The tables of ``groups``."""
    features = [sorted({int(forest.feature[node]) for node in group.splits}) for group in groups]
    sizes = np.array([1 << len(group.splits) for group in groups], dtype=np.intp)
    first_line = np.cumsum(sizes) - sizes
    feature = np.full((len(groups), max(map(len, features), default=1)), forest.n_features, dtype=np.intp)
    games: dict[tuple[int, int], list[_Leaf]] = defaultdict(list)
    for g, group in enumerate(groups):
        feature[g, : len(features[g])] = features[g]
        column = {name: i for i, name in enumerate(features[g])}
        for leaf in group.leaves:
            game = _Leaf(float(forest.leaf_value[leaf]), int(first_line[g]))
            for node, goes_left in paths[leaf]:
                child = int((forest.left if goes_left else forest.right)[node])
                ratio = forest.cover(child) / forest.cover(node)
                game.pass_split(column[int(forest.feature[node])], ratio, group.splits[node], goes_left=goes_left)
            games[len(group.splits), len(game.columns)].append(game)
    lines = np.zeros((int(sizes.sum()), feature.shape[1]))
    for (splits, players), leaves in games.items():
        for block in _blocks(leaves, (1 << splits) * players):
            _add(lines, block, splits)
    return Tables(lines, first_line, feature)


def _blocks(leaves: list[_Leaf], entries: int) -> Iterator[list[_Leaf]]:
    step = max(1, _BLOCK // entries)
    return (leaves[start : start + step] for start in range(0, len(leaves), step))


def _add(lines: Numbers, leaves: list[_Leaf], splits: int) -> None:
    """Add the values of leaves with equally many players, in groups with equally many splits."""
    ratios, masks, wanted, columns = (
        np.array([getattr(leaf, name) for leaf in leaves]) for name in ("ratios", "masks", "wanted", "columns")
    )
    values = _shapley(ratios) * np.array([leaf.value for leaf in leaves])[:, None, None]
    outcomes = np.arange(1 << splits)
    passes = ((outcomes[:, None] ^ wanted[:, None, :]) & masks[:, None, :]) == 0
    pattern = passes @ (1 << np.arange(masks.shape[1]))
    line = np.array([leaf.first_line for leaf in leaves])[:, None] + outcomes
    entry = line[:, :, None] * lines.shape[1] + columns[:, None, :]
    np.add.at(lines.reshape(-1), entry.ravel(), values[np.arange(len(leaves))[:, None], pattern].ravel())


def _shapley(ratios: Numbers) -> Numbers:
    """φ for a leaf of value 1: cover ratios (L, D) → (L, 2^D, D), by leaf, pattern of passed features, feature."""
    players = ratios.shape[1]
    passed = (np.arange(1 << players)[:, None] >> np.arange(players)) & 1
    z = ratios[:, None, :]
    integral = np.zeros((len(ratios), *passed.shape))
    for point, weight in zip(*np.polynomial.legendre.leggauss((players + 1) // 2), strict=True):
        t = (point + 1) / 2
        factors = t * passed + (1 - t) * z
        integral += weight / 2 * (factors.prod(axis=2, keepdims=True) / factors)
    return (passed - z) * integral
