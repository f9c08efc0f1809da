"""What drift knows: predictions counted exactly once, whatever is delivered, by whomever, how often.

One transaction takes all that was read at once: the positions move, the predictions are inserted, the new
ones are counted, the outcomes are merged. So a crash leaves all or nothing; a repeat finds its prediction
there; and a consumer that was overtaken finds the position moved, and changes nothing.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, and_, delete, select, update

from creditrisk.drift.layout import Layout
from creditrisk.errors import InvalidSettings, Overtaken
from creditrisk.stores.drift_schema import COUNTS, METADATA, OUTCOMES, POSITIONS, PREDICTIONS, STATE, WINDOWS
from creditrisk.stores.engine import create_tables, insert_into, transaction
from creditrisk.stores.outcomes import Outcome, merge, stale

PAGE: Final = 1_000
"""Rows deleted in one transaction."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Move:
    """A position moves from ``expected`` to ``next``; ``read_to``: all that had arrived by then is read, or None."""

    expected: int
    next: int
    read_to: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """Predictions (n,) of one bundle from one place, ready to be counted in ``layout``; times in microseconds."""

    place: Place
    bundle_hash: str
    layout: Layout
    prediction_ids: Sequence[str]
    segments: Sequence[str]
    decided_at: NDArray[np.int64]
    decisions: NDArray[np.uint8]
    grid: NDArray[np.int16]
    bins: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Applied:
    """Predictions that were counted, that had been before, and that are older than what is kept."""

    new: int
    repeated: int
    expired: int


