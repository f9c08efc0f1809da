"""Estimate a ``RowModel``: marginals by cell, then dependence through normal scores.

Units are step-like functions of hidden normals, so products of their scores understate those of the normals;
dividing by each unit's own loading E[h(Z) Z] corrects this to the first order, enough for weak dependence.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from creditrisk.errors import InvalidData
from trainer.generator.histories.people import COVARIATES, OUTCOME
from trainer.generator.histories.rows import EVERYWHERE, Codes, RowModel, RowUnit, banded, cells, encoded
from trainer.generator.marginals import (
    FEWEST,
    Marginal,
    Vector,
    choice_marginal,
    normal_quantiles,
    number_marginal,
)

SMALLEST_CELL: Final = 40
"""Rows below which a cell has no marginal of its own."""
SPACING: Final = 0.04
"""Share of a cell's rows between knots."""
SHRINKAGE: Final = 100.0
"""Weight of the overall default rate in a name's rate, in rows."""
RIDGE: Final = 50.0
"""Weight, in rows, of no effect of a covariate."""
LEAST_SPREAD: Final = 0.03
"""Least standard deviation of the outcome's effects on units."""
STRENGTH: Final = 1.3
"""What shrinking takes from the outcome's effects on the whole, given back."""
ENOUGH: Final = 200
"""Rows, or pairs of rows, below which nothing depends on anything."""
MOST_ALIKE: Final = 0.97
"""Largest share of a unit's variance that lies between applicants."""
_OUTCOME: Final = COVARIATES.index(OUTCOME)
LEAST: Final = 0.02
"""Smallest share of a unit's variance that is left within applicants."""


def fit_rows(
    units: Sequence[RowUnit], frame: pl.DataFrame, owners: Codes, labelled: NDArray[np.bool_], covariates: Vector
) -> RowModel:
    """The model of ``frame``: a column a unit or fact, null where it does not apply, a row each.

    ``owners``: positions of the rows' applicants, of whom ``labelled`` (n,) tells which outcomes are known and
    ``covariates`` (n, COVARIATES and any more) what rows may depend on.

    Raises:
        InvalidData: a unit is known of too few applicants.
    """
    outcome = covariates[:, _OUTCOME]
    facts = {name for unit in units for name in unit.given} - {unit.name for unit in units}
    names, codes = {}, {}
    for name in [*facts, *(unit.name for unit in units if not unit.step)]:
        names[name] = _names(frame[name], owners, outcome)
        codes[name] = encoded(frame[name], names[name])
    for unit in units:
        if unit.cuts:
            codes[unit.name] = banded(frame[unit.name].cast(pl.Float64).fill_null(0.0).to_numpy(), unit.cuts)
    marginals, scores, loadings = {}, [], []
    for unit in units:
        values = (
            frame[unit.name].cast(pl.Float64).fill_null(np.nan).to_numpy()
            if unit.step
            else np.where(codes[unit.name] < 0, np.nan, codes[unit.name])
        )
        found, score, loading = _unit(unit, values, owners, codes, names)
        marginals[unit.name] = found
        scores.append(score)
        loadings.append(loading)
    dependence = _dependence(np.column_stack(scores), np.array(loadings), owners, labelled, covariates)
    return RowModel(tuple(units), names, marginals, *dependence)


def _names(values: pl.Series, owners: Codes, outcome: Vector) -> tuple[str, ...]:
    """Names of enough applicants, by the rate of default, so that one dimension can carry what they say of it."""
    rows = pl.DataFrame({"name": values, "owner": owners, "outcome": outcome[owners]}).drop_nulls("name")
    rate = pl.col("outcome").sum() / (pl.len() + SHRINKAGE)
    groups = rows.group_by("name").agg(holders=pl.col("owner").n_unique(), rate=rate)
    return tuple(groups.filter(pl.col("holders") >= FEWEST).sort("rate", "name")["name"])


def _unit(
    unit: RowUnit, values: Vector, owners: Codes, codes: dict[str, Codes], names: dict[str, tuple[str, ...]]
) -> tuple[dict[str, Marginal], Vector, float]:
    """Marginals by cell, scores of the rows, and the unit's loading."""
    known = np.flatnonzero(~np.isnan(values))
    if len(np.unique(owners[known])) < 2 * FEWEST:
        raise InvalidData(f"{unit.name} is known of fewer than {2 * FEWEST} applicants; fit on more of them")
    whole = _marginal(unit, values[known], owners[known], names)
    marginals = {EVERYWHERE: whole}
    scores = np.full(len(values), np.nan)
    loading = 0.0
    for cell, rows in cells(unit, codes, names):
        inside = known if isinstance(rows, slice) else rows[~np.isnan(values[rows])]
        if cell == EVERYWHERE or len(inside) < SMALLEST_CELL or len(np.unique(owners[inside])) < 2 * FEWEST:
            marginal = whole
        else:
            marginal = marginals[cell] = _marginal(unit, values[inside], owners[inside], names)
        scores[inside] = marginal.scores(_positions(marginal, values[inside], names.get(unit.name)))
        loading += _loading(marginal) * len(inside)
    return marginals, scores, loading / len(known)


def _marginal(unit: RowUnit, values: Vector, owners: Codes, names: dict[str, tuple[str, ...]]) -> Marginal:
    if unit.step:
        return number_marginal(values, unit.step, owners, SPACING)
    pairs = pl.DataFrame({"code": values.astype(int), "owner": owners})
    groups = pairs.group_by("code").agg(pl.len(), holders=pl.col("owner").n_unique())
    groups = groups.filter(pl.col("holders") >= FEWEST).sort("code")
    named = tuple(names[unit.name][code] for code in groups["code"])
    return choice_marginal(named, groups["len"].to_numpy().astype(np.float64))


