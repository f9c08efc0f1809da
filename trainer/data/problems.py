"""What is wrong with a file, gathered before it is said, with row and column and the mend."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import polars as pl

from creditrisk.errors import InvalidData

SHOWN: Final = 20
"""Problems spelled out in the message; the rest are counted."""
CORRECT: Final = "correct the row or remove it"


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows of a file some cells are of.

    ``numbers``: each row's place in the file, from 1, the header not counted, ascending; ``ids``: the id that
    names each, as the file has it.
    """

    numbers: pl.Series
    ids: pl.Series


class Problems:
    """The problems of one file."""

    def __init__(self, file: str) -> None:
        """Begin with none for the file called ``file``."""
        self.file = file
        self.total = 0
        self._found: list[tuple[int, str]] = []

    def in_file(self, what: str, mend: str) -> None:
        """Note what concerns the whole file; it is shown first."""
        self._add(1, [(0, f"{self.file}: {what}; {mend}")])

    def in_column(self, column: str, what: str, mend: str) -> None:
        """Note what concerns a whole column."""
        self._add(1, [(0, f"{self.file}, {column}: {what}; {mend}")])

    def in_rows(self, numbers: pl.Series, what: Callable[[int], str], mend: str) -> None:
        """Note rows whose cells cannot be told apart; ``what`` is asked with the index in ``numbers``."""
        shown = enumerate(numbers.head(SHOWN).to_list())
        self._add(len(numbers), [(row, f"{self.file}, row {row}: {what(index)}; {mend}") for index, row in shown])

    def in_cells(self, wrong: pl.Series, rows: Rows, column: str, what: Callable[[int], str]) -> None:
        """Note every row where ``wrong`` (Boolean) is true; ``what`` is asked with the index in ``wrong``."""
        at = wrong.fill_null(value=False).arg_true()
        lines = []
        for index in at.head(SHOWN).to_list():
            number = rows.numbers[index]
            row = f"row {number} ({rows.ids.name} {_shown(rows.ids[index])})"
            lines.append((number, f"{self.file}, {row}, {column}: {what(index)}; {CORRECT}"))
        self._add(len(at), lines)

    def raise_if_any(self) -> None:
        """Say all that was noted, in the order of rows.

        Raises:
            InvalidData: something was noted.
        """
        if not self.total:
            return
        lines = [line for _, line in self._found]
        if self.total > 1:
            lines.insert(0, f"{self.file} has {self.total} problems:")
        if self.total > SHOWN:
            lines.append(f"and {self.total - SHOWN} more")
        raise InvalidData("\n".join(lines))

    def _add(self, number: int, lines: list[tuple[int, str]]) -> None:
        """Count ``number`` problems, of which ``lines`` are the first, with their rows."""
        self.total += number
        if lines:
            # A stable sort: within a row, the order of columns stays.
            self._found = sorted([*self._found, *lines], key=lambda found: found[0])[:SHOWN]


def _shown(value: object) -> str:
    return "missing" if value is None else f"{str(value)[:40]}"
