"""Decisions recorded and read back.

What ``record`` returns is on disk (see ``writer``).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import SQLAlchemyError

from creditrisk.decision.policy import Decision
from creditrisk.decision.record import DecisionRecord
from creditrisk.errors import Unavailable
from creditrisk.stores.rows import from_row, to_micros
from creditrisk.stores.schema import DECISIONS, create_tables, with_live_connection
from creditrisk.stores.writer import DecisionWriter, Outcome


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

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``, making the table where there is none; starts its writer.

        Raises:
            Unavailable: the database does not answer.
        """
        try:
            create_tables(engine)
        except SQLAlchemyError as error:
            why = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
            raise Unavailable(f"the decision store does not answer: {why}") from error
        self._engine = engine
        self._writer = DecisionWriter(engine)

    async def record(self, records: Sequence[DecisionRecord], timeout: float) -> list[Outcome]:  # noqa: ASYNC109
        """Record decisions; the outcomes, in order, are durable.

        An outcome is the decision that stands, or ``RequestConflict`` where the request id belongs to
        another body. ``timeout`` in seconds.

        Raises:
            Unavailable: the store did not commit, or not in time. The rows may still be committed: a
                retry with the same request ids tells.
        """
        return await self._writer.write(records, timeout)

    async def get(self, prediction_id: str, timeout: float) -> DecisionRecord | None:  # noqa: ASYNC109
        """The decision of an id, or None.

        Raises:
            Unavailable: the store did not answer.
        """
        found = await self._read(select(DECISIONS).where(DECISIONS.c.prediction_id == prediction_id), timeout)
        return found[0] if found else None

    async def find(
        self,
        filters: Filters,
        after: str | None,
        most: int,
        timeout: float,  # noqa: ASYNC109
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
        """Delete decisions made before a time, in small transactions; the number deleted. Blocking."""
        forgotten = 0
        # Rows that another replica is deleting are left to it.
        oldest = (
            select(DECISIONS.c.prediction_id)
            .where(DECISIONS.c.decided_at < to_micros(before))
            .limit(1_000)
            .with_for_update(skip_locked=True)
        )
        chosen = delete(DECISIONS).where(DECISIONS.c.prediction_id.in_(oldest))

        def some() -> int:
            with self._engine.begin() as connection:
                return connection.execute(chosen).rowcount

        while True:
            deleted = with_live_connection(some)
            forgotten += deleted
            if deleted == 0:
                return forgotten

    def close(self) -> None:
        """Commit what waits, then let go of the database. Blocking."""
        self._writer.close()
        self._engine.dispose()

    async def _read(self, chosen: Any, timeout: float) -> Sequence[DecisionRecord]:  # noqa: ASYNC109
        def read() -> Sequence[DecisionRecord]:
            with self._engine.connect() as connection:
                return [from_row(row) for row in connection.execute(chosen).mappings()]

        try:
            return await asyncio.wait_for(asyncio.to_thread(with_live_connection, read), timeout)
        except (SQLAlchemyError, TimeoutError) as error:
            raise Unavailable(f"the decision store does not answer ({type(error).__name__})") from error
