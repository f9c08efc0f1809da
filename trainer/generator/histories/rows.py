"""The statistical model of a table with several rows an applicant: marginals within cells, dependence on two levels.

A row's units are functions of hidden normals z = effects · (covariates − centres) + a + e, with one a ~ N(0, between)
an applicant and one e ~ N(0, within) a row: rows of one applicant are alike, and like the applicant. A unit's
marginal depends on the cell: the values of the units it is given, drawn before it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trainer.generator.marginals import Marginal, Vector

Codes = NDArray[np.intp]
EVERYWHERE: Final = ""
"""The cell of all rows; it stands in for a cell too small to have a marginal of its own."""


ROUNDING: Final = 1e-3
"""Added to variances, so that matrices that were rounded have a Cholesky factor."""


@dataclass(frozen=True, slots=True)
class RowUnit:
    """One dimension of a row. A number is rounded to ``step``; a choice (``step`` 0) is one of a set of names.

    ``given``: the units whose values make the cell; one not among the model's is a fact known beforehand.
    ``cuts``: where a number is cut into bands for the units that are given it.
    """

    name: str
    step: float = 0.0
    given: tuple[str, ...] = ()
    cuts: tuple[float, ...] = ()


@dataclass(frozen=True)
class RowModel:
    """Everything known of a table's rows.

    ``names``: of choices and facts, in the order of their codes. ``marginals``: by unit and cell. ``effects``:
    float64 (units, covariates); ``shifts``: −effects · centres, (units, 1); ``between`` and ``within``: float64
    (units, units), positive definite but for rounding.
    """

    units: tuple[RowUnit, ...]
    names: Mapping[str, tuple[str, ...]]
    marginals: Mapping[str, Mapping[str, Marginal]]
    effects: Vector
    shifts: Vector
    between: Vector
    within: Vector

    @cached_property
    def _factors(self) -> tuple[Vector, Vector]:
        nudge = ROUNDING * np.eye(len(self.units))
        return np.asarray(np.linalg.cholesky(self.between + nudge)), np.asarray(np.linalg.cholesky(self.within + nudge))

    @cached_property
    def _positions(self) -> dict[tuple[str, str], Codes]:
        """Codes of the names of each cell's choice."""
        return {
            (unit, cell): np.array([self.names[unit].index(name) for name in marginal.names], dtype=np.intp)
            for unit, cells in self.marginals.items()
            for cell, marginal in cells.items()
            if marginal.names
        }

    def sample(
        self, covariates: Vector, owners: Codes, random: np.random.Generator, facts: Mapping[str, pl.Series]
    ) -> pl.DataFrame:
        """Draw a row for every entry of ``owners``: Float64 numbers and String choices, none missing.

        ``covariates``: of the applicants, (n, covariates); ``owners``: their positions; ``facts``: the names of
        facts, a row each, and of choices, where one is known and not to be drawn. A unit that does not apply to
        its row has a value all the same.
        """
        applicants, units = len(covariates), len(self.units)
        between, within = self._factors
        level = covariates @ self.effects.T + self.shifts.T + random.standard_normal((applicants, units)) @ between.T
        hidden = (level[owners] + random.standard_normal((len(owners), units)) @ within.T).T
        codes = {name: encoded(values, self.names[name]) for name, values in facts.items()}
        columns = {}
        for unit, z in zip(self.units, hidden, strict=True):
            known = codes.pop(unit.name, None)
            values = np.empty(len(owners))
            marginals = self.marginals[unit.name]
            for cell, rows in cells(unit, codes, self.names):
                at = cell if cell in marginals else EVERYWHERE
                drawn = marginals[at].values(z[rows])
                values[rows] = drawn if unit.step else self._positions[unit.name, at][drawn.astype(np.intp)]
            if known is not None:
                values = np.where(known < 0, values, known)
            if unit.step:
                columns[unit.name] = pl.Series(values)
                if unit.cuts:
                    codes[unit.name] = banded(values, unit.cuts)
            else:
                codes[unit.name] = values.astype(np.intp)
                columns[unit.name] = pl.Series(self.names[unit.name], dtype=pl.String).gather(codes[unit.name])
        return pl.DataFrame(columns)


def encoded(values: pl.Series, names: Sequence[str]) -> Codes:
    """Positions of ``values`` in ``names``; -1 for null and any other."""
    positions = {name: at for at, name in enumerate(names)}
    return values.replace_strict(positions, default=-1, return_dtype=pl.Int64).fill_null(-1).to_numpy()


def banded(values: Vector, cuts: Sequence[float]) -> Codes:
    """Bands of ``values``: how many cuts lie at or below each."""
    return np.searchsorted(np.array(cuts), values, side="right")


def cells(
    unit: RowUnit, codes: Mapping[str, Codes], names: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, NDArray[np.intp] | slice]]:
    """The cells of ``unit`` and their rows, from the ``codes`` of the units it is given; -1 is not known."""
    if not unit.given:
        yield EVERYWHERE, slice(None)
        return
    joint = np.zeros(len(codes[unit.given[0]]), dtype=np.intp)
    for name in unit.given:
        joint = joint * _RADIX + codes[name] + 1
    order = np.argsort(joint, kind="stable")
    ends = np.flatnonzero(np.diff(joint[order])) + 1
    for rows in np.split(order, ends) if len(order) else ():
        here = [(name, int(codes[name][rows[0]])) for name in unit.given]
        known = all(code >= 0 for _, code in here)
        labels = [names[name][code] if name in names else str(code) for name, code in here]
        yield "|".join(labels) if known else EVERYWHERE, rows


_RADIX: Final = 64
"""More than any unit has names or bands."""
