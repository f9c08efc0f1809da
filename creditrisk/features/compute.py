"""One computation of features, for one application or a million.

A schema is compiled into a plan of steps, each of which evaluates formulas of one type together
(``operations``), on rows of one table, after the features they read.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.application import CATEGORICAL, NUMERIC, ApplicationBatch
from creditrisk.features.cleaning import SENTINEL_COLUMNS, Cleaned, clean
from creditrisk.features.history import AGGREGATES
from creditrisk.features.operations import OPERATIONS, Evaluate, Table
from creditrisk.features.schema import FeatureSchema, closure
from creditrisk.features.spec import (
    CATEGORY_FORMULAS,
    Code,
    Column,
    FeatureSpec,
    GroupMean,
    Rank,
    Sentinel,
    Share,
)

Indices = NDArray[np.intp]

CHUNK: Final = 8_192
"""Applications computed at a time; bounds the working table to about 50 MB."""
ABSENT: Final = 0
"""Slot of the table that is always missing; pads operand lists of unequal length."""
MISSING_CODE: Final = -2
"""Code of a category that is not given: the last but one entry of every category table."""
UNSEEN_CODE: Final = -1
"""Code of a category outside the vocabulary: the last entry of every category table."""
_CATEGORY_ROW: Final = {column.name: row for row, column in enumerate(CATEGORICAL)}


@dataclass(frozen=True, slots=True)
class Features:
    """``matrix``: float32 of shape (n, features), C order; missing is the one canonical NaN.

    ``cleaned`` and ``codes`` (int, shape (len(CATEGORICAL), n)) tell what was found on the way.
    """

    matrix: NDArray[np.float32]
    cleaned: Cleaned
    codes: Indices


class FeaturePlan:
    """A schema made ready to compute. Immutable, safe to share between threads."""

    def __init__(self, schema: FeatureSchema) -> None:
        """Compile ``schema``; O(features)."""
        self.schema = schema
        self._codes = [
            {category: code for code, category in enumerate(schema.vocabularies[column.name])} for column in CATEGORICAL
        ]
        slots = {column.name: 1 + row for row, column in enumerate(NUMERIC)}
        sentinels = {NUMERIC[row].name: 1 + len(NUMERIC) + i for i, row in enumerate(SENTINEL_COLUMNS)}
        self._size = 1 + len(NUMERIC) + len(sentinels)
        self._steps: list[_Step] = []

        needed = closure(schema.names)
        read = {name for spec in needed for name in spec.operands}
        self._aggregates = np.array([at for at, one in enumerate(AGGREGATES) if one.name in read], dtype=np.intp)
        self._histories_out = self._allot([AGGREGATES[at].name for at in self._aggregates], slots)
        by_category = [spec for spec in needed if isinstance(spec.formula, CATEGORY_FORMULAS)]
        self._lookup_rows = np.array([_CATEGORY_ROW[spec.operands[-1]] for spec in by_category], dtype=np.intp)
        self._tables = _category_tables(by_category, schema)
        self._every_table = np.arange(len(by_category))[:, None]
        self._lookup_out = self._allot([spec.name for spec in by_category], slots)

        slots.update((s.name, sentinels[s.formula.of]) for s in needed if isinstance(s.formula, Sentinel))
        waiting = [s for s in needed if not isinstance(s.formula, (*CATEGORY_FORMULAS, Column, Sentinel))]
        while waiting:
            group, specs = _next_group(waiting, slots)
            operands = _operands(specs, slots)
            out = self._allot([spec.name for spec in specs], slots)
            self._steps.append(_Step(OPERATIONS[group]([spec.formula for spec in specs]), operands, out))
            waiting = [spec for spec in waiting if spec.name not in slots]
        self._output = np.array([slots[name] for name in schema.names], dtype=np.intp)

    def compute(self, batch: ApplicationBatch) -> Features:
        """The features of every application of ``batch``, valid or not (see ``checks``).

        Raises:
            ValueError: its histories are of another width than this program declares.
        """
        codes = self._category_codes(batch)
        histories = None
        if batch.histories is not None:
            if batch.histories.shape != (len(batch), len(AGGREGATES)):
                raise ValueError(f"histories have shape {batch.histories.shape}, not {(len(batch), len(AGGREGATES))}")
            histories = batch.histories[:, self._aggregates].T
        cleaned = clean(batch.numbers)
        matrix = np.empty((len(batch), len(self._output)), dtype=np.float32)
        with np.errstate(all="ignore"):
            for rows in _chunks(len(batch)):
                known = None if histories is None else histories[:, rows]
                matrix[rows] = self._chunk(cleaned.values[:, rows], cleaned.sentinel[:, rows], codes[:, rows], known)
        # Missing has one bit pattern, whatever operation it came from.
        np.putmask(matrix, ~np.isfinite(matrix), np.nan)
        return Features(matrix, cleaned, codes)

    @property
    def reads_histories(self) -> bool:
        """Whether any feature comes from an applicant's history."""
        return len(self._aggregates) > 0

    def _chunk(
        self, values: Table, sentinel: NDArray[np.bool_], codes: Indices, histories: NDArray[np.float32] | None
    ) -> Table:
        table = np.full((self._size, values.shape[1]), np.nan)
        table[1 : 1 + len(NUMERIC)] = values
        table[1 + len(NUMERIC) : 1 + len(NUMERIC) + len(SENTINEL_COLUMNS)] = sentinel
        if histories is not None:
            table[self._histories_out] = histories
        table[self._lookup_out] = self._tables[self._every_table, codes[self._lookup_rows]]
        for step in self._steps:
            step.evaluate(table.take(step.operands, axis=0), table[step.out])
        return table.take(self._output, axis=0).T

    def _category_codes(self, batch: ApplicationBatch) -> Indices:
        return np.array(
            [
                [MISSING_CODE if value is None else known.get(value, UNSEEN_CODE) for value in values]
                for known, values in zip(self._codes, batch.categories, strict=True)
            ],
            dtype=np.intp,
        ).reshape(len(CATEGORICAL), len(batch))

    def _allot(self, names: list[str], slots: dict[str, int]) -> slice:
        out = slice(self._size, self._size + len(names))
        slots.update(zip(names, range(out.start, out.stop), strict=True))
        self._size = out.stop
        return out


