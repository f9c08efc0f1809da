"""Generated applications for the contract tests: ordinary ones, and values at every edge."""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from creditrisk.application import CATEGORICAL, NUMERIC, ApplicationBatch, Column, Kind
from trainer.frames import to_batch
from trainer.generator import generate

ORDINARY = to_batch(generate(400, 5).train)


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
    return ApplicationBatch(table, tuple(words))
