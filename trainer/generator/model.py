"""The statistical model of the application table: marginals, dependence and risk."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from trainer.generator.copula import nearest_correlation
from trainer.generator.marginals import Marginal, Vector
from trainer.generator.risk import Risk
from trainer.generator.structure import assemble, derive
from trainer.generator.units import UNITS


@dataclass(frozen=True)
class Model:
    """Everything the generator knows of the table.

    ``marginals``: one a unit, in the order of ``UNITS``. ``correlations``: of the units' hidden normals,
    float64 (units, units), as stored: rounded, so not exactly positive definite.
    """

    marginals: Mapping[str, Marginal]
    correlations: Vector
    risk: Risk

    @cached_property
    def factor(self) -> Vector:
        """Lower Cholesky factor of the repaired correlation matrix."""
        return np.asarray(np.linalg.cholesky(nearest_correlation(self.correlations)))

    def hidden(self, rows: int, random: np.random.Generator) -> Vector:
        """Draw the hidden normals, float64 (units, rows)."""
        return np.asarray(self.factor @ random.standard_normal((len(UNITS), rows)))

    def realise(self, hidden: Vector) -> pl.DataFrame:
        """The applications of ``hidden``: a canonical frame without SK_ID_CURR and TARGET."""
        units = {}
        for unit, z in zip(UNITS, hidden, strict=True):
            marginal = self.marginals[unit.name]
            values = marginal.values(z)
            if unit.choice:
                names = np.array(marginal.names, dtype=object)[values.astype(np.intp)]
                units[unit.name] = pl.Series(names, dtype=pl.String)
            else:
                units[unit.name] = pl.Series(values)
        return assemble(pl.DataFrame(units))

    def sample(self, rows: int, random: np.random.Generator) -> pl.DataFrame:
        """Draw ``rows`` applications: a canonical frame without SK_ID_CURR and TARGET."""
        return self.realise(self.hidden(rows, random))

    def probabilities(self, frame: pl.DataFrame) -> Vector:
        """The model's probability of default for each application of a canonical frame."""
        return self.risk.probabilities(unit_scores(derive(frame), self.marginals))


def unit_scores(units: pl.DataFrame, marginals: Mapping[str, Marginal]) -> dict[str, Vector]:
    """Normal scores (n,) a unit of ``derive``'s frame; NaN where null or not among a choice's names."""
    return {name: marginal.scores(_positions(units[name], marginal)) for name, marginal in marginals.items()}


def _positions(values: pl.Series, marginal: Marginal) -> Vector:
    if values.dtype == pl.String:
        positions = {name: float(at) for at, name in enumerate(marginal.names)}
        values = values.replace_strict(positions, default=None, return_dtype=pl.Float64)
    return np.asarray(values.fill_null(float("nan")).to_numpy())