@dataclass(frozen=True, slots=True)
class _Step:
    evaluate: Evaluate
    operands: Indices
    out: slice


def _chunks(n: int) -> Iterator[slice]:
    return (slice(start, min(start + CHUNK, n)) for start in range(0, n, CHUNK))


def _next_group(waiting: list[FeatureSpec], slots: Mapping[str, int]) -> tuple[type, list[FeatureSpec]]:
    """Formulas of one type that can be evaluated now: of the type of which the fewest others must still wait.

    So most types take one step, and those whose features build on each other two or three.
    """
    ready: dict[type, list[FeatureSpec]] = defaultdict(list)
    late: dict[type, int] = defaultdict(int)
    for spec in waiting:
        if all(name in slots for name in spec.operands):
            ready[type(spec.formula)].append(spec)
        else:
            late[type(spec.formula)] += 1
    group = min(ready, key=lambda kind: (late[kind], -len(ready[kind])))
    return group, sorted(ready[group], key=lambda spec: getattr(spec.formula, "statistic", ""))


def _operands(specs: list[FeatureSpec], slots: dict[str, int]) -> Indices:
    """Slots of the operands: shape (operands, features), short lists padded with ``ABSENT``."""
    width = max(len(spec.operands) for spec in specs)
    padded = [[slots[name] for name in spec.operands] + [ABSENT] * (width - len(spec.operands)) for spec in specs]
    return np.array(padded, dtype=np.intp).T


def _category_tables(specs: list[FeatureSpec], schema: FeatureSchema) -> Table:
    """Value by category code: shape (features, longest vocabulary + missing + unseen)."""
    width = max((len(words) for words in schema.vocabularies.values()), default=0) + 2
    tables = np.full((len(specs), width), np.nan)
    for table, spec in zip(tables, specs, strict=True):
        vocabulary = schema.vocabularies[spec.operands[-1]]
        match spec.formula:
            case Code():
                values, unseen = [float(code) for code in range(len(vocabulary))], -1.0
            case Rank(_, order):
                values = [float(order.index(word)) if word in order else -1.0 for word in vocabulary]
                unseen = -1.0
            case Share(of):
                values, unseen = list(schema.shares[of]), 0.0
            case GroupMean():
                *values, unseen = schema.group_means[spec.name]
            case formula:
                raise TypeError(f"{formula} is no formula over a category")
        table[: len(values)] = values
        table[UNSEEN_CODE] = unseen
    return tables
