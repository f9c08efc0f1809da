"""Cells understood as what their column holds; what cannot be is noted with its row."""

from typing import Final

import polars as pl

from creditrisk.application import Column, Kind
from trainer.data.problems import Problems, Rows

MEND: Final = "save the column as Kaggle gives it"
_FLAGS: Final = {"Y": "1", "N": "0"}


def check_type(held: pl.DataType, column: Column, problems: Problems) -> None:
    """Note a column whose type in the file, ``held``, cannot be read as what ``column`` holds."""
    if column.kind is Kind.CATEGORY:
        expected, right = "text", held in {pl.String, pl.Categorical, pl.Enum, pl.Null}
    else:
        expected, right = "a number", held.is_numeric() or held in {pl.String, pl.Boolean, pl.Null}
    if not right:
        problems.in_column(column.name, f"the column's type is {held}, not {expected}", MEND)


def number(raw: pl.Series, column: Column, rows: Rows, problems: Problems) -> pl.Series:
    """``raw`` as Float64, null where missing or (then noted) not what ``column`` allows.

    Flags may be Y/N, true/false or 1/0; integers may be written as floats without a fraction.
    """
    if raw.dtype == pl.String:
        text = _text(raw)
        values = (text.replace(_FLAGS) if column.kind is Kind.FLAG else text).cast(pl.Float64, strict=False)
        wrong = text.is_not_null() & values.is_null()
        expected = "Y, N, 1 nor 0" if column.kind is Kind.FLAG else "a number"
        prefix = "neither " if column.kind is Kind.FLAG else "not "
        problems.in_cells(wrong, rows, column.name, lambda row: f"{text[row][:40]!r} is {prefix}{expected}")
    else:
        values = raw.cast(pl.Float64)
        wrong = pl.repeat(value=False, n=len(raw), dtype=pl.Boolean, eager=True)
    # A float column of a data frame says NaN where Kaggle's file has an empty cell.
    values = values.fill_nan(None).alias(column.name)
    if column.required:
        problems.in_cells(
            values.is_null() & ~wrong, rows, column.name, lambda _: "the value is missing and is required"
        )
    out = _outside(values, column)
    problems.in_cells(out, rows, column.name, lambda row: f"{values[row]:g} is {_allowed(column)}")
    return values.set(out.fill_null(value=False) | wrong, None)


def category(raw: pl.Series, column: Column, rows: Rows, problems: Problems) -> pl.Series:
    """``raw`` as String, null where missing; a number where a name belongs is noted."""
    text = _text(raw.cast(pl.String))
    if column.unit == "name":
        # Columns that slid aside show as numbers among the names.
        wrong = text.cast(pl.Float64, strict=False).is_not_null()
        problems.in_cells(wrong, rows, column.name, lambda row: f"{text[row][:40]!r} is a number where a name belongs")
    if column.required:
        problems.in_cells(text.is_null(), rows, column.name, lambda _: "the name is missing and is required")
    return text


def _text(raw: pl.Series) -> pl.Series:
    text = raw.str.strip_chars()
    return text.set(text == "", None)


def _outside(values: pl.Series, column: Column) -> pl.Series:
    low, high = column.valid
    outside = (values < low) | (values > high)
    if column.kind in {Kind.INTEGER, Kind.FLAG}:
        outside |= values != values.floor()
    for sentinel in column.sentinels:
        outside &= values != sentinel
    return outside


def _allowed(column: Column) -> str:
    if column.kind is Kind.FLAG:
        return "neither 1 nor 0"
    low, high = column.valid
    whole = "not a whole number in" if column.kind is Kind.INTEGER else "outside"
    also = f" (or {', '.join(f'{value:g}' for value in column.sentinels)})" if column.sentinels else ""
    return f"{whole} {low:g} to {high:g}{also} {column.unit}"
