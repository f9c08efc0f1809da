"""Short ways to declare aggregates of one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from creditrisk.application import Kind
from creditrisk.features.aggregates import Aggregate, Condition, Grade, Recency, Reduction, RowFormula
from creditrisk.features.spec import Difference, Direction, Product, Ratio
from creditrisk.history import TABLES, Table

_UNITS: Final = {Ratio: "ratio", Grade: "grade", Recency: "rank"}


def equal(column: str, value: str | float) -> Condition:
    """``column`` is ``value``."""
    return Condition(column, "=", value)


def one_of(column: str, *values: str) -> Condition:
    """``column`` is one of ``values``."""
    return Condition(column, "in", values)


def at_least(column: str, value: float) -> Condition:
    """``column >= value``."""
    return Condition(column, ">=", value)


def at_most(column: str, value: float) -> Condition:
    """``column <= value``."""
    return Condition(column, "<=", value)


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table in words, for meanings: which, and under which prefix their aggregates are named."""

    prefix: str
    words: str
    where: tuple[Condition, ...] = ()

    def also(self, suffix: str, words: str, *where: Condition) -> "Rows":
        """The rows among these that meet ``where`` too."""
        return Rows(f"{self.prefix}_{suffix}", f"{self.words} {words}", (*self.where, *where))


@dataclass(frozen=True, slots=True)
class Declare:
    """Declares aggregates of ``table`` with its ``derived`` columns."""

    table: Table
    derived: Mapping[str, RowFormula]

    def count(self, rows: Rows, reason: str, monotone: Direction = 0) -> Aggregate:
        """How many ``rows`` there are; named by their prefix alone."""
        meaning = f"number of {rows.words}"
        return Aggregate(rows.prefix, meaning, "count", "count", reason, where=rows.where, monotone=monotone)

    def distinct(self, rows: Rows, of: str, name: str, reason: str) -> Aggregate:
        """How many different values ``of`` takes among ``rows``."""
        return Aggregate(
            f"{rows.prefix}_{name}", f"different {of} among {rows.words}", "count", "distinct", reason, of, rows.where
        )

    def each(
        self,
        rows: Rows,
        statistics: Sequence[Reduction],
        of: str,
        name: str,
        words: str,
        reason: str,
        monotone: Direction = 0,
    ) -> tuple[Aggregate, ...]:
        """Each of ``statistics`` of the column ``of`` (``words``) over ``rows``."""
        return tuple(
            Aggregate(
                f"{rows.prefix}_{name}_{statistic.upper()}",
                f"{statistic} of {words}, {rows.words}",
                f"{self._unit(of)} a month" if statistic == "slope" else self._unit(of),
                statistic,
                reason,
                of,
                rows.where,
                monotone,
            )
            for statistic in statistics
        )

    def _unit(self, name: str) -> str:
        match self.derived.get(name):
            case None:
                (column,) = (column for column in TABLES[self.table].columns if column.name == name)
                return "yes/no" if column.kind is Kind.FLAG else column.unit
            case Difference(left, _) | Product(left, _):
                return self._unit(left)
            case formula:
                return _UNITS[type(formula)]
