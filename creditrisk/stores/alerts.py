"""Verdicts on windows, once each, and the alerts they raise: an outbox of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, select, update
from sqlalchemy.engine import RowMapping

from creditrisk.stores.drift_schema import ALERTS, WINDOWS
from creditrisk.stores.engine import insert_into, transaction

WHAT: Final = "the drift state"


@dataclass(frozen=True, slots=True)
class Alert:
    """A quantity drifted in a segment of a window; times in microseconds. ``alert_id`` is 0 before it is stored."""

    bundle_hash: str
    window_start: int
    segment: str
    quantity: str
    raised_at: int
    rows: int
    psi: float
    adjusted_p: float
    what: str
    alert_id: int = 0


class Alerts:
    """Alerts of one database. All methods block, and raise ``Unavailable`` where it does not answer."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``, whose tables exist."""
        self._engine = engine

    def judge(self, bundle_hash: str, window_start: int, judged_at: int, alerts: Sequence[Alert]) -> bool:
        """Record a window's verdict with its alerts; False where it was judged before: then nothing changes."""
        verdict = {
            "bundle_hash": bundle_hash,
            "window_start": window_start,
            "judged_at": judged_at,
            "alarms": len(alerts),
        }
        insert = insert_into(self._engine, WINDOWS).values(verdict).on_conflict_do_nothing()
        inserted = insert.returning(WINDOWS.c.window_start)
        names = [name for name in Alert.__dataclass_fields__ if name != "alert_id"]
        rows = [{name: getattr(alert, name) for name in names} | {"published": False} for alert in alerts]
        with transaction(self._engine, WHAT) as connection:
            if connection.execute(inserted).first() is None:
                return False
            if rows:
                connection.execute(ALERTS.insert(), rows)
        return True

    def after(self, alert_id: int, most: int) -> list[Alert]:
        """At most ``most`` alerts with greater ids, in order."""
        chosen = select(ALERTS).where(ALERTS.c.alert_id > alert_id).order_by(ALERTS.c.alert_id).limit(most)
        with transaction(self._engine, WHAT) as connection:
            return [_alert(row) for row in connection.execute(chosen).mappings()]

    def newest(self, bundle_hash: str | None, before: int | None, most: int) -> list[Alert]:
        """At most ``most`` alerts, newest first, of one bundle or of all, with ids less than ``before``."""
        chosen = select(ALERTS).order_by(ALERTS.c.alert_id.desc()).limit(most)
        if bundle_hash is not None:
            chosen = chosen.where(ALERTS.c.bundle_hash == bundle_hash)
        if before is not None:
            chosen = chosen.where(ALERTS.c.alert_id < before)
        with transaction(self._engine, WHAT) as connection:
            return [_alert(row) for row in connection.execute(chosen).mappings()]

    def unpublished(self, most: int) -> list[Alert]:
        """At most ``most`` alerts that the broker has not got, in order."""
        chosen = select(ALERTS).where(~ALERTS.c.published).order_by(ALERTS.c.alert_id).limit(most)
        with transaction(self._engine, WHAT) as connection:
            return [_alert(row) for row in connection.execute(chosen).mappings()]

    def published(self, alert_ids: Sequence[int]) -> None:
        """The broker has got these."""
        with transaction(self._engine, WHAT) as connection:
            connection.execute(update(ALERTS).where(ALERTS.c.alert_id.in_(alert_ids)).values(published=True))


def _alert(row: RowMapping) -> Alert:
    return Alert(**{name: row[name] for name in Alert.__dataclass_fields__})
