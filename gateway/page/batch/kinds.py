"""What a file is, whatever it is called."""

from pathlib import Path
from typing import Final

from gateway.page.batch.columns import BadFile
from gateway.page.batch.csv_source import CsvSource
from gateway.page.batch.parquet_source import ParquetSource
from gateway.page.batch.source import Source
from gateway.texts import Language

BEGINNING: Final = 4_096
"""Bytes that tell what a file is."""
PARQUET: Final = b"PAR1"
SHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How the files of spreadsheet programs begin."""


def open_source(path: Path, language: Language) -> Source:
    """The file at ``path``, which is a CSV or a parquet file whatever it is called.

    Raises:
        BadFile: it is neither, or has other columns.
    """
    say = language.say
    with path.open("rb") as stream:
        beginning = stream.read(BEGINNING)
    if not beginning.strip():
        raise BadFile(say("The file is empty."), say("Choose one with a row of column names and a row an application."))
    if beginning.startswith(PARQUET):
        return ParquetSource(path, language)
    if beginning.startswith(SHEETS):
        what = say("This is the file of a spreadsheet program.")
        raise BadFile(what, say("Save the sheet as “CSV UTF-8” and choose that file."))
    if b"\0" in beginning:
        raise BadFile(
            say("This is neither a CSV file in UTF-8 nor a parquet file."),
            say("Save the applications as “CSV UTF-8” or as parquet and choose that file."),
        )
    return CsvSource(path, language)
