"""Rows that probe an export where it can break; what the certificate compares on.

All matrices are float32 (n, F), finite or NaN. ``of_forest`` and ``of_columns`` give the probes of a model one
after another, named, from ``rows`` that are real or lifelike; "ordinary" ones are added up to ``count``.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidData
from creditrisk.model.trees import ZERO, Forest, Path, check_features

Matrix = NDArray[np.float32]

_MISSING_SHARE: Final = 0.05
_LEAST: Final = np.float32(-np.inf)
_MOST: Final = np.finfo(np.float32).max
_ZERO: Final = np.float32(ZERO)
_UP: Final = np.float32(np.inf)


def of_forest(forest: Forest, rows: Matrix, count: int, rng: np.random.Generator) -> Iterator[tuple[str, Matrix]]:
    """The probes of a model of trees.

    Raises ``InvalidData`` without rows, ``InvalidArgument`` for rows of another type or width or with infinities.
    """
    _check(rows, forest.n_features)
    yield "ordinary", ordinary(rows, count, rng)
    yield "thresholds", thresholds(forest, rows, rng)
    yield "missing", np.concatenate([missing(rows, rng), missing_at_splits(forest, rows, rng)])
    yield from _of_values(rows, rng)


def of_columns(
    edges: tuple[NDArray[np.intp], NDArray[np.float64]], rows: Matrix, count: int, rng: np.random.Generator
) -> Iterator[tuple[str, Matrix]]:
    """The probes of a model that transforms each column by itself.

    ``edges``: features (k,) and the values (k,) at which their transformation changes. Raises as ``of_forest``.
    """
    _check(rows, rows.shape[1])
    yield "ordinary", ordinary(rows, count, rng)
    yield "bounds", bounds(*edges, rows, rng)
    yield "missing", missing(rows, rng)
    yield from _of_values(rows, rng)


def _of_values(rows: Matrix, rng: np.random.Generator) -> Iterator[tuple[str, Matrix]]:
    yield "categories", categories(rows, rng)
    yield "zeros", zeros(rows, rng)
    yield "extremes", extremes(rows, rng)


def _check(rows: Matrix, n_features: int) -> None:
    check_features(rows, n_features)
    if not len(rows):
        raise InvalidData("a certificate needs rows to start from")


def ordinary(rows: Matrix, count: int, rng: np.random.Generator) -> Matrix:
    """``rows``, and up to ``count`` more: every column drawn from its own values, some made missing."""
    more = count - len(rows)
    if more <= 0:
        return rows
    drawn = np.empty((more, rows.shape[1]), dtype=np.float32)
    for column in range(rows.shape[1]):
        drawn[:, column] = rng.choice(rows[:, column], more)
    drawn[rng.random(drawn.shape, dtype=np.float32) < _MISSING_SHARE] = np.nan
    return np.concatenate([rows, drawn])


def thresholds(forest: Forest, rows: Matrix, rng: np.random.Generator) -> Matrix:
    """Three rows for every split, made to arrive there.

    They hold the two float32 values on either side of the threshold, the last that goes left and the first
    that goes right, and the one before. One of them is the threshold rounded to float32.
    """
    at = forest.threshold32
    with np.errstate(over="ignore"):
        values = (np.nextafter(at, _LEAST), at, np.nextafter(at, _UP))
    arriving = _arriving(forest, rows, rng)
    found = np.repeat(arriving, len(values), axis=0)
    for i, value in enumerate(values):
        found[np.arange(len(at)) * len(values) + i, forest.feature] = np.clip(value, -_MOST, _MOST)
    return found


def missing(rows: Matrix, rng: np.random.Generator) -> Matrix:
    """All features missing, and each one missing."""
    nowhere = np.full((1, rows.shape[1]), np.nan, dtype=np.float32)
    singly = rng.choice(rows, rows.shape[1])
    np.fill_diagonal(singly, np.nan)
    return np.concatenate([nowhere, singly])


def missing_at_splits(forest: Forest, rows: Matrix, rng: np.random.Generator) -> Matrix:
    """For every split a row that arrives there with its feature missing."""
    arriving = _arriving(forest, rows, rng)
    arriving[np.arange(len(arriving)), forest.feature] = np.nan
    return arriving


def bounds(features: NDArray[np.intp], values: NDArray[np.float64], rows: Matrix, rng: np.random.Generator) -> Matrix:
    """Three rows for each of ``values`` (k,) of ``features`` (k,): the nearest float32 and its neighbours."""
    at = values.astype(np.float32)
    around = np.stack([np.nextafter(at, _LEAST), at, np.nextafter(at, _UP)], axis=1)
    found: Matrix = rng.choice(rows, around.size)
    found[np.arange(around.size), np.repeat(features, 3)] = np.clip(around, -_MOST, _MOST).ravel()
    return found


def categories(rows: Matrix, rng: np.random.Generator) -> Matrix:
    """In every column the codes of categories never seen: -1, and one and a thousand past the largest."""
    largest = np.floor(np.fmax.reduce(rows, axis=0, initial=0).astype(np.float64))
    unseen = np.stack([np.full_like(largest, -1.0), largest + 1, largest + 1000])
    return _in_turn(rows, np.minimum(unseen, _MOST).astype(np.float32), rng)


def zeros(rows: Matrix, rng: np.random.Generator) -> Matrix:
    """In every column, and in all at once: zeros, denormals, and LightGBM's bound of zero with its neighbours."""
    tiny = np.array(
        [
            0.0,
            np.finfo(np.float32).smallest_subnormal,
            np.nextafter(np.finfo(np.float32).smallest_normal, np.float32(0)),
            np.finfo(np.float32).smallest_normal,
            np.nextafter(_ZERO, np.float32(0)),
            _ZERO,
            np.nextafter(_ZERO, _UP),
        ],
        dtype=np.float32,
    )
    return _everywhere(rows, np.concatenate([tiny, -tiny]), rng)


