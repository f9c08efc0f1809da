"""Decisions recorded and read back.

``record`` is durable when it returns, and calls in flight share a commit; see ``commits``. The row's
unique (client, request id) makes a retry, on any replica and after any crash, find the decision that
stands.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Engine, delete, select, tuple_
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from creditrisk.decision.policy import Decision
from creditrisk.decision.record import DecisionRecord
from creditrisk.errors import CreditRiskError, RequestConflict, Unavailable
from creditrisk.stores.commits import GroupCommit
from creditrisk.stores.engine import create_tables
from creditrisk.stores.insert import CommittedInsert
from creditrisk.stores.rows import from_row, to_micros, to_row
from creditrisk.stores.schema import DECISIONS, METADATA

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Recorded:
    """The decision that stands for a request; ``replayed``: an earlier call made it."""

    record: DecisionRecord
    replayed: bool


Outcome = Recorded | CreditRiskError


@dataclass(frozen=True, slots=True)
class Filters:
    """Which decisions to list; None: any."""

    applicant_id: int | None = None
    decision: Decision | None = None
    contract_type: str | None = None
    model_version: str | None = None
    client_id: str | None = None
    decided_from: datetime | None = None
    decided_before: datetime | None = None


class DecisionStore:
    """The decisions table of one database. ``record`` and the readers belong on an event loop."""

    def __init__(self, engine: Engine, *, relayed: bool = False) -> None:
        """Use ``engine``, making the table where there is none; starts the writer thread.

        ``relayed``: a broker gets every decision, so none is deleted before it was shipped.

        Raises:
            Unavailable: the database does not answer.
        """
        create_tables(engine, METADATA)
        self._engine = engine
        self._relayed = relayed
        self._insert = CommittedInsert(engine, DECISIONS, ("client_id", "request_id"))
        self._commits: GroupCommit[DecisionRecord, Outcome] = GroupCommit(self._write)

    async def record(self, records: Sequence[DecisionRecord], timeout: float) -> list[Outcome]:
        """Record decisions; the outcomes, in order, are durable.

        An outcome is the decision that stands, or ``RequestConflict`` where the request id belongs to
        another body. ``timeout`` in seconds.

        Raises:
            Unavailable: the store did not commit, or not in time. The rows may still be committed: a
                retry with the same request ids tells.
        """
        return await self._commits.submit(records, timeout)

    async def get(self, prediction_id: str, timeout: float) -> DecisionRecord | None:
        """The decision of an id, or None.

        Raises:
            Unavailable: the store did not answer.
        """
        return (await self.get_all([prediction_id], timeout)).get(prediction_id)

    async def get_all(self, prediction_ids: Sequence[str], timeout: float) -> Mapping[str, DecisionRecord]:
        """The decisions of ids, by id, as one query finds them; ids of no decision are left out.

        Raises:
            Unavailable: the store did not answer.
        """
        chosen = select(DECISIONS).where(DECISIONS.c.prediction_id.in_(prediction_ids))
        return {record.prediction_id: record for record in await self._read(chosen, timeout)}

    async def find(
        self,
        filters: Filters,
        after: str | None,
        most: int,
        timeout: float,
    ) -> Sequence[DecisionRecord]:
        """At most ``most`` decisions that pass ``filters``, newest first, older than the id ``after``.

        Raises:
            Unavailable: the store did not answer.
        """
        c = DECISIONS.c
        chosen = select(DECISIONS).order_by(c.prediction_id.desc()).limit(most)
        for name in ("applicant_id", "decision", "contract_type", "model_version", "client_id"):
            if (wanted := getattr(filters, name)) is not None:
                chosen = chosen.where(c[name] == wanted)
        if filters.decided_from is not None:
            chosen = chosen.where(c.decided_at >= to_micros(filters.decided_from))
        if filters.decided_before is not None:
            chosen = chosen.where(c.decided_at < to_micros(filters.decided_before))
        if after is not None:
            chosen = chosen.where(c.prediction_id < after)
        return await self._read(chosen, timeout)

    def forget(self, before: datetime) -> int:
        """Delete decisions made before a time, in small transactions; how many. Blocking.

        Where a broker gets them, those it has not got yet are spared.
        """
        forgotten = 0
        # Rows that another replica is deleting are left to it.
        oldest = select(DECISIONS.c.prediction_id).where(DECISIONS.c.decided_at < to_micros(before))
        if self._relayed:
            oldest = oldest.where(DECISIONS.c.ship_after.is_(None))
        some_oldest = oldest.limit(1_000).with_for_update(skip_locked=True)
        chosen = delete(DECISIONS).where(DECISIONS.c.prediction_id.in_(some_oldest))

        def some() -> int:
            with self._engine.begin() as connection:
                return connection.execute(chosen).rowcount

        while True:
            deleted = _with_live_connection(some)
            forgotten += deleted
            if deleted == 0:
                return forgotten

    def close(self) -> None:
        """Commit what waits, then let go of the database. Blocking."""
        self._commits.close()
        self._insert.close()
        self._engine.dispose()

    # --- on the writer's thread -------------------------------------------------------------------

    def _write(self, records: Sequence[DecisionRecord]) -> list[Outcome]:
        # One order for all replicas, so that two writers of the same keys cannot deadlock.
        ordered = sorted(records, key=lambda record: (record.client_id, record.request_id))
        rows = [to_row(record) for record in ordered]
        for row in rows:
            row["ship_after"] = row["decided_at"]
        if self._insert(rows) == len(records):
            return [Recorded(record, replayed=False) for record in records]
        try:
            standing = _with_live_connection(lambda: self._find_standing(records))
        except SQLAlchemyError as error:
            raise Unavailable(f"the decision store failed: {type(error).__name__}") from error
        return [_settle(record, standing[record.client_id, record.request_id]) for record in records]

    def _find_standing(self, records: Sequence[DecisionRecord]) -> dict[tuple[str, str], DecisionRecord]:
        """What stands for the requests of ``records``: rows just inserted, and older ones."""
        keys = {(record.client_id, record.request_id) for record in records}
        chosen = select(DECISIONS).where(tuple_(DECISIONS.c.client_id, DECISIONS.c.request_id).in_(keys))
        with self._engine.connect() as connection:
            found = connection.execute(chosen).mappings()
            standing = {(row["client_id"], row["request_id"]): from_row(row) for row in found}
        if standing.keys() != keys:
            raise Unavailable("a decision was deleted as its retry arrived; try again")
        return standing

    async def _read(self, chosen: Any, timeout: float) -> Sequence[DecisionRecord]:
        def read() -> Sequence[DecisionRecord]:
            with self._engine.connect() as connection:
                return [from_row(row) for row in connection.execute(chosen).mappings()]

        try:
            return await asyncio.wait_for(asyncio.to_thread(_with_live_connection, read), timeout)
        except (SQLAlchemyError, TimeoutError) as error:
            raise Unavailable(f"the decision store does not answer ({type(error).__name__})") from error


def _with_live_connection(work: Callable[[], T]) -> T:
    """Do ``work``, again where its connection turns out to be dead: after that, all of the pool's are new."""
    try:
        return work()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        return work()


def _settle(asked: DecisionRecord, standing: DecisionRecord) -> Outcome:
    if standing.body_hash != asked.body_hash:
        return RequestConflict(f"request_id {asked.request_id!r} was used for another application; use a new one")
    return Recorded(standing, replayed=standing.prediction_id != asked.prediction_id)
