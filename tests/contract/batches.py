"""Generated applications for the contract tests: ordinary ones, and values at every edge."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from creditrisk.application import CATEGORICAL, NUMERIC, ApplicationBatch, Column, Kind
from creditrisk.features.history import AGGREGATES
from trainer.frames import to_batch
from trainer.generator import generate


def random_histories(size: int, seed: int) -> NDArray[np.float32]:
    """Histories float32 (size, aggregates): days before the application, other values of any size, many missing."""
    random = np.random.default_rng(seed)
    values = random.choice(np.array([0, 1, 2.5, 40, 1e6], dtype=np.float32), (size, len(AGGREGATES)))
    days = np.array([one.unit == "days" for one in AGGREGATES])
    values[:, days] = -random.integers(0, 3_000, (size, days.sum()))
    values[random.random(values.shape) < 0.3] = np.nan
    return values


ORDINARY = replace(to_batch(generate(400, 5).train), histories=random_histories(400, 5))


def same_bits(left: NDArray[Any], right: NDArray[Any]) -> bool:
    """Whether two float arrays are equal to the bit, NaN included."""
    unsigned = np.dtype(f"u{left.itemsize}")
    same = np.ascontiguousarray(left).view(unsigned) == np.ascontiguousarray(right).view(unsigned)
    return left.shape == right.shape and left.dtype == right.dtype and bool(same.all())


def edges(column: Column) -> list[float]:
    """Accepted values of a column where something changes: bounds, sentinels, zeros, missing."""
    low, high = float(np.ceil(column.valid[0])), float(np.floor(column.valid[1]))
    found = [low, high, *column.sentinels]
    if not column.required:
        found.append(np.nan)
    if low <= 0 <= high:
        found.append(0.0)
    if column.kind is Kind.NUMBER:
        found += [-0.0, 5e-324, float(np.nextafter(high, 0.0)), *column.plausible]
    return found


def numbers(column: Column) -> st.SearchStrategy[float]:
    """Values of a column that are accepted: edges, implausible and ordinary ones."""
    low, high = float(np.ceil(column.valid[0])), float(np.floor(column.valid[1]))
    if column.kind is Kind.NUMBER:
        return st.sampled_from(edges(column)) | st.floats(low, high)
    return st.sampled_from(edges(column)) | st.integers(int(low), int(high)).map(float)


@st.composite
def batches(draw: st.DrawFn, most: int = 40) -> ApplicationBatch:
    """1 to ``most`` valid applications: generated ones with some values replaced."""
    size = draw(st.integers(1, most))
    start = draw(st.integers(0, len(ORDINARY) - size))
    batch = ORDINARY.take(np.arange(start, start + size))
    table = batch.numbers.copy()
    words = [list(column) for column in batch.categories]
    rows = st.integers(0, size - 1)
    for _ in range(draw(st.integers(0, 60))):
        at = draw(st.integers(0, len(NUMERIC) - 1))
        table[at, draw(rows)] = draw(numbers(NUMERIC[at]))
    for _ in range(draw(st.integers(0, 10))):
        at = draw(st.integers(0, len(CATEGORICAL) - 1))
        absent = () if CATEGORICAL[at].required else (None,)
        words[at][draw(rows)] = draw(st.sampled_from(["never seen", "x" * 200, "ÿ\x00", *absent]))
    return ApplicationBatch(table, tuple(words), draw(st.sampled_from([batch.histories, None])))
