"""Parquet; rows are numbered from 1."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PanicException, PolarsError
from typing_extensions import override

from creditrisk.application import Kind
from gateway.page.batch.columns import READ, BadFile, find_columns
from gateway.page.batch.source import PAGE, Cells, Source
from gateway.texts import Language

SLAB: Final = 10 * PAGE
"""Rows read at once: where all of a file's are in one group, each reading decodes the pages they are in anew."""
_UNREADABLE: Final = (PolarsError, PanicException, OSError)


class ParquetSource(Source):
    """A parquet file, its columns of types that an application's can be read from."""

    def __init__(self, path: Path, language: Language) -> None:
        """Read the schema of ``path``.

        Raises:
            BadFile: it is damaged, or has other columns or types.
        """
        self._path, self._language = path, language
        try:
            schema = pl.read_parquet_schema(path)
            self.rows = int(pl.scan_parquet(path).select(pl.len()).collect().item())
        except _UNREADABLE as error:
            raise self._damaged() from error
        self._names = list(schema)
        self.columns = find_columns(self._names, language)
        for name, place in self.columns.places.items():
            self._check_type(name, schema[self._names[place]])

    @override
    def pages(self) -> Iterator[Cells]:
        wanted = [pl.col(self._names[place]).alias(name) for name, place in self.columns.places.items()]
        for start in range(0, self.rows, SLAB):
            try:
                slab = pl.scan_parquet(self._path).slice(start, SLAB).select(wanted).collect()
            except _UNREADABLE as error:
                raise self._damaged() from error
            for offset, part in zip(range(start, self.rows, PAGE), slab.iter_slices(PAGE), strict=False):
                end = offset + part.height
                yield Cells(range(offset + 1, end + 1), {one.name: one for one in part}, {}, end / self.rows)

    def _check_type(self, name: str, held: pl.DataType) -> None:
        say = self._language.say
        if READ[name].kind is Kind.CATEGORY:
            right, expected = held in {pl.String, pl.Categorical, pl.Enum, pl.Null}, say("text")
        else:
            right, expected = held.is_numeric() or held in {pl.String, pl.Boolean, pl.Null}, say("numbers")
        if not right:
            what = say("The column {name} is of the type {type}.", name=name, type=held)
            raise BadFile(what, say("Save it as {expected}.", expected=expected))

    def _damaged(self) -> BadFile:
        say = self._language.say
        return BadFile(say("The parquet file is damaged."), say("Write it again, or save the applications as CSV."))
