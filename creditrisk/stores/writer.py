"""Decisions written: one commit for all calls in flight, on a thread of its own.

The thread takes what has queued up while the last commit ran. The row's unique (client, request id)
makes a retry, on any replica and after any crash, find the decision that stands.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from creditrisk.decision.record import DecisionRecord
from creditrisk.errors import CreditRiskError, RequestConflict, Unavailable
from creditrisk.stores.rows import from_row, to_row
from creditrisk.stores.schema import DECISIONS, with_live_connection

MOST_IN_COMMIT: Final = 1_000
"""Rows of one commit at most; bounds the time a commit takes."""
MOST_WAITING: Final = 20_000
"""Calls waiting for a commit at most; past it the store is not keeping up and calls are turned away."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The decision that stands for a request; ``replayed``: an earlier call made it."""

    record: DecisionRecord
    replayed: bool


Outcome = Recorded | CreditRiskError


@dataclass(frozen=True, slots=True)
class _Waiting:
    records: Sequence[DecisionRecord]
    loop: asyncio.AbstractEventLoop
    outcomes: asyncio.Future[list[Outcome]]


class DecisionWriter:
    """Writes decisions to one database; ``write`` belongs on an event loop."""

    def __init__(self, engine: Engine) -> None:
        """Write to ``engine``, which has the decisions table; starts the thread."""
        self._engine = engine
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        self._insert = insert(DECISIONS).on_conflict_do_nothing(index_elements=["client_id", "request_id"])
        self._connection: Connection | None = None
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="decision-writer", daemon=True)
        self._thread.start()

    async def write(self, records: Sequence[DecisionRecord], timeout: float) -> list[Outcome]:  # noqa: ASYNC109
        """See ``DecisionStore.record``."""
        if self._waiting.qsize() > MOST_WAITING:
            raise Unavailable("the decision store is not keeping up")
        loop = asyncio.get_running_loop()
        mine = _Waiting(records, loop, loop.create_future())
        self._waiting.put(mine)
        try:
            async with asyncio.timeout(timeout):
                return await mine.outcomes
        except TimeoutError as error:
            raise Unavailable("the decision store did not commit in time") from error

    def close(self) -> None:
        """Commit what waits and end the thread. Blocking."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._waiting.get()) is not None:
            calls, rows = [first], len(first.records)
            closing = False
            while rows < MOST_IN_COMMIT and not closing and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    closing = True
                else:
                    calls.append(following)
                    rows += len(following.records)
            self._answer(calls)
            if closing:
                break
        self._disconnect()

    def _answer(self, calls: Sequence[_Waiting]) -> None:
        # Nobody waits for what was given up; its caller was told that it was not recorded.
        calls = [call for call in calls if not call.outcomes.cancelled()]
        records = [record for call in calls for record in call.records]
        result: list[Outcome] | Exception
        try:
            # Writing again is safe: what was committed is found by its request id, and is ours.
            result = with_live_connection(lambda: self._transact(records)) if records else []
        except SQLAlchemyError as error:
            result = Unavailable(f"the decision store failed: {type(error).__name__}")
        except Exception as error:  # noqa: BLE001 - it belongs to the callers; the writer goes on
            result = error
        for loop in {call.loop for call in calls}:
            with contextlib.suppress(RuntimeError):  # the callers' event loop has ended
                loop.call_soon_threadsafe(_deliver, loop, calls, result)

    def _transact(self, records: Sequence[DecisionRecord]) -> list[Outcome]:
        # One order for all replicas, so that two writers of the same keys cannot deadlock.
        rows = [to_row(record) for record in sorted(records, key=lambda one: (one.client_id, one.request_id))]
        standing: dict[tuple[str, str], DecisionRecord] = {}
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            with self._connection.begin():
                if self._connection.execute(self._insert, rows).rowcount != len(rows):
                    standing = _standing(self._connection, records)
        except BaseException:
            self._disconnect()
            raise
        if not standing:
            return [Recorded(record, replayed=False) for record in records]
        return [_settle(record, standing[record.client_id, record.request_id]) for record in records]

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _standing(connection: Connection, records: Sequence[DecisionRecord]) -> dict[tuple[str, str], DecisionRecord]:
    """What stands for the requests of ``records``: new rows and older ones."""
    keys = {(record.client_id, record.request_id) for record in records}
    c = DECISIONS.c
    found = connection.execute(select(DECISIONS).where(tuple_(c.client_id, c.request_id).in_(keys))).mappings()
    standing = {(row["client_id"], row["request_id"]): from_row(row) for row in found}
    if standing.keys() != keys:
        raise Unavailable("a decision was deleted as its retry arrived; try again")
    return standing


def _deliver(loop: asyncio.AbstractEventLoop, calls: Sequence[_Waiting], result: list[Outcome] | Exception) -> None:
    """Give each call of ``loop`` its part of the result of ``calls``."""
    start = 0
    for call in calls:
        end = start + len(call.records)
        if call.loop is loop and not call.outcomes.done():  # its caller may have given up
            if isinstance(result, Exception):
                call.outcomes.set_exception(result)
            else:
                call.outcomes.set_result(result[start:end])
        start = end


def _settle(asked: DecisionRecord, standing: DecisionRecord) -> Outcome:
    if standing.body_hash != asked.body_hash:
        return RequestConflict(f"request_id {asked.request_id!r} was used for another application; use a new one")
    return Recorded(standing, replayed=standing.prediction_id != asked.prediction_id)
