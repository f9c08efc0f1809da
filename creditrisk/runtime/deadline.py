"""The time a call has left."""

import asyncio
from typing import Any, Final

from grpc import aio

SHARE_KEPT: Final = 0.2
"""Share of the time that is kept for the answer's way back."""
MOST_KEPT: Final = 0.2
"""Seconds kept at most: a busy machine may take as long to say that it could not."""


class Deadline:
    """When an answer must leave: a little before the caller's own deadline, so that it still arrives."""

    def __init__(self, context: aio.ServicerContext[Any, Any], most: float) -> None:
        """``most``: seconds, where the caller states no deadline or a longer one."""
        left = context.time_remaining()
        left = most if left is None else min(left, most)
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + left - min(SHARE_KEPT * left, MOST_KEPT)

    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._end - self._loop.time())
