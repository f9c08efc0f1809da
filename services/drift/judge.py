"""The judge: windows whose events have all arrived are judged, once; alerts are published; the old is forgotten.

It runs on a thread of its own. Any replica may judge any window: the state takes one verdict.
"""

import logging
import time
from typing import Final

from prometheus_client import Counter, Gauge

from creditrisk.drift.reference import ALL
from creditrisk.errors import InvalidBundle, Unavailable
from creditrisk.events.kafka import Publisher
from creditrisk.events.message import Message
from creditrisk.runtime.worker import Worker
from creditrisk.stores.alerts import Alert, Alerts
from creditrisk.stores.drift_reads import DriftReads
from creditrisk.stores.drift_state import DriftState
from services.drift.bundles import WatchedBundles
from services.drift.gauges import Gauges
from services.drift.messages import alert_message

log = logging.getLogger("judge")

EVERY: Final = 1.0
"""Seconds between passes."""
FORGET_EVERY: Final = 3_600.0
"""Seconds between looks for what is past its retention."""
PAGE: Final = 100
DAY: Final = 86_400 * 10**6

JUDGED: Final = Counter("creditrisk_drift_windows_judged_total", "Windows judged by this replica.")
ALERTS: Final = Counter("creditrisk_drift_alerts_total", "Alerts raised by this replica.")
READ_TO: Final = Gauge("creditrisk_drift_read_to_seconds", "Unix time up to which every partition is read.")


class Judge:
    """Judges windows of one state, on its ``worker``."""

    def __init__(
        self,
        state: DriftState,
        reads: DriftReads,
        alerts: Alerts,
        bundles: WatchedBundles,
        topic: str,
        lateness: float,
        retention_days: int,
        publisher: Publisher | None,
    ) -> None:
        """Judge what came from ``topic``, ``lateness`` seconds after a window's end; publish with ``publisher``."""
        self._state = state
        self._reads = reads
        self._alerts = alerts
        self._bundles = bundles
        self._topic = topic
        self._lateness = round(lateness * 1e6)
        self._retention = retention_days * DAY
        self._publisher = publisher
        self._forgot = -FORGET_EVERY
        self._gauges = Gauges(reads, bundles)
        self._unusable: set[str] = set()
        self.worker = Worker("judge", self._try, self._close)

    def _try(self) -> float:
        """One pass; the seconds to wait before the next. Whatever fails, the thread goes on."""
        try:
            self.step()
        except Unavailable as error:
            log.warning("verdicts wait: %s", error)
        except Exception:
            log.exception("verdicts wait")
        return EVERY

    def _close(self) -> None:
        if self._publisher is not None:
            self._publisher.close()

    def step(self) -> None:
        """One pass."""
        read_to = self._reads.read_to(self._topic)
        if read_to is not None:
            READ_TO.set(read_to / 1e6)
            for bundle_hash, start in self._reads.unjudged(read_to - self._state.window - self._lateness + 1):
                if not self.worker.stopping:
                    self._judge(bundle_hash, start)
            self._gauges.update()
        if time.monotonic() >= self._forgot + FORGET_EVERY:
            self._forgot = time.monotonic()
            forgotten = self._state.forget(time.time_ns() // 1_000 - self._retention)
            if forgotten:
                log.info("forgot predictions past their retention", extra={"predictions": forgotten})
        self._publish()  # last: it may fail for as long as the broker is away

    def _judge(self, bundle_hash: str, start: int) -> None:
        try:
            watched = self._bundles.of(bundle_hash)
        except InvalidBundle as error:
            if bundle_hash not in self._unusable:
                self._unusable.add(bundle_hash)
                log.warning("windows of a bundle cannot be judged: %s", error)
            return
        compared = watched.monitor.compare(self._reads.counts(bundle_hash, (start, start + 1)))
        now = time.time_ns() // 1_000
        raised = [
            Alert(
                bundle_hash=bundle_hash,
                window_start=start,
                segment=segment,
                quantity=one.quantity.name,
                raised_at=now,
                rows=found.rows,
                psi=one.psi,
                adjusted_p=one.adjusted_p,
                what=one.change,
            )
            for segment, found in compared.items()
            for one in found.quantities
            if one.alarm and one.adjusted_p is not None
        ]
        if self._alerts.judge(bundle_hash, start, now, raised):
            JUDGED.inc()
            ALERTS.inc(len(raised))
            verdict = {"bundle": bundle_hash[:12], "rows": compared[ALL].rows, "alarms": len(raised)}
            log.info("judged a window", extra=verdict)

    def _publish(self) -> None:
        if self._publisher is None:
            return
        while waiting := self._alerts.unpublished(PAGE):
            messages = [
                Message(str(one.alert_id).encode(), alert_message(one, self._state.window).SerializeToString())
                for one in waiting
            ]
            acknowledged = self._publisher.publish(messages)
            self._alerts.published([one.alert_id for one, done in zip(waiting, acknowledged, strict=True) if done])
            if not all(acknowledged):
                raise Unavailable("Kafka did not acknowledge all alerts")
