"""Synthetic applications, labelled and not, of any number, and their histories."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from polars import col

from creditrisk.history import Table
from trainer.frames import ID, TARGET
from trainer.generator.histories.block import no_histories, tables
from trainer.generator.histories.people import describe
from trainer.generator.model import Model
from trainer.generator.storage import shipped

FIRST_ID: Final = 100_001
"""Ids are numbered from here, as at the source; the test rows follow the train rows."""
TEST_SHARE: Final = 48_744 / 307_511
"""Test rows a train row, as at the source."""
CHUNK: Final = 16_384
"""Applications drawn at a time; bounds the working memory to about 100 MB."""


BLOCK: Final = 2_500
"""Applicants whose histories are drawn at a time, from a stream of their own, however ids are cut into ranges."""
_APPLICATIONS, _TEST_APPLICATIONS, _HISTORIES = 0, 1, 2
"""Streams of random numbers under the seed."""


@dataclass(frozen=True, slots=True)
class Generated:
    """Canonical tables of applications (see ``trainer.frames``): ``train`` is labelled, ``test`` is not."""

    train: pl.DataFrame
    test: pl.DataFrame
    seed: int

    def histories(self, first: int, last: int) -> dict[Table, pl.DataFrame]:
        """Canonical tables of history of the applicants with ``first`` <= SK_ID_CURR < ``last``, in their order.

        Memory grows with the range: about 20 kB an applicant. How ids are cut into ranges changes no row.
        """
        start, stop = (min(max(at - FIRST_ID, 0), self.train.height + self.test.height) for at in (first, last))
        blocks = [self._block(number) for number in range(start // BLOCK, -(-stop // BLOCK))] or [no_histories()]
        found = {table: pl.concat([block[table] for block in blocks]) for table in Table}
        owned = found[Table.BUREAU].filter(col(ID).is_between(first, last, closed="left"))
        return {
            table: frame.filter(col(ID).is_between(first, last, closed="left"))
            if ID in frame.columns
            else frame.join(owned, on="SK_ID_BUREAU", how="semi", maintain_order="left")
            for table, frame in found.items()
        }

    def _block(self, number: int) -> dict[Table, pl.DataFrame]:
        """Histories of the applicants from the ``number``-th BLOCK."""
        start, stop = number * BLOCK, (number + 1) * BLOCK
        train = self.train[start:stop]
        test = self.test[max(start - self.train.height, 0) : max(stop - self.train.height, 0)]
        applicants = pl.concat([train, test], how="diagonal")
        random = np.random.default_rng([self.seed, _HISTORIES, number])
        people = describe(applicants, applicants[TARGET], shipped(), random)
        return tables(people, people.ids - FIRST_ID, random)


def generate(rows: int, seed: int) -> Generated:
    """``rows`` labelled applications and a sixth as many without label.

    The same ``rows`` and ``seed`` give the same tables. About 8 % of TARGET are 1; the applicants' true
    probabilities of default are those of ``Model.probabilities``.

    Raises:
        ValueError: ``rows`` is below 1 or ``seed`` below 0.
    """
    if rows < 1 or seed < 0:
        raise ValueError(f"rows must be at least 1 and seed at least 0, not {rows} and {seed}")
    model = shipped()
    test_rows = max(1, round(rows * TEST_SHARE))
    # Each table has its own stream, so that one's size does not change the other's rows.
    train = pl.concat(_chunks(model, rows, np.random.default_rng([seed, _APPLICATIONS]), labelled=True))
    test = pl.concat(_chunks(model, test_rows, np.random.default_rng([seed, _TEST_APPLICATIONS]), labelled=False))
    return Generated(_identified(train, FIRST_ID), _identified(test, FIRST_ID + rows), seed)


def _chunks(model: Model, rows: int, random: np.random.Generator, *, labelled: bool) -> Iterator[pl.DataFrame]:
    for start in range(0, rows, CHUNK):
        size = min(CHUNK, rows - start)
        frame = model.sample(size, random)
        if labelled:
            defaulted = random.random(size) < model.probabilities(frame)
            frame.insert_column(0, pl.Series(TARGET, defaulted.astype(np.int8)))
        yield frame


def _identified(frame: pl.DataFrame, first: int) -> pl.DataFrame:
    ids = pl.Series(ID, np.arange(first, first + frame.height, dtype=np.int64))
    return frame.insert_column(0, ids)
