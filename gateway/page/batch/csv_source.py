"""CSV in UTF-8, cells separated by commas, semicolons or tabs; rows are numbered as spreadsheets number them."""

import contextlib
import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

import polars as pl
from typing_extensions import override

from gateway.page.batch.columns import BadFile, find_columns, recognised
from gateway.page.batch.source import PAGE, Cells, Source
from gateway.texts import Language

SEPARATORS: Final = (",", ";", "\t")


class CsvSource(Source):
    """Rows are numbered from 1, which is the header where nothing is above it; empty ones are counted and left out."""

    def __init__(self, path: Path, language: Language) -> None:
        """Read the header of ``path``.

        Raises:
            BadFile: it is no CSV, or has other columns.
        """
        self._path, self._language = path, language
        headers: dict[str, tuple[int, list[str]]] = {}
        for separator in SEPARATORS:
            # Quoted names cannot be read with a separator that is not theirs.
            with contextlib.suppress(BadFile):
                headers[separator] = self._header(separator)
        self.separator = max(headers, key=lambda one: recognised(headers[one][1]), default=SEPARATORS[0])
        self._above, self._names = headers.get(self.separator) or self._header(self.separator)
        self.columns = find_columns(self._names, language)
        self.first = self._above + 1

    @override
    def pages(self) -> Iterator[Cells]:
        numbers: list[int] = []
        rows: list[Sequence[str]] = []
        torn: dict[int, int] = {}
        size = self._path.stat().st_size
        with self._open() as stream:
            for number, row in self._records(stream, self.separator):
                if number <= self._above or not any(row):
                    continue
                fitted = _fitted(row, len(self._names))
                if len(fitted) == len(self._names):
                    numbers.append(number)
                    rows.append(fitted)
                else:
                    torn[number] = len(fitted)
                if len(numbers) + len(torn) == PAGE:
                    yield self._cells(numbers, rows, torn, stream.buffer.tell() / size)
                    numbers, rows, torn = [], [], {}
        if numbers or torn:
            yield self._cells(numbers, rows, torn, 1.0)

    def _open(self) -> TextIO:
        return self._path.open(encoding="utf-8-sig", newline="")

    def _header(self, separator: str) -> tuple[int, list[str]]:
        """Number and cells of the first row that has any."""
        with self._open() as stream:
            return next(((number, row) for number, row in self._records(stream, separator) if any(row)), (0, []))

    def _records(self, stream: TextIO, separator: str) -> Iterator[tuple[int, list[str]]]:
        """Rows with their numbers.

        Raises:
            BadFile: the next one cannot be read.
        """
        say = self._language.say
        reader = csv.reader(stream, delimiter=separator, strict=True)
        number = 0
        while True:
            number += 1
            try:
                row = next(reader, None)
            except UnicodeDecodeError as error:
                what = say("The file is not written in UTF-8: see line {line}.", line=self._undecodable())
                raise BadFile(what, say("Save it as “CSV UTF-8” and choose that file.")) from error
            except csv.Error as error:
                what = say("Row {row} cannot be read: {reason}.", row=number, reason=error)
                raise BadFile(what, say("See whether a quotation mark in it is not closed.")) from error
            if row is None:
                return
            yield number, row

    def _undecodable(self) -> int:
        """The number of the first line that is no UTF-8."""
        with self._path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    line.decode()
                except UnicodeDecodeError:
                    return number
        return 1

    def _cells(self, numbers: Sequence[int], rows: Sequence[Sequence[str]], torn: dict[int, int], read: float) -> Cells:
        across = list(zip(*rows, strict=True)) or [()] * len(self._names)
        columns = {name: pl.Series(name, across[place], pl.String) for name, place in self.columns.places.items()}
        return Cells(numbers, columns, torn, min(read, 1.0))


def _fitted(row: Sequence[str], width: int) -> Sequence[str]:
    """``row`` without the empty cells beyond its last column, which some programs write."""
    return row[:width] if len(row) > width and not any(row[width:]) else row
