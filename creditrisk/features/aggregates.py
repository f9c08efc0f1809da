"""What an aggregate is: one number about an applicant, from the rows of one table of history.

Aggregates are declared here and in ``histories``, computed by the trainer for all applicants
(``trainer.histories``) and looked up by the feature service; features are made of them as of the
application's columns. A value is a float32; NaN is missing.

Every number enters as a whole number of a fixed unit (``scale``), so that no sum depends on the order of rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from creditrisk.application import Column, Kind
from creditrisk.features.spec import Difference, Direction, Product, Ratio
from creditrisk.history import TABLES, Table

Reduction = Literal["count", "distinct", "sum", "mean", "min", "max", "slope"]
Operator = Literal["=", "<=", ">=", "in"]

MONEY: Final = 1_000
"""Whole numbers a unit of currency: the source's amounts are multiples of 0.045."""
SHARE: Final = 1_000_000
"""Whole numbers a unit of a share or ratio."""


@dataclass(frozen=True, slots=True)
class Grade:
    """A category as a whole number by ``grades``; missing for others."""

    of: str
    grades: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Recency:
    """1 for the latest row by ``by`` within the rows of equal ``within``, 2 for the one before, and so on.

    Rows of one time stand in the order of their loans' ids, the greater first.
    """

    by: str
    within: str


RowFormula = Difference | Ratio | Product | Grade | Recency


@dataclass(frozen=True, slots=True)
class Condition:
    """``column operator value``; false where the column is missing."""

    column: str
    operator: Operator
    value: float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``statistic`` of the column ``of`` over the rows that meet all conditions of ``where``.

    Missing where the applicant has no row in the table: no history is not the same as zero. Otherwise:

    ``count``: rows; ``distinct``: different values; never missing.
    ``sum``: 0 where no row meets the conditions, missing where some do and all their values are.
    ``mean min max``: missing where no value is known.
    ``slope``: of the least-squares line of ``of`` over MONTHS_BALANCE; missing below two months.
    """

    name: str
    meaning: str
    unit: str
    statistic: Reduction
    reason: str
    of: str = ""
    where: tuple[Condition, ...] = ()
    monotone: Direction = 0


@dataclass(frozen=True, slots=True)
class TableAggregates:
    """The aggregates of one table, and columns derived from a row's recorded ones, or from derived ones before."""

    table: Table
    derived: Mapping[str, RowFormula]
    aggregates: tuple[Aggregate, ...]

    def recorded(self, aggregate: Aggregate) -> tuple[str, ...]:
        """The recorded columns of the table that ``aggregate`` comes from, through any derived between."""
        found = []
        waiting = [condition.column for condition in aggregate.where]
        waiting += [aggregate.of] if aggregate.of else []
        while waiting:
            name = waiting.pop(0)
            if name in self.derived:
                waiting += operands(self.derived[name])
            else:
                found.append(name)
        return tuple(dict.fromkeys(found))


def operands(formula: RowFormula) -> tuple[str, ...]:
    """The columns a derived column is computed from."""
    match formula:
        case Difference(a, b) | Ratio(a, b) | Product(a, b) | Recency(a, b):
            return (a, b)
        case Grade(of, _):
            return (of,)


def scales(declared: TableAggregates) -> dict[str, int]:
    """Whole numbers a unit, of every number among the recorded and derived columns.

    Raises:
        ValueError: a derived column, or one that an aggregate reads, is not there or does not fit.
    """
    recorded = {column.name: column for column in TABLES[declared.table].columns}
    found = {name: _scale(column) for name, column in recorded.items() if column.kind is not Kind.CATEGORY}
    for name, formula in declared.derived.items():
        match formula:
            case Grade(of, _) | Recency(of, _) if of in recorded:
                found[name] = 1
            case Ratio(over, under) if {over, under} <= found.keys():
                found[name] = SHARE
            case Product(left, right) if {left, right} <= found.keys():
                found[name] = found[left] * found[right]
            case Difference(left, right) if found.get(left) == found.get(right) is not None:
                found[name] = found[left]
            case _:
                raise ValueError(f"{declared.table}: {name} cannot be derived by {formula}")
    for aggregate in declared.aggregates:
        read = {condition.column for condition in aggregate.where}
        if unknown := read - found.keys() - recorded.keys():
            raise ValueError(f"{aggregate.name}: {min(unknown)} is no column of {declared.table}")
        if aggregate.statistic != "count" and aggregate.of not in found:
            raise ValueError(f"{aggregate.name}: {aggregate.of or 'nothing'} is no number of {declared.table}")
    return found


def _scale(column: Column) -> int:
    if column.kind is not Kind.NUMBER:
        return 1
    return MONEY if column.unit == "currency" else SHARE
