"""The relay: takes unshipped decisions from the outbox, ships their events, marks them when they are acknowledged.

It runs on a thread of its own, beside the event loop that scores. Killed at any point it loses nothing:
what it took and did not mark is taken again when its lease ends, so an event may be shipped twice, and
its readers tell repeats by the prediction id.
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Protocol

from prometheus_client import Counter, Gauge

from creditrisk.decision.record import DecisionRecord
from creditrisk.errors import Exhausted, Unavailable
from creditrisk.events.message import Message
from creditrisk.runtime.worker import Worker
from creditrisk.stores.outbox import Outbox

log = logging.getLogger("relay")

BATCH: Final = 500
"""Events taken at a time; bounds the relay's memory to about 1 MB."""
LEASE: Final = timedelta(seconds=60)
"""Longer than a publish can take."""
POLL: Final = 0.1
"""Seconds between looks at an empty outbox."""
AGAIN: Final = 1.0
"""Seconds before the next try after a failure."""
MEASURE: Final = 1.0
"""Seconds between counts of the backlog, or a pass where that takes longer (some 10 s without a broker): the
backlog may pass its bound by what is decided meanwhile."""
WARN: Final = 0.5
"""Share of the bound at which the backlog is warned of."""

SHIPPED: Final = Counter("creditrisk_events_shipped_total", "Events that the broker acknowledged.")
FAILED: Final = Counter("creditrisk_relay_failures_total", "Passes of the relay that failed, to be tried again.")
BACKLOG: Final = Gauge("creditrisk_outbox_backlog", "Decisions whose events are not shipped, up to the bound.")


class Broker(Protocol):
    """Where events go."""

    def connect(self) -> None:
        """Be connected; raises ``Unavailable``."""

    def publish(self, events: Sequence[Message]) -> list[bool]:
        """Which of the events were acknowledged; raises ``Unavailable``."""

    def close(self) -> None:
        """Let go of the broker."""


class Relay:
    """Ships the outbox of one database until it is stopped."""

    def __init__(self, outbox: Outbox, broker: Broker, encode: Callable[[DecisionRecord], Message], bound: int) -> None:
        """Ship from ``outbox`` to ``broker``; past ``bound`` unshipped decisions no more shall be made."""
        self._outbox = outbox
        self._broker = broker
        self._encode = encode
        self._bound = bound
        self._backlog = 0
        self._measured = -math.inf
        self._worker = Worker("relay", self._try, self._ship_the_last)

    def start(self) -> None:
        """Start shipping."""
        self._worker.start()

    def check(self) -> None:
        """Raise ``Exhausted`` while the backlog is at its bound: better no decision than one that is lost."""
        if self._backlog >= self._bound:
            raise Exhausted(f"{self._backlog:,} decisions wait for the event broker, the bound; try again later")

    def stop(self, timeout: float) -> None:
        """Ship what waits as far as ``timeout`` seconds reach, then end. Blocking."""
        self._worker.stop(timeout)
        self._broker.close()

    # --- on the relay's thread ------------------------------------------------------------------------

    def _ship_the_last(self) -> None:
        while self._try() == 0.0:  # a full batch says that more waits
            pass

    def _try(self) -> float:
        """One pass; the seconds to wait before the next. Whatever fails, the thread goes on: events wait."""
        try:
            return 0.0 if self._pass() == BATCH else POLL
        except Exception as error:
            FAILED.inc()
            expected = isinstance(error, Unavailable)
            why = {"why": str(error) if expected else type(error).__name__, "backlog": self._backlog}
            log.warning("events wait", exc_info=None if expected else error, extra=why)
            return AGAIN

    def _pass(self) -> int:
        self._measure()
        self._broker.connect()  # before any row is taken: where there is no broker, none is under a lease
        records = self._outbox.take(BATCH, LEASE)
        if not records:
            return 0
        ids = [record.prediction_id for record in records]
        acknowledged = [False] * len(ids)
        try:
            acknowledged = self._broker.publish([self._encode(record) for record in records])
        finally:
            there = [one for one, done in zip(ids, acknowledged, strict=True) if done]
            self._outbox.shipped(there)
            SHIPPED.inc(len(there))
            self._outbox.give_back([one for one, done in zip(ids, acknowledged, strict=True) if not done])
        if len(there) < len(ids):
            raise Unavailable(f"Kafka did not acknowledge {len(ids) - len(there)} events")
        return len(ids)

    def _measure(self) -> None:
        if time.monotonic() < self._measured + MEASURE:
            return
        self._measured = time.monotonic()
        before, self._backlog = self._backlog, self._outbox.backlog(self._bound)
        BACKLOG.set(self._backlog)
        level = WARN * self._bound
        if before < level <= self._backlog:
            log.warning("the backlog of events grows", extra={"backlog": self._backlog, "bound": self._bound})
