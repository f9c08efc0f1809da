"""The decisions whose events are still to be shipped: the same rows, taken by relays under a lease.

A lease, not a lock: no transaction is open while the broker is waited for, and the rows of a relay that
died are free again when the lease ends. So an event is shipped at least once, by whichever replica.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, Update, func, select, update

from creditrisk.decision.record import DecisionRecord
from creditrisk.stores.engine import transaction
from creditrisk.stores.rows import from_row, to_micros
from creditrisk.stores.schema import DECISIONS

WHAT: Final = "the outbox"


class Outbox:
    """The unshipped rows of one database. All methods block, and raise ``Unavailable`` where it does not answer."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``, whose tables exist."""
        self._engine = engine

    def take(self, most: int, lease: timedelta) -> list[DecisionRecord]:
        """At most ``most`` records, oldest first, that nobody else takes for the time of ``lease``."""
        now = datetime.now(UTC)
        c = DECISIONS.c
        free = (
            select(c.prediction_id)
            .where(c.ship_after <= to_micros(now))
            .order_by(c.prediction_id)
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        taken = (
            update(DECISIONS)
            .where(c.prediction_id.in_(free))
            .values(ship_after=to_micros(now + lease))
            .returning(*DECISIONS.columns)
        )
        with transaction(self._engine, WHAT) as connection:
            records = [from_row(row) for row in connection.execute(taken).mappings()]
        return sorted(records, key=lambda record: record.prediction_id)

    def shipped(self, prediction_ids: Sequence[str]) -> None:
        """The broker has the events of these: they leave the outbox."""
        self._set(update(DECISIONS).values(ship_after=None), prediction_ids)

    def give_back(self, prediction_ids: Sequence[str]) -> None:
        """These were not shipped: anyone may take them at once."""
        self._set(update(DECISIONS).values(ship_after=to_micros(datetime.now(UTC))), prediction_ids)

    def backlog(self, most: int) -> int:
        """How many rows are unshipped, counted up to ``most``."""
        some = select(DECISIONS.c.prediction_id).where(DECISIONS.c.ship_after.is_not(None)).limit(most).subquery()
        with transaction(self._engine, WHAT) as connection:
            return int(connection.execute(select(func.count()).select_from(some)).scalar_one())

    def _set(self, change: Update, prediction_ids: Sequence[str]) -> None:
        if not prediction_ids:
            return
        with transaction(self._engine, WHAT) as connection:
            connection.execute(change.where(DECISIONS.c.prediction_id.in_(prediction_ids)))
