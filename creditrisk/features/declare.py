"""Short ways to declare the common kinds of feature."""

from typing import Final

from creditrisk.application import BY_NAME
from creditrisk.features.spec import (
    Code,
    Column,
    Direction,
    FeatureSpec,
    GroupMean,
    Missing,
    Over,
    Product,
    Protected,
    Ratio,
    Scaled,
)

YEARS_AGO: Final = -1.0 / 365.25
"""From days relative to the application (negative: before it) to years before it."""
_SHORT: Final = {
    "EXT_SOURCE_1": "external score 1",
    "EXT_SOURCE_2": "external score 2",
    "EXT_SOURCE_3": "external score 3",
    "EXT_SOURCE_MEAN": "mean external score",
    "AMT_INCOME_TOTAL": "income",
    "AMT_REQ_CREDIT_BUREAU_YEAR": "number of enquiries in the year before",
    "OCCUPATION_TYPE": "occupation",
    "ORGANIZATION_TYPE": "kind of employer",
    "OWN_CAR_AGE": "age of the car",
}


def called(name: str) -> str:
    """A column or feature in the few words that others' meanings call it by."""
    return _SHORT[name]


def columns(reason: str, *names: str, monotone: Direction = 0) -> tuple[FeatureSpec, ...]:
    """The columns ``names`` as they are."""
    recorded = (BY_NAME[name] for name in names)
    return tuple(
        FeatureSpec(c.name, c.meaning, c.unit, Column(c.name), reason, c.plausible, monotone) for c in recorded
    )


def code(name: str, reason: str, protected: Protected | None = None, *, in_model: bool = True) -> FeatureSpec:
    """The category ``name`` as a code."""
    meaning = f"{BY_NAME[name].meaning}, as a code"
    return FeatureSpec(name, meaning, "code", Code(name), reason, (-1.0, 1000.0), 0, protected, in_model)


def years(name: str, meaning: str, of: str, reason: str, monotone: Direction = 0) -> FeatureSpec:
    """Years from the date ``of`` to the application."""
    return FeatureSpec(name, meaning, "years", Scaled(of, YEARS_AGO), reason, (0.0, 120.0), monotone)


def ratio(name: str, meaning: str, over: str, under: str, reason: str, monotone: Direction = 0) -> FeatureSpec:
    """``over`` against ``under``."""
    return FeatureSpec(name, meaning, "ratio", Ratio(over, under), reason, monotone=monotone)


def product(name: str, meaning: str, left: str, right: str, reason: str, monotone: Direction = 0) -> FeatureSpec:
    """``left`` times ``right``."""
    return FeatureSpec(name, meaning, "product", Product(left, right), reason, monotone=monotone)


def missing(name: str, of: str, reason: str) -> FeatureSpec:
    """Whether ``of`` is not known."""
    return FeatureSpec(name, f"{called(of)} is not known", "yes/no", Missing(of), reason, (0.0, 1.0))


def count(name: str, meaning: str, of: tuple[str, ...], reason: str, monotone: Direction = 0) -> FeatureSpec:
    """How many of ``of`` are above 0."""
    return FeatureSpec(name, meaning, "count", Over("positive", of), reason, (0.0, float(len(of))), monotone)


def group_mean(name: str, value: str, of: str, reason: str) -> FeatureSpec:
    """The mean of ``value`` among training applicants of the same category ``of``."""
    meaning = f"mean of {called(value)} among training applicants of the same {called(of)}"
    return FeatureSpec(name, meaning, BY_NAME[value].unit, GroupMean(value, of), reason)
