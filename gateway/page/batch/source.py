"""A file of applications as pages of cells, whatever it is written in."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from gateway.page.batch.columns import Columns

PAGE: Final = 1_000
"""Rows that go together: the most that the services take in one call."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows of a file, as they stand there.

    ``numbers``: of the rows, as the file's reader counts them; ``columns``: cells by column, one a row;
    ``torn``: rows that have not as many cells as there are columns, which are in neither, and how many they have;
    ``read``: how much of the file is behind their end, 0 to 1.
    """

    numbers: Sequence[int]
    columns: Mapping[str, pl.Series]
    torn: Mapping[int, int]
    read: float


class Source(ABC):
    """A file of applications. ``separator``: between its cells; ``first``: the number of its first row."""

    columns: Columns
    separator = ","
    first = 1

    @abstractmethod
    def pages(self) -> Iterator[Cells]:
        """Its rows in their order, at most ``PAGE`` at a time.

        Raises:
            BadFile: it cannot be read to its end.
        """
