"""Synthetic applications, labelled and not, of any number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from trainer.frames import ID, TARGET
from trainer.generator.model import Model
from trainer.generator.storage import shipped

FIRST_ID: Final = 100_001
"""Ids are numbered from here, as at the source; the test rows follow the train rows."""
TEST_SHARE: Final = 48_744 / 307_511
"""Test rows a train row, as at the source."""
CHUNK: Final = 16_384
"""Applications drawn at a time; bounds the working memory to about 100 MB."""


@dataclass(frozen=True, slots=True)
class Generated:
    """Canonical tables of applications (see ``trainer.frames``): ``train`` is labelled, ``test`` is not."""

    train: pl.DataFrame
    test: pl.DataFrame


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
    train = pl.concat(_chunks(model, rows, np.random.default_rng([seed, 0]), labelled=True))
    test = pl.concat(_chunks(model, test_rows, np.random.default_rng([seed, 1]), labelled=False))
    return Generated(_identified(train, FIRST_ID), _identified(test, FIRST_ID + rows))


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
