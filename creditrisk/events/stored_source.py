"""Decisions straight from their store, where there is no broker: the same events, through the same consumer."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from creditrisk.decision.record import DecisionRecord
from creditrisk.events.message import Message
from creditrisk.events.source import Fetched, Positions, Received
from creditrisk.stores.drift_state import Move, Place
from creditrisk.stores.outbox import Outbox

MOST: Final = 1_000
LEASE: Final = timedelta(seconds=60)
IDLE: Final = 0.5
"""Seconds to wait where there is nothing."""
LOOK: Final = 2.0
"""Seconds between notes that all was read."""


class StoredSource:
    """Reads the outbox of one decision store; a decision leaves it when it is in the state."""

    def __init__(
        self, outbox: Outbox, topic: str, encode: Callable[[DecisionRecord], Message], positions: Positions
    ) -> None:
        """Read ``outbox`` as if it were partition 0 of ``topic``."""
        self._outbox = outbox
        self._place = Place(topic, 0)
        self._encode = encode
        self._positions = positions
        self._at: int | None = None
        self._taken: list[str] = []
        self._looked = 0.0

    def fetch(self) -> Fetched:
        """See ``Source``."""
        if self._at is None:
            self._outbox.give_back(self._taken)
            self._taken = []
            self._at = self._positions([self._place])[self._place]
        now = time.time()
        records = self._outbox.take(MOST, LEASE)
        self._taken = [record.prediction_id for record in records]
        if not records:
            time.sleep(IDLE)
        read_to = round(now * 1e6) if len(records) < MOST and now >= self._looked + LOOK else None
        if not records and read_to is None:
            return Fetched([], {})
        if read_to is not None:
            self._looked = now
        messages = [
            Received(self._place, self._at + number, *self._encode(record)[:2]) for number, record in enumerate(records)
        ]
        return Fetched(messages, {self._place: Move(self._at, self._at + len(records), read_to)})

    def applied(self, fetched: Fetched) -> None:
        """See ``Source``."""
        self._at = fetched.moves[self._place].next if fetched.moves else self._at
        self._outbox.shipped(self._taken)
        self._taken = []

    def rewind(self) -> None:
        """See ``Source``."""
        self._at = None

    def close(self) -> None:
        """See ``Source``."""
        self._outbox.give_back(self._taken)
