"""Outcomes of loans: merged so that late, shuffled and repeated ones come to the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from creditrisk.stores.drift_schema import OUTCOMES, PREDICTIONS
from creditrisk.stores.engine import insert_into


@dataclass(frozen=True, slots=True)
class Outcome:
    """A loan was seen in default, or not, at a time in microseconds."""

    prediction_id: str
    defaulted: bool
    observed_at: int


def merge(connection: Connection, outcomes: Sequence[Outcome]) -> None:
    """Keep the earliest default and the latest observation of none, of what is there and what came."""
    came: dict[str, dict[str, int | None]] = {}
    for one in outcomes:
        row = came.setdefault(one.prediction_id, {"defaulted_at": None, "good_until": None})
        name, better = ("defaulted_at", min) if one.defaulted else ("good_until", max)
        known = row[name]
        row[name] = one.observed_at if known is None else better(known, one.observed_at)
    if not came:
        return
    insert = insert_into(connection.engine, OUTCOMES)
    old, new = OUTCOMES.c, insert.excluded

    def merged(name: str, better: Any) -> Any:
        return case((old[name].is_(None), new[name]), (better, new[name]), else_=old[name])

    merging = insert.on_conflict_do_update(
        index_elements=["prediction_id"],
        set_={
            "defaulted_at": merged("defaulted_at", new.defaulted_at < old.defaulted_at),
            "good_until": merged("good_until", new.good_until > old.good_until),
        },
    )
    # One order for all, so that two of the same loans cannot deadlock.
    connection.execute(merging, [{"prediction_id": one, **came[one]} for one in sorted(came)])


def stale(before: int) -> ColumnElement[bool]:
    """Outcomes seen before a time, of predictions that are not there."""
    o = OUTCOMES.c
    known = select(PREDICTIONS.c.prediction_id).where(PREDICTIONS.c.prediction_id == o.prediction_id)
    return and_(func.coalesce(o.defaulted_at, 0) < before, func.coalesce(o.good_until, 0) < before, ~known.exists())
