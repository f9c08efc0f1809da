"""What is wrong with a file, gathered before it is said, with row and column and the mend."""

from collections.abc import Callable
from typing import Final

import polars as pl

from creditrisk.errors import InvalidData

SHOWN: Final = 20
"""Problems spelled out in the message; the rest are counted."""
CORRECT: Final = "correct the row or remove it"


class Problems:
    """The problems of one file. Rows are numbered from 1, the header not counted."""

    def __init__(self, file: str) -> None:
        """Begin with none for the file called ``file``."""
        self.file = file
        self.total = 0
        self._found: list[tuple[int, str]] = []

    def in_file(self, what: str, mend: str) -> None:
        """Note what concerns the whole file; it is shown first."""
        self._add(0, f"{self.file}: {what}; {mend}")

    def in_column(self, column: str, what: str, mend: str) -> None:
        """Note what concerns a whole column."""
        self._add(0, f"{self.file}, {column}: {what}; {mend}")

    def in_row(self, row: int, what: str, mend: str) -> None:
        """Note what concerns a row whose cells cannot be told apart."""
        self._add(row, f"{self.file}, row {row}: {what}; {mend}")

    def in_cells(self, wrong: pl.Series, ids: pl.Series, column: str, what: Callable[[int], str]) -> None:
        """Note every row where ``wrong`` (Boolean) is true; ``what`` is asked with the row's index."""
        rows = wrong.fill_null(value=False).arg_true()
        for index in rows.head(SHOWN).to_list():
            row = f"row {index + 1} (SK_ID_CURR {_shown(ids[index])})"
            self._found.append((index + 1, f"{self.file}, {row}, {column}: {what(index)}; {CORRECT}"))
        self.total += len(rows)

    def raise_if_any(self) -> None:
        """Say all that was noted, in the order of rows.

        Raises:
            InvalidData: something was noted.
        """
        if not self.total:
            return
        # A stable sort: within a row, the order of columns stays.
        lines = [line for _, line in sorted(self._found, key=lambda found: found[0])[:SHOWN]]
        if self.total > 1:
            lines.insert(0, f"{self.file} has {self.total} problems:")
        if self.total > SHOWN:
            lines.append(f"and {self.total - SHOWN} more")
        raise InvalidData("\n".join(lines))

    def _add(self, row: int, line: str) -> None:
        self.total += 1
        # Memory stays small however broken the file is.
        if len(self._found) < 1000:
            self._found.append((row, line))


def _shown(value: object) -> str:
    return "missing" if value is None else f"{str(value)[:40]}"
