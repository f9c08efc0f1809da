"""The catalogue: every declared feature, in the order models take them."""

from collections.abc import Sequence
from typing import Final

from creditrisk.application import BY_NAME, CATEGORICAL
from creditrisk.features.application import APPLICATION_FEATURES
from creditrisk.features.history import AGGREGATES, HISTORIES
from creditrisk.features.record import HISTORY_FEATURES
from creditrisk.features.spec import CATEGORY_FORMULAS, Column, FeatureSpec, GroupMean, Missing, Sentinel

RECORDED: Final = frozenset((*BY_NAME, *(one.name for one in AGGREGATES)))
"""What features start from: columns of the application and aggregates of the history."""


def check_catalogue(catalogue: Sequence[FeatureSpec]) -> None:
    """Hold declarations to their rules: unique names, operands declared before use, formulas that fit.

    Raises:
        ValueError: naming the feature that breaks a rule.
    """
    declared: set[str] = set()
    categories = {column.name for column in CATEGORICAL}
    for spec in catalogue:
        if spec.name in declared:
            raise ValueError(f"{spec.name} is declared twice")
        of_category = spec.operands[-1] in categories
        if isinstance(spec.formula, Missing) and of_category and spec.operands[-1] in declared:
            of_category = False  # it reads the category's code, a number
        if isinstance(spec.formula, CATEGORY_FORMULAS) != of_category:
            raise ValueError(f"{spec.name}: {type(spec.formula).__name__} does not fit {spec.operands[-1]}")
        if isinstance(spec.formula, Column) and spec.formula.of != spec.name:
            raise ValueError(f"{spec.name}: a column keeps its name")
        for name in spec.operands:
            if name not in RECORDED and name not in declared:
                raise ValueError(f"{spec.name}: {name} is neither recorded nor a feature declared before")
            if isinstance(spec.formula, (Sentinel, GroupMean)) and name not in BY_NAME:
                raise ValueError(f"{spec.name}: {name} must be a column of the application")
        declared.add(spec.name)


CATALOGUE: Final[tuple[FeatureSpec, ...]] = (*APPLICATION_FEATURES, *HISTORY_FEATURES)
check_catalogue(CATALOGUE)

DEFAULT_FEATURES: Final = tuple(spec.name for spec in CATALOGUE if spec.in_model)
"""What a model takes unless the trainer is told otherwise: sex is out, age and family status are in."""

_BY_NAME: Final = {spec.name: spec for spec in CATALOGUE}
_TABLE_COLUMNS: Final = {
    one.name: tuple(f"{of.table}.{name}" for name in of.recorded(one)) or (of.table.value,)
    for of in HISTORIES
    for one in of.aggregates
}


def sources(spec: FeatureSpec) -> tuple[str, ...]:
    """The recorded columns a feature comes from, through any features between.

    The application's stand by their names, in column order; a history's after them, as ``table.column``, or
    the table alone where its rows are counted.
    """
    found: set[str] = set()
    waiting = [spec]
    while waiting:
        for name in waiting.pop().operands:
            # A feature may carry its column's own name: then the column is meant.
            if name in RECORDED:
                found.add(name)
            else:
                waiting.append(_BY_NAME[name])
    application = [name for name in BY_NAME if name in found]
    history = [column for one in AGGREGATES if one.name in found for column in _TABLE_COLUMNS[one.name]]
    return (*application, *dict.fromkeys(history))
