"""A checked file scored and recorded page by page; while one page is explained, the next is scored."""

import asyncio
import contextlib
import time
from typing import Final

from creditrisk.api.explain.v1 import explain_pb2
from gateway.page.batch.batch import Batch, Page
from gateway.page.batch.results import add_reasons, decided, prediction_ids
from gateway.page.calls import CallFailed, Calls
from gateway.texts import Language

TOP: Final = 4
"""Reasons in each direction."""
EXPLAINED: Final = 250
"""Decisions explained in one call: the whole of a page may take longer than a call may."""


class Scoring:
    """A run over what is left of a file. It goes on beside whoever looks on, until it ends or is stopped."""

    def __init__(self, batch: Batch, calls: Calls, client: str, language: Language) -> None:
        """Begin. ``client``: in whose name decisions are recorded."""
        self._batch, self._calls, self._client, self._language = batch, calls, client, language
        self._begun, self._before = time.monotonic(), self._steps
        self._stopping = False
        self.watched = False
        """Whether somebody is being told how far it is."""
        self._task = asyncio.create_task(self._run())
        batch.scoring = self

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._task.done()

    @property
    def rate(self) -> float:
        """Applications scored and explained a second, so far."""
        spent = time.monotonic() - self._begun
        return (self._steps - self._before) / 2 / spent if spent else 0.0

    @property
    def share(self) -> float:
        """How much of the whole file is done, 0 to 1."""
        return self._steps / (2 * self._batch.sound)

    @property
    def left(self) -> float | None:
        """Seconds until it is done, as it has gone so far; None: not known yet."""
        return (self._batch.sound - self._steps / 2) / self.rate if self.rate else None

    def stop(self) -> None:
        """Send no further page; what is under way goes on, so that what it records is known."""
        self._stopping = True

    async def wait(self, seconds: float | None = None) -> None:
        """Until it has ended, or for ``seconds``. Whoever waits may be cancelled, it is not."""
        await asyncio.wait({self._task}, timeout=seconds)

    def failure(self) -> CallFailed | None:
        """Why it ended before its end; None: it was stopped, or is done.

        Raises:
            BaseException: an error of the program.
        """
        try:
            self._task.result()
        except CallFailed as error:
            return error
        return None

    @property
    def _steps(self) -> int:
        return self._batch.scored + self._batch.explained

    async def _run(self) -> None:
        with self._batch.held():
            await self._pages()

    async def _pages(self) -> None:
        explaining: asyncio.Task[None] | None = None
        try:
            for page in self._batch.pages:
                if self._stopping:
                    break
                if not page.scored:
                    await self._score(page)
                if explaining:
                    await explaining
                    explaining = None
                if not (page.explained or self._stopping):
                    explaining = asyncio.create_task(self._explain(page))
            if explaining:
                await explaining
        finally:
            if explaining and not explaining.done():
                with contextlib.suppress(CallFailed):
                    await explaining

    async def _score(self, page: Page) -> None:
        """Record the decisions on a page."""
        batch, calls = self._batch, self._calls
        rows, request = await asyncio.to_thread(batch.take, page)
        results = []
        if request.requests:
            answer = await calls.ask(calls.scoring.BatchScore, request, client=self._client)
            results = list(answer.results)
        frame = await asyncio.to_thread(decided, rows, results)
        await asyncio.to_thread(frame.write_parquet, batch.part(page))
        page.scored = True

    async def _explain(self, page: Page) -> None:
        """Add the reasons to the results of a page."""
        batch, calls = self._batch, self._calls
        ids = await asyncio.to_thread(prediction_ids, batch.part(page))
        told: list[explain_pb2.BatchExplainResult] = []
        for start in range(0, len(ids), EXPLAINED):
            some = ids[start : start + EXPLAINED]
            asked = explain_pb2.BatchExplainRequest(prediction_ids=some, top_reasons=TOP)
            told += (await calls.ask(calls.explain.BatchExplain, asked)).results
        await asyncio.to_thread(add_reasons, batch.part(page), told, self._language)
        page.explained = True
