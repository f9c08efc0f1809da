"""Batches made of what waits: no timer, and no added latency when idle.

While one call is in flight, requests queue up; when it returns they go together in the next. Under load
the cost of a call is shared by as many requests as arrived meanwhile.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(eq=False, slots=True)
class _Waiting(Generic[T, R]):
    items: Sequence[T]
    results: asyncio.Future[Sequence[R]]
    deadline: float
    context: contextvars.Context


class Batcher(Generic[T, R]):
    """Shares calls of ``call(items, timeout) -> one result an item``; belongs to one event loop."""

    def __init__(self, call: Callable[[Sequence[T], float], Awaitable[Sequence[R]]], most: int) -> None:
        """At most ``most`` items go in one call; ``call`` ends within the ``timeout`` (s) it is given."""
        self._call = call
        self._most = most
        self._waiting: deque[_Waiting[T, R]] = deque()
        self._busy = False
        self._pump: asyncio.Task[None] | None = None

    async def submit(self, items: Sequence[T], timeout: float) -> Sequence[R]:
        """Results of ``items`` in order.

        Raises:
            TimeoutError: there was no result within ``timeout`` seconds.
            Exception: whatever ``call`` raised.
        """
        if not self._busy:
            # Nobody to share with: no queue and no task stand between the caller and its answer.
            self._busy = True
            try:
                return await self._call(items, timeout)
            finally:
                self._hand_over()
        loop = asyncio.get_running_loop()
        mine: _Waiting[T, R] = _Waiting(items, loop.create_future(), loop.time() + timeout, contextvars.copy_context())
        self._waiting.append(mine)
        async with asyncio.timeout(timeout):
            return await mine.results

    def _hand_over(self) -> None:
        """Let those who waited go next, together; else be idle."""
        self._busy = bool(self._waiting)
        if self._busy:
            # In the context of one of those who go, so that the call carries a request id of theirs.
            context = self._waiting[0].context
            self._pump = asyncio.get_running_loop().create_task(self._run(), context=context)

    async def _run(self) -> None:
        batch = self._next()
        try:
            if batch:
                await self._share(batch)
        finally:
            self._hand_over()

    async def _share(self, batch: Sequence[_Waiting[T, R]]) -> None:
        left = max(one.deadline for one in batch) - asyncio.get_running_loop().time()
        try:
            results = await self._call([item for one in batch for item in one.items], left)
        except Exception as error:  # noqa: BLE001 - it belongs to those who wait, each of whom raises it
            for one in batch:
                if not one.results.done():
                    one.results.set_exception(error)
            return
        start = 0
        for one in batch:
            if not one.results.done():
                one.results.set_result(results[start : start + len(one.items)])
            start += len(one.items)

    def _next(self) -> list[_Waiting[T, R]]:
        batch: list[_Waiting[T, R]] = []
        size = 0
        while self._waiting and (not batch or size + len(self._waiting[0].items) <= self._most):
            one = self._waiting.popleft()
            if not one.results.done():  # its caller may have given up
                batch.append(one)
                size += len(one.items)
        return batch
