"""A deadline ends a little before the caller's, and never after the service's own."""

from typing import Any

import pytest

from creditrisk.runtime.deadline import Deadline


class Context:
    def __init__(self, remaining: float | None) -> None:
        self._remaining = remaining

    def time_remaining(self) -> float | None:
        return self._remaining


@pytest.mark.parametrize(
    ("remaining", "most", "at_most"),
    [(None, 5.0, 4.95), (60.0, 5.0, 4.95), (1.0, 5.0, 0.95), (0.1, 5.0, 0.09), (0.0, 5.0, 0.0), (-1.0, 5.0, 0.0)],
)
async def test_what_is_left(remaining: float | None, most: float, at_most: float) -> None:
    context: Any = Context(remaining)
    assert 0.0 <= Deadline(context, most).left() <= at_most + 1e-9
