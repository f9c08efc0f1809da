"""The time a call has left."""

import asyncio
from typing import Any

from grpc import aio


class Deadline:
    """When an answer must leave: a little before the caller's own deadline, so that it still arrives."""

    def __init__(self, context: aio.ServicerContext[Any, Any], most: float) -> None:
        """``most``: seconds, where the caller states no deadline or a longer one."""
        left = context.time_remaining()
        left = most if left is None else min(left, most)
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + left - min(0.1 * left, 0.05)

    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(0.0, self._end - self._loop.time())
