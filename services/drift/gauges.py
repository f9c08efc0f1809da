"""Prometheus gauges of the newest judged window: the same on every replica, whoever judged it.

A label's values are the quantities of the bundle: its features, PD and DECISION.
"""

from typing import Final

from prometheus_client import Gauge

from creditrisk.drift import statistics
from creditrisk.drift.monitor import Compared
from creditrisk.drift.performance import estimate
from creditrisk.drift.reference import ALL
from creditrisk.stores.drift_reads import DriftReads
from services.drift.bundles import Watched, WatchedBundles

PSI: Final = Gauge("creditrisk_drift_psi", "Population stability index.", ["quantity"])
ALARM: Final = Gauge("creditrisk_drift_alarm", "Whether the quantity is alarmed in any segment: 1 or 0.", ["quantity"])
MISSING: Final = Gauge("creditrisk_drift_missing_rate", "Share of missing values.", ["quantity"])
UNSEEN: Final = Gauge("creditrisk_drift_unseen_rate", "Share of values the reference did not have.", ["quantity"])
ROWS: Final = Gauge("creditrisk_drift_window_rows", "Decisions in the window.")
BEGIN: Final = Gauge("creditrisk_drift_window_begin_seconds", "Unix time of the window's begin.")
ESTIMATED: Final = Gauge("creditrisk_estimated_performance", "Estimated without outcomes (CBPE).", ["measure"])


class Gauges:
    """Shows the newest judged window."""

    def __init__(self, reads: DriftReads, bundles: WatchedBundles) -> None:
        """Read the state with ``reads``."""
        self._reads = reads
        self._bundles = bundles
        self._shown: tuple[str, int] | None = None

    def update(self) -> None:
        """Show the newest window, if it is another than the one shown.

        Raises:
            InvalidBundle: its bundle cannot be used.
            Unavailable: the state does not answer.
        """
        newest = self._reads.newest_judged(None)
        if newest is None or newest == self._shown:
            return
        self._shown = newest
        bundle_hash, start = newest
        watched = self._bundles.of(bundle_hash)
        _show(watched, watched.monitor.compare(self._reads.counts(bundle_hash, (start, start + 1))))
        BEGIN.set(start / 1e6)


def _show(watched: Watched, compared: dict[str, Compared]) -> None:
    for gauge in (PSI, ALARM, MISSING, UNSEEN):
        gauge.clear()  # another bundle may have other features
    whole = compared[ALL]
    for place, one in enumerate(whole.quantities):
        name = one.quantity.name
        PSI.labels(name).set(one.psi)
        ALARM.labels(name).set(any(part.quantities[place].alarm for part in compared.values()))
        MISSING.labels(name).set(statistics.missing_rate(one.window))
        UNSEEN.labels(name).set(statistics.unseen_rate(one.quantity, one.window))
    ROWS.set(whole.rows)
    expected = estimate(watched.layout.margins(whole.counts), watched.layout.reference)
    ESTIMATED.labels("auc").set(expected.auc.value)
    ESTIMATED.labels("cost").set(expected.cost.value)
    ESTIMATED.labels("default_rate").set(expected.default_rate.value)
    ESTIMATED.labels("approval_rate").set(expected.approval_rate)