def extremes(rows: Matrix, rng: np.random.Generator) -> Matrix:
    """In every column, and in all at once: the largest finite values of either sign."""
    return _everywhere(rows, np.array([_MOST, -_MOST], dtype=np.float32), rng)


def _everywhere(rows: Matrix, values: NDArray[np.float32], rng: np.random.Generator) -> Matrix:
    columns = rows.shape[1]
    in_turn = _in_turn(rows, np.repeat(values[:, None], columns, axis=1), rng)
    return np.concatenate([in_turn, np.repeat(values[:, None], columns, axis=1)])


def _in_turn(rows: Matrix, values: Matrix, rng: np.random.Generator) -> Matrix:
    """Drawn rows with one column replaced: by each of ``values`` (k, F), in each column; (k·F, F)."""
    count, columns = values.shape
    found: Matrix = rng.choice(rows, count * columns)
    found[np.arange(count * columns), np.tile(np.arange(columns), count)] = values.ravel()
    return found


def _arriving(forest: Forest, rows: Matrix, rng: np.random.Generator) -> Matrix:
    """A row for every node, drawn and changed on the node's path so that it gets there, if any row can."""
    to_node, _ = forest.paths()
    found: Matrix = rng.choice(rows, len(to_node))
    at, features = forest.threshold32, forest.feature.tolist()
    for row, path in zip(found, to_node, strict=True):
        for feature in {features[node] for node, _ in path}:
            row[feature] = _passing(forest, at, tuple(s for s in path if features[s[0]] == feature), row[feature])
    return found


def _passing(forest: Forest, at: NDArray[np.float32], splits: Path, value: np.float32) -> np.float32:
    """``value`` if it passes all ``splits`` (of one feature), else one that does; NaN if no number can."""
    low = max((at[node] for node, goes_left in splits if not goes_left), default=_LEAST)
    high = min((at[node] for node, goes_left in splits if goes_left), default=_MOST)
    missing_passes = all(forest.missing_left[node] == goes_left for node, goes_left in splits)
    if low < value <= high or (np.isnan(value) and missing_passes):
        return value
    if low >= high:
        return np.float32(np.nan)
    return np.float32(high if high < _MOST else np.nextafter(low, _UP))
