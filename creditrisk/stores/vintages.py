"""Decisions by month and outcome, on the grid of margins: what realised performance is computed from."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, and_, case, func, or_, select

from creditrisk.drift.layout import GRID
from creditrisk.drift.reference import DECISIONS
from creditrisk.stores.drift_schema import OUTCOMES, PREDICTIONS
from creditrisk.stores.engine import transaction

WHAT: Final = "the drift state"
DEFAULTED, REPAID, UNKNOWN = 1, 0, -1


@dataclass(frozen=True, slots=True)
class Vintage:
    """Decisions of one bundle in a calendar month, as counts (3, GRID) by decision and place on the grid.

    An outcome is known at a maturity: ``defaulted`` by then, or ``repaid``, seen without default at it.
    """

    month: datetime
    defaulted: NDArray[np.int64]
    repaid: NDArray[np.int64]
    unknown: NDArray[np.int64]


class Vintages:
    """Reads vintages of one database; raises ``Unavailable`` where it does not answer. Blocking."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``, whose tables exist."""
        self._engine = engine

    def first_month(self, bundle_hash: str) -> datetime | None:
        """The month of a bundle's first decision."""
        chosen = select(func.min(PREDICTIONS.c.decided_at)).where(PREDICTIONS.c.bundle_hash == bundle_hash)
        with transaction(self._engine, WHAT) as connection:
            first = connection.execute(chosen).scalar_one_or_none()
        return None if first is None else month_of(datetime.fromtimestamp(first / 1e6, UTC))

    def read(self, bundle_hash: str, month: datetime, maturity: int) -> Vintage:
        """A month's decisions with what is known at ``maturity`` microseconds after each."""
        p, o = PREDICTIONS.c, OUTCOMES.c
        at = p.decided_at + maturity
        state = case(
            (o.defaulted_at <= at, DEFAULTED),
            (or_(o.good_until >= at, o.defaulted_at > at), REPAID),
            else_=UNKNOWN,
        )
        begin, end = (round(time.timestamp() * 1e6) for time in (month, next_month(month)))
        chosen = (
            select(p.decision, p.grid, state.label("state"), func.count())
            .select_from(PREDICTIONS.outerjoin(OUTCOMES, p.prediction_id == o.prediction_id))
            .where(and_(p.bundle_hash == bundle_hash, p.decided_at >= begin, p.decided_at < end))
            .group_by(p.decision, p.grid, "state")
        )
        grids = {of: np.zeros((len(DECISIONS), GRID), dtype=np.int64) for of in (DEFAULTED, REPAID, UNKNOWN)}
        with transaction(self._engine, WHAT) as connection:
            for decision, grid, known, rows in connection.execute(chosen):
                grids[known][decision, grid] = rows
        return Vintage(month, grids[DEFAULTED], grids[REPAID], grids[UNKNOWN])


def month_of(time: datetime) -> datetime:
    """The begin of a time's calendar month, UTC."""
    return datetime(time.year, time.month, 1, tzinfo=UTC)


def next_month(month: datetime) -> datetime:
    """The begin of the month after."""
    return datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
