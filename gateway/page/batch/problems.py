"""What is wrong with a file's rows: all of it in a table on disk, the first of it and the numbers at hand."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateway.page.batch.guarded import guarded
from gateway.texts import Language

SHOWN: Final = 200
"""Problems that are at hand, those that leave a row out before the others."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a row: in which ``column`` (none: in all), what stands there, what is wrong, the mend.

    ``applicant``: 0 where not known. ``fatal``: the row is left out; else it is scored without that value.
    """

    row: int
    applicant: int
    column: str
    shown: str
    what: str
    mend: str = ""
    fatal: bool = True

    @property
    def told(self) -> str:
        """All of it but the row, in one line."""
        said = f"{self.what}; {self.mend}" if self.mend else self.what
        value = f" '{self.shown}'" if self.shown and self.fatal and self.mend else ""
        return f"{self.column}{value}: {said}" if self.column else said


class Problems:
    """The problems of one file, kept at ``file`` as CSV."""

    def __init__(self, file: Path, language: Language) -> None:
        """None yet. Titles of the columns are in ``language``."""
        say = language.say
        self.file = file
        self.fatal: Counter[str] = Counter()
        """Problems that leave their row out, by column."""
        self.others: Counter[str] = Counter()
        self._language = language
        self._first: dict[bool, list[Problem]] = {True: [], False: []}
        titles = say("row"), "SK_ID_CURR", say("column"), say("value"), say("kind"), say("problem"), say("mend")
        self._write([titles], encoding="utf-8-sig")

    @property
    def total(self) -> int:
        """How many there are."""
        return self.fatal.total() + self.others.total()

    @property
    def first(self) -> list[Problem]:
        """The first of them."""
        return [*self._first[True], *self._first[False]][:SHOWN]

    def add(self, found: Iterable[Problem]) -> None:
        """Note what was ``found`` in rows after those noted before."""
        say = self._language.say
        kinds = {True: say("row left out"), False: say("value not used")}
        ordered = sorted(found, key=lambda one: one.row)
        for one in ordered:
            (self.fatal if one.fatal else self.others)[one.column] += 1
            if len(self._first[one.fatal]) < SHOWN:
                self._first[one.fatal].append(one)
        self._write(
            (one.row, one.applicant or "", one.column, one.shown, kinds[one.fatal], one.what, one.mend)
            for one in ordered
        )

    def _write(self, rows: Iterable[Iterable[object]], encoding: str = "utf-8") -> None:
        with self.file.open("a", encoding=encoding, newline="") as stream:
            csv.writer(stream).writerows([guarded(cell) for cell in row] for row in rows)
