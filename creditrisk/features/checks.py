"""What was wrong with an application: rules broken, and values scored as missing."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from creditrisk.application import CATEGORICAL, NUMERIC, ApplicationBatch, Column
from creditrisk.errors import Violation
from creditrisk.features.compute import MISSING_CODE, UNSEEN_CODE, Features


@dataclass(frozen=True, slots=True)
class Finding:
    """One application's ``violations`` (it must not be scored) and ``warnings`` (scored as missing)."""

    violations: tuple[Violation, ...]
    warnings: tuple[Violation, ...]


NOTHING: Final = Finding((), ())
_REQUIRED: Final = np.array([row for row, column in enumerate(CATEGORICAL) if column.required])


def check(batch: ApplicationBatch, features: Features) -> list[Finding]:
    """One finding an application, in order. A clean batch costs two reductions."""
    found, codes = features.cleaned, features.codes
    doubtful = (codes == UNSEEN_CODE).any(axis=0) | (codes[_REQUIRED] == MISSING_CODE).any(axis=0)
    if not found.sound:
        doubtful |= (found.invalid | found.implausible).any(axis=0)
    return [_finding(batch, features, row) if doubt else NOTHING for row, doubt in enumerate(doubtful.tolist())]


def _finding(batch: ApplicationBatch, features: Features, row: int) -> Finding:
    found = features.cleaned
    violations, warnings = [], []
    for at in np.flatnonzero(found.invalid[:, row]).tolist():
        violations.append(Violation(NUMERIC[at].field, _broken(NUMERIC[at], float(batch.numbers[at, row]))))
    for at in np.flatnonzero(found.implausible[:, row]).tolist():
        low, high = NUMERIC[at].plausible
        rule = f"{batch.numbers[at, row]:g} is implausible (expected {low:g} to {high:g}); scored as missing"
        warnings.append(Violation(NUMERIC[at].field, rule))
    for at, column in enumerate(CATEGORICAL):
        value = batch.categories[at][row]
        if value is None and column.required:
            violations.append(Violation(column.field, "is required"))
        elif features.codes[at, row] == UNSEEN_CODE:
            # The text is the client's: shortened, so that an answer cannot carry a page of it back.
            rule = f"{str(value)[:40]!r} is not a category the model knows; scored as unseen"
            warnings.append(Violation(column.field, rule))
    return Finding(tuple(violations), tuple(warnings))


def _broken(column: Column, value: float) -> str:
    if np.isnan(value):
        return "is required"
    low, high = column.valid
    if column.name == "DAYS_BIRTH":
        years = -value / 365.25
        return f"{value:g} days makes an age of {years:.1f} years; must be {low:g} to {high:g} days (18 to 100 years)"
    rule = f"{value:g} {column.unit} is outside {low:g} to {high:g}"
    if column.sentinels:
        rule += f" (or {', '.join(f'{s:g}' for s in column.sentinels)}: not applicable)"
    return rule