def _positions(marginal: Marginal, values: Vector, names: tuple[str, ...] | None) -> Vector:
    if names is None or not marginal.names:
        return values
    places = np.full(len(names), np.nan)
    for at, name in enumerate(marginal.names):
        places[names.index(name)] = at
    return np.asarray(places[values.astype(int)])


def _loading(marginal: Marginal) -> float:
    z = normal_quantiles((np.arange(400) + 0.5) / 400)
    return float((marginal.scores(marginal.values(z)) * z).mean())


def _dependence(
    scores: Vector, loadings: Vector, owners: Codes, labelled: NDArray[np.bool_], covariates: Vector
) -> tuple[Vector, Vector, Vector, Vector]:
    """Effects, shifts, and the covariances between and within applicants."""
    covariates, labelled = covariates[owners], labelled[owners]
    effects, errors = np.zeros((scores.shape[1], covariates.shape[1])), np.full(scores.shape[1], np.inf)
    for unit, score in enumerate(scores.T):
        rows = np.flatnonzero(labelled & ~np.isnan(score))
        if loadings[unit] > 1e-3 and len(rows) >= ENOUGH:
            found, error = _effects(covariates[rows], score[rows], owners[rows])
            effects[unit], errors[unit] = found / loadings[unit], error / loadings[unit]
    # Few default, so what the outcome does is uncertain: the less certain, the nearer to nothing.
    found = np.isfinite(errors)
    own = effects[found, _OUTCOME]
    spread = max(float(np.median(own**2 - errors[found] ** 2)), LEAST_SPREAD**2)
    effects[found, _OUTCOME] = STRENGTH * own * spread / (spread + errors[found] ** 2)
    known = (~np.isnan(scores)).astype(np.float64)
    # Generated applicants, test ones too, are like the train applicants.
    centres = known[labelled].T @ covariates[labelled] / np.maximum(known[labelled].sum(axis=0), 1.0)[:, None]
    explained = np.einsum("ui,ij,uj->u", effects, np.cov(covariates.T), effects)
    effects = np.round(effects * np.sqrt(np.minimum(1.0, 0.5 / np.maximum(explained, 1e-9)))[:, None], 3)
    shifts = np.round(-(effects * centres).sum(axis=1, keepdims=True), 3)
    rest = np.nan_to_num(scores - (covariates @ effects.T + shifts.T) * loadings)
    scale = np.outer(loadings, loadings)
    total = _ratio(rest.T @ rest, known.T @ known, scale)
    between = _ratio(*_pairs(rest, known, owners), scale)
    left = 1.0 - np.minimum(explained, 0.5)
    alike = np.clip(np.diag(between), 0.0, MOST_ALIKE * left)
    within = total - between
    np.fill_diagonal(between, alike)
    np.fill_diagonal(within, np.maximum(left - alike, LEAST))
    return effects, shifts, _definite(between), _definite(within)


def _effects(covariates: Vector, score: Vector, owners: Codes) -> tuple[Vector, float]:
    """Least squares with a little shrinkage, and the standard error of the outcome's effect."""
    covariates, score = covariates - covariates.mean(axis=0), score - score.mean()
    gram = covariates.T @ covariates
    found = np.linalg.solve(gram + RIDGE * np.eye(len(gram)), covariates.T @ score)
    others = np.delete(covariates, _OUTCOME, axis=1)
    own = covariates[:, _OUTCOME] - others @ np.linalg.lstsq(others, covariates[:, _OUTCOME], rcond=None)[0]
    rest = score - covariates @ found
    # Rows of one applicant are no independent witnesses: their errors count together.
    error = np.sqrt((np.bincount(owners, own * rest) ** 2).sum()) / (own**2).sum()
    return np.asarray(found), float(error)


def _pairs(rest: Vector, known: Vector, owners: Codes) -> tuple[Vector, Vector]:
    """Sums of products over pairs of different rows of one applicant, and their numbers; applicants weigh alike."""
    order = np.argsort(owners, kind="stable")
    starts = np.flatnonzero(np.diff(owners[order], prepend=-1))
    rows = np.diff(np.append(starts, len(order)))
    weight = np.sqrt(1.0 / np.maximum(rows - 1, 1))
    each = np.repeat(weight, rows)[:, None]
    sums = np.add.reduceat(rest[order], starts) * weight[:, None]
    counts = np.add.reduceat(known[order], starts) * weight[:, None]
    own, seen = rest[order] * each, known[order] * each
    return sums.T @ sums - own.T @ own, counts.T @ counts - seen.T @ seen


def _ratio(sums: Vector, counts: Vector, scale: Vector) -> Vector:
    usable = (counts >= ENOUGH) & (scale > 1e-6)
    return np.where(usable, sums / np.where(usable, counts * scale, 1.0), 0.0)


def _definite(matrix: Vector) -> Vector:
    """The positive definite matrix of the same diagonal near ``matrix``, rounded as it is stored."""
    diagonal = np.maximum(np.diag(matrix), 1e-3)
    scale = np.sqrt(np.outer(diagonal, diagonal))
    correlations = np.clip(matrix / scale, -0.98, 0.98)
    np.fill_diagonal(correlations, 1.0)
    values, vectors = np.linalg.eigh(correlations)
    repaired = (vectors * np.maximum(values, 0.02)) @ vectors.T
    spread = np.sqrt(np.diag(repaired))
    return np.asarray(np.round(repaired / np.outer(spread, spread) * scale, 4))
