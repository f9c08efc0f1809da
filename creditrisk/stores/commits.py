"""Group commit: all calls in flight share one transaction.

A writer thread takes what has queued up while the last commit ran: under load a commit's cost is shared,
and when idle nothing waits for company.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from creditrisk.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")

MOST_IN_COMMIT: Final = 1_000
"""Rows of one commit, about; bounds the time a commit takes."""
MOST_WAITING: Final = 20_000
"""Calls waiting for a commit at most; past it the store is not keeping up and calls are turned away."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[T, R]):
    rows: Sequence[T]
    loop: asyncio.AbstractEventLoop
    results: asyncio.Future[list[R]]


class GroupCommit(Generic[T, R]):
    """Calls ``write(rows) -> one result a row``, which commits, on a thread of its own."""

    def __init__(self, write: Callable[[Sequence[T]], list[R]]) -> None:
        """Start the writer thread."""
        self._write = write
        self._waiting: queue.SimpleQueue[_Waiting[T, R] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._run, name="commit", daemon=True)
        self._writer.start()

    async def submit(self, rows: Sequence[T], timeout: float) -> list[R]:
        """Results of ``rows`` in order, once they are committed.

        Raises:
            Unavailable: there was no commit within ``timeout`` seconds, or too many calls wait for one.
            Exception: whatever ``write`` raised.
        """
        if timeout <= 0:
            raise Unavailable("no time was left to commit")
        if self._waiting.qsize() > MOST_WAITING:
            raise Unavailable("the store is not keeping up")
        loop = asyncio.get_running_loop()
        results: asyncio.Future[list[R]] = loop.create_future()
        self._waiting.put(_Waiting(rows, loop, results))
        late = loop.call_later(timeout, _give_up, results)
        try:
            return await results
        finally:
            late.cancel()

    def close(self) -> None:
        """Commit what waits, then end the thread. Blocking."""
        self._waiting.put(None)
        self._writer.join()

    # --- the writer thread ------------------------------------------------------------------------

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            calls, rows = [first], len(first.rows)
            closing = False
            while rows < MOST_IN_COMMIT and not closing and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    closing = True
                else:
                    calls.append(following)
                    rows += len(following.rows)
            # Nobody waits for what was given up: its caller was told that it may not be recorded.
            self._commit([call for call in calls if not call.results.done()])
            if closing:
                return

    def _commit(self, calls: Sequence[_Waiting[T, R]]) -> None:
        rows = [row for call in calls for row in call.rows]
        results: list[R] | Exception
        try:
            results = self._write(rows) if rows else []
        except Exception as error:  # noqa: BLE001 - it belongs to the callers; the writer goes on
            results = error
        start = 0
        for call in calls:
            part = results if isinstance(results, Exception) else results[start : start + len(call.rows)]
            start += len(call.rows)
            with contextlib.suppress(RuntimeError):  # the caller's event loop has ended
                call.loop.call_soon_threadsafe(_deliver, call.results, part)


def _give_up(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(Unavailable("the store did not commit in time"))


def _deliver(future: asyncio.Future[list[R]], results: list[R] | Exception) -> None:
    if future.done():  # the caller gave up
        return
    if isinstance(results, Exception):
        future.set_exception(results)
    else:
        future.set_result(results)