class DriftState:
    """The state in one database. All methods block, and raise ``Unavailable`` where it does not answer."""

    def __init__(self, engine: Engine, window: int) -> None:
        """Use ``engine``, making the tables where there are none; windows are ``window`` microseconds wide.

        Raises:
            InvalidSettings: the state there has windows of another width.
        """
        create_tables(engine, METADATA)
        self._engine = engine
        self.window = window
        with self._transaction() as connection:
            start = {"only": 1, "window": window, "horizon": 0}
            connection.execute(insert_into(self._engine, STATE).values(start).on_conflict_do_nothing())
            there = connection.execute(select(STATE.c.window)).scalar_one()
        if there != window:
            raise InvalidSettings(
                f"WINDOW_SECONDS: the state's windows are {there // 10**6} s wide; keep that, or use a new database"
            )

    def positions(self, places: Iterable[Place]) -> dict[Place, int]:
        """The next offset of each place; new places start at 0."""
        wanted = sorted(places)
        with self._transaction() as connection:
            for place in wanted:
                start = {"topic": place.topic, "partition": place.partition, "next_offset": 0}
                connection.execute(insert_into(self._engine, POSITIONS).values(start).on_conflict_do_nothing())
            rows = connection.execute(select(POSITIONS)).mappings()
            there = {Place(row["topic"], row["partition"]): row["next_offset"] for row in rows}
        return {place: there[place] for place in wanted}

    def apply(self, moves: dict[Place, Move], counted: Sequence[Counted], outcomes: Sequence[Outcome] = ()) -> Applied:
        """Take what was read, in one transaction.

        Raises:
            Overtaken: a position is not where it was expected; nothing changed.
        """
        with self._transaction() as connection:
            for place in sorted(moves):
                self._move(connection, place, moves[place])
            # Shared: whoever forgets waits for us, so nothing that it has forgotten is counted again.
            horizon = connection.execute(select(STATE.c.horizon).with_for_update(read=True)).scalar_one()
            applied = [self._count(connection, one, horizon) for one in counted]
            merge(connection, outcomes)
        return Applied(*(sum(part) for part in zip(*applied, strict=True))) if applied else Applied(0, 0, 0)

    def forget(self, before: int) -> int:
        """Forget what was decided before a time, in whole windows and small transactions; how many predictions."""
        horizon = before // self.window * self.window
        with self._transaction() as connection:
            connection.execute(update(STATE).where(STATE.c.horizon < horizon).values(horizon=horizon))
            connection.execute(delete(COUNTS).where(COUNTS.c.window_start < horizon))
            connection.execute(delete(WINDOWS).where(WINDOWS.c.window_start < horizon))
            connection.execute(delete(OUTCOMES).where(stale(horizon)))
        c = PREDICTIONS.c
        oldest = select(c.prediction_id).where(c.decided_at < horizon).limit(PAGE).with_for_update(skip_locked=True)
        forgotten = 0
        while True:
            with self._transaction() as connection:
                ids = connection.execute(oldest).scalars().all()
                connection.execute(delete(OUTCOMES).where(OUTCOMES.c.prediction_id.in_(ids)))
                connection.execute(delete(PREDICTIONS).where(c.prediction_id.in_(ids)))
            forgotten += len(ids)
            if len(ids) < PAGE:
                return forgotten

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    # --- inside a transaction ---------------------------------------------------------------------

    def _move(self, connection: Connection, place: Place, move: Move) -> None:
        at = and_(POSITIONS.c.topic == place.topic, POSITIONS.c.partition == place.partition)
        values = {"next_offset": move.next} | ({} if move.read_to is None else {"read_to": move.read_to})
        moved = update(POSITIONS).where(at, POSITIONS.c.next_offset == move.expected).values(values)
        if connection.execute(moved).rowcount != 1:
            raise Overtaken(f"{place.topic} {place.partition} is no longer at {move.expected}")

    def _count(self, connection: Connection, given: Counted, horizon: int) -> tuple[int, int, int]:
        """Insert predictions and count the new ones; how many are new, repeated, expired."""
        rows = {
            one: at
            for at, (one, decided) in enumerate(zip(given.prediction_ids, given.decided_at.tolist(), strict=True))
            if decided >= horizon
        }
        expired = int((given.decided_at < horizon).sum())
        if not rows:
            return 0, len(given.prediction_ids) - expired, expired
        # One order for all consumers, so that two of the same predictions cannot deadlock.
        values = [
            {
                "prediction_id": one,
                "bundle_hash": given.bundle_hash,
                "segment": given.segments[at],
                "decided_at": int(given.decided_at[at]),
                "decision": int(given.decisions[at]),
                "grid": int(given.grid[at]),
                "bins": given.bins[at].tobytes(),
            }
            for one, at in sorted(rows.items())
        ]
        inserted = (
            insert_into(self._engine, PREDICTIONS).on_conflict_do_nothing().returning(PREDICTIONS.c.prediction_id)
        )
        new = [rows[one] for one in connection.execute(inserted, values).scalars()]
        starts = given.decided_at // self.window * self.window
        groups: dict[tuple[int, str], list[int]] = {}
        for at in new:
            groups.setdefault((int(starts[at]), given.segments[at]), []).append(at)
        for (start, segment), group in groups.items():
            counts = given.layout.count(given.bins[group], given.grid[group], given.decisions[group])
            self._add(connection, given, start, segment, len(group), counts)
        return len(new), len(given.prediction_ids) - expired - len(new), expired

    def _add(
        self, connection: Connection, of: Counted, start: int, segment: str, rows: int, counts: NDArray[np.int64]
    ) -> None:
        """Add to the counts that this place keeps; its position's row is locked, so nobody else does."""
        key = {
            "bundle_hash": of.bundle_hash,
            "window_start": start,
            "segment": segment,
            "topic": of.place.topic,
            "partition": of.place.partition,
        }
        at = and_(*(COUNTS.c[name] == value for name, value in key.items()))
        there = connection.execute(select(COUNTS.c.counts).where(at)).scalar_one_or_none()
        if there is None:
            connection.execute(COUNTS.insert().values(**key, rows=rows, counts=counts.astype("<i8").tobytes()))
            return
        total = np.frombuffer(there, dtype="<i8") + counts
        changed = {"rows": COUNTS.c.rows + rows, "counts": total.astype("<i8").tobytes()}
        connection.execute(update(COUNTS).where(at).values(changed))

    def _transaction(self) -> AbstractContextManager[Connection]:
        return transaction(self._engine, "the drift state")
