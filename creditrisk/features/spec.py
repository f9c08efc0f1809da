"""What a feature is: its declaration, and the formulas a declaration may use.

A formula says how a value follows from columns or other features; ``compute`` evaluates all formulas
of one type in one numpy operation. Every formula yields a float64 that becomes a float32 at the end;
NaN is missing, and a result that is not finite is missing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

Statistic = Literal["sum", "mean", "min", "max", "positive", "known"]
Direction = Literal[-1, 0, 1]
"""Whether the default risk may only rise (+1) or only fall (-1) with a value; 0: either."""


class Protected(StrEnum):
    """Attributes whose use in credit decisions law restricts."""

    SEX = "sex"
    AGE = "age"
    FAMILY_STATUS = "family status"


# --- formulas over numbers -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """The application's column, or the aggregate, as recorded: missing where unknown, implausible or a sentinel."""

    of: str


@dataclass(frozen=True, slots=True)
class Scaled:
    """``factor * of``; for units, such as days to years."""

    of: str
    factor: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """``over / under``; missing where ``under`` is 0."""

    over: str
    under: str


@dataclass(frozen=True, slots=True)
class Difference:
    """``left - right``."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Product:
    """``left * right``."""

    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Missing:
    """1 where ``of`` is missing, else 0."""

    of: str


@dataclass(frozen=True, slots=True)
class Sentinel:
    """1 where the column holds one of its sentinels, else 0."""

    of: str


@dataclass(frozen=True, slots=True)
class Over:
    """A statistic over the known values of several columns or features.

    ``sum mean min max``: missing where all are missing.
    ``positive known``: the number of values above 0, or known; never missing.
    """

    statistic: Statistic
    of: tuple[str, ...]


# --- formulas over a category: a table by category -------------------------------------------------


@dataclass(frozen=True, slots=True)
class Code:
    """The category's position in the vocabulary (most frequent first); -1 where it is not in it."""

    of: str


@dataclass(frozen=True, slots=True)
class Rank:
    """The category's position in a stated order; -1 where it is not in it."""

    of: str
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """The share of the category in the training rows; 0 where it was not among them."""

    of: str


@dataclass(frozen=True, slots=True)
class GroupMean:
    """The mean of a numeric column in the category's training rows, shrunk to the mean of all."""

    value: str
    of: str


NumberFormula = Column | Scaled | Ratio | Difference | Product | Missing | Sentinel | Over
CategoryFormula = Code | Rank | Share | GroupMean
Formula = NumberFormula | CategoryFormula
CATEGORY_FORMULAS: Final = (Code, Rank, Share, GroupMean)


@dataclass(frozen=True, slots=True)
class FeatureSpec:
    """One feature, declared once for trainer and services.

    ``valid`` is the closed range a value can take; ``reason`` names the feature's theme in words for a
    person (features of one theme share the text); ``monotone`` is +1 or -1 where the default risk may
    only rise or fall with the value; ``in_model`` says whether it enters the model by default.
    """

    name: str
    meaning: str
    unit: str
    formula: Formula
    reason: str
    valid: tuple[float, float] = (-float("inf"), float("inf"))
    monotone: Direction = 0
    protected: Protected | None = None
    in_model: bool = True

    @property
    def operands(self) -> tuple[str, ...]:
        """Columns, aggregates and features the formula reads."""
        match self.formula:
            case Ratio(a, b) | Difference(a, b) | Product(a, b) | GroupMean(a, b):
                return (a, b)
            case Over(_, of):
                return of
            case formula:
                return (formula.of,)

    @property
    def missing(self) -> str:
        """When the value is missing, in words."""
        match self.formula:
            case Missing() | Sentinel():
                return "never"
            case Over("positive" | "known", _):
                return "never"
            case Over():
                return "where all of its sources are missing"
            case Ratio():
                return "where a source is missing or the divisor is 0"
            case Code() | Rank() | Share() | GroupMean():
                return "where the category is not given"
            case _:
                return "where a source is missing"

    @property
    def categorical(self) -> bool:
        """Whether the value is a category's code, without order."""
        return isinstance(self.formula, Code)
