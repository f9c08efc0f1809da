"""From cells to applications; what is no value of its column is named with its row."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.application import Column, Kind
from gateway.page.batch.columns import ID, LARGEST_ID, READ
from gateway.page.batch.problems import Problem
from gateway.page.batch.source import Cells
from gateway.texts import Language

FLAGS: Final = {"Y": "1", "N": "0", "TRUE": "1", "FALSE": "0"}
INT32: Final = 2**31
EXACT: Final = 2**53
"""Up to here every whole number is a float."""
SHOWN: Final = 60
"""Characters of a cell that are told."""
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+")


def read_cells(cells: Cells, language: Language) -> tuple[list[LoanApplication], list[Problem]]:
    """The applications of ``cells``, one a row, and what could not be read, which they are without.

    A cell that is empty is not known. Flags are Y/N, 1/0 or true/false; whole numbers may have a fraction of 0.
    """
    made = [LoanApplication() for _ in cells.numbers]
    wrong: list[tuple[int, Column]] = []
    for name, raw in cells.columns.items():
        column = READ[name]
        values, bad = _read(raw, column)
        for application, value in zip(made, values, strict=True):
            if value is not None:
                setattr(application, column.field, value)
        wrong += [(index, column) for index in bad]
    problems = []
    for index, column in wrong:
        shown = written(cells, index, column.name)
        rule = _rule(column, shown, language)
        problems.append(Problem(cells.numbers[index], made[index].sk_id_curr, column.name, shown, *rule))
    return made, problems


def written(cells: Cells, index: int, name: str) -> str:
    """What stands in the column ``name`` of a row, cut short; nothing where there is no such column."""
    value = cells.columns[name][index] if name in cells.columns else None
    return "" if value is None else str(value).strip()[:SHOWN]


def _read(raw: pl.Series, column: Column) -> tuple[Sequence[Any], Iterable[int]]:
    """Values, None where not known, and where there is none though the cell holds something."""
    if column.name == ID:
        return _ids(raw)
    if column.kind is Kind.CATEGORY:
        return _names(raw)
    if raw.dtype == pl.String:
        text = _text(raw)
        if column.kind is Kind.FLAG:
            text = text.str.to_uppercase().replace(FLAGS)
        numbers = text.cast(pl.Float64, strict=False)
        bad = text.is_not_null() & numbers.is_null()
    else:
        numbers = raw.cast(pl.Float64)
        bad = pl.repeat(value=False, n=len(raw), dtype=pl.Boolean, eager=True)
    # Data frames write NaN where a cell of Home Credit's is empty.
    numbers = numbers.fill_nan(None)
    bad |= _impossible(numbers, column.kind).fill_null(value=False)
    values = numbers.set(bad, None).to_list()
    if column.kind is Kind.NUMBER:
        return values, bad.arg_true()
    cast = bool if column.kind is Kind.FLAG else int
    return [None if value is None else cast(value) for value in values], bad.arg_true()


def _impossible(numbers: pl.Series, kind: Kind) -> pl.Series:
    if kind is Kind.NUMBER:
        return numbers.is_infinite()
    if kind is Kind.FLAG:
        return ~numbers.is_in([0.0, 1.0])
    return (numbers != numbers.floor()) | (numbers < -INT32) | (numbers >= INT32)


def _names(raw: pl.Series) -> tuple[Sequence[str | None], Iterable[int]]:
    text = _text(raw.cast(pl.String))
    # Cells that slid aside show as numbers among the names.
    bad = text.cast(pl.Float64, strict=False).is_not_null()
    return text.set(bad, None).to_list(), bad.arg_true()


def _ids(raw: pl.Series) -> tuple[Sequence[int | None], Iterable[int]]:
    """Applicants' ids; one that is missing is bad."""
    text = _text(raw) if raw.dtype == pl.String else raw
    whole = text.cast(pl.Int64, strict=False) if not text.dtype.is_float() else pl.repeat(None, len(text), eager=True)
    values: list[int | None] = []
    for exact, rough in zip(whole, text.cast(pl.Float64, strict=False), strict=True):
        value = exact
        if value is None and rough is not None and math.isfinite(rough) and rough == int(rough) and rough < EXACT:
            value = int(rough)
        values.append(value if value is not None and 0 < value <= LARGEST_ID else None)
    return values, [index for index, value in enumerate(values) if value is None]


def _text(raw: pl.Series) -> pl.Series:
    text = raw.str.strip_chars()
    return text.set(text == "", None)


def _rule(column: Column, shown: str, language: Language) -> tuple[str, str]:
    """What is wrong with a cell of ``column``, and the mend."""
    say = language.say
    if column.name == ID:
        what = say("is no applicant's id") if shown else say("is missing")
        return what, say("write a whole number above 0, such as 100001")
    if column.kind is Kind.CATEGORY:
        return say("is a number where a name belongs"), say("see whether the cells of this row slid aside")
    if column.kind is Kind.FLAG:
        return say("is neither yes nor no"), say("write Y or N, 1 or 0, true or false; nothing if it is not known")
    if column.kind is Kind.INTEGER:
        return say("is no whole number"), say("write digits alone, such as -637 or 2; nothing if it is not known")
    if _DECIMAL_COMMA.fullmatch(shown):
        return say("is no number"), say("write a point before the decimals: {value}", value=shown.replace(",", "."))
    return say("is no number"), say("write digits and a decimal point alone, such as 24700.5; nothing if not known")
