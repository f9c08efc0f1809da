"""Text that a spreadsheet program would take for a formula is marked as text."""

import re
from typing import Final

import polars as pl

FORMULA: Final = r"^[=+\-@\t\r]"
NUMBER: Final = r"^[+\-]?[0-9.]+$"


def guarded(cell: object) -> object:
    """``cell`` as it may be written: text that begins like a formula after an apostrophe, a number as it is."""
    formula = isinstance(cell, str) and re.search(FORMULA, cell) and not re.search(NUMBER, cell)
    return f"'{cell}" if formula else cell


def guarded_columns(frame: pl.LazyFrame) -> pl.LazyFrame:
    """``frame`` with its text as ``guarded`` has it."""
    text = pl.col(pl.String)
    formula = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    return frame.with_columns(pl.when(formula).then(text.str.replace(FORMULA, "'${0}")).otherwise(text))
