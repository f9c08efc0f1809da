"""The drift state read: windows, their counts, and the last predictions."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Engine, func, select

from creditrisk.drift.layout import Layout
from creditrisk.stores.drift_schema import COUNTS, POSITIONS, PREDICTIONS, WINDOWS
from creditrisk.stores.engine import transaction

WHAT: Final = "the drift state"
PAGE: Final = 5_000
"""Predictions read at a time; about 1 MB."""

BySegment = dict[str, NDArray[np.int64]]
"""Counts (layout.size,) by segment."""


@dataclass(frozen=True, slots=True)
class Window:
    """A window of one bundle's decisions; times in microseconds. ``judged_at``: None before it was."""

    bundle_hash: str
    start: int
    rows: int
    judged_at: int | None
    alarms: int


class DriftReads:
    """Reads the state of one database. All methods block, and raise ``Unavailable`` where it does not answer."""

    def __init__(self, engine: Engine) -> None:
        """Use ``engine``, whose tables exist."""
        self._engine = engine

    def windows(self, bundle_hash: str | None, after: tuple[int, str] | None, most: int) -> list[Window]:
        """At most ``most`` windows, newest first, of one bundle or of all, that follow one's start and bundle."""
        c, w = COUNTS.c, WINDOWS.c
        joined = COUNTS.outerjoin(WINDOWS, (c.bundle_hash == w.bundle_hash) & (c.window_start == w.window_start))
        key = (c.bundle_hash, c.window_start)
        chosen = (
            select(*key, func.sum(c.rows), func.max(w.judged_at), func.coalesce(func.max(w.alarms), 0))
            .select_from(joined)
            .group_by(*key)
            .order_by(c.window_start.desc(), c.bundle_hash)
            .limit(most)
        )
        if bundle_hash is not None:
            chosen = chosen.where(c.bundle_hash == bundle_hash)
        if after is not None:
            start, last = after
            chosen = chosen.where((c.window_start < start) | ((c.window_start == start) & (c.bundle_hash > last)))
        with transaction(self._engine, WHAT) as connection:
            return [Window(hash_, start, int(rows), *rest) for hash_, start, rows, *rest in connection.execute(chosen)]

    def unjudged(self, until: int) -> list[tuple[str, int]]:
        """Bundles and starts of windows that started before a time and are not judged, oldest first."""
        c, w = COUNTS.c, WINDOWS.c
        judged = select(w.bundle_hash).where(w.bundle_hash == c.bundle_hash, w.window_start == c.window_start)
        chosen = (
            select(c.bundle_hash, c.window_start)
            .where(c.window_start < until, ~judged.exists())
            .distinct()
            .order_by(c.window_start, c.bundle_hash)
        )
        with transaction(self._engine, WHAT) as connection:
            return [(row[0], row[1]) for row in connection.execute(chosen)]

    def counts(self, bundle_hash: str, starts: tuple[int, int]) -> BySegment:
        """Counts of a bundle's windows that start in [from, to), by segment; added up over consumers."""
        c = COUNTS.c
        chosen = select(c.segment, c.counts).where(
            c.bundle_hash == bundle_hash, c.window_start >= starts[0], c.window_start < starts[1]
        )
        found: BySegment = {}
        with transaction(self._engine, WHAT) as connection:
            for segment, counts in connection.execute(chosen.execution_options(yield_per=100)):
                some = np.frombuffer(counts, dtype="<i8")
                found[segment] = found[segment] + some if segment in found else some
        return found

    def last(self, bundle_hash: str, most: int, layout: Layout) -> tuple[BySegment, int, int]:
        """Counts of a bundle's last ``most`` decisions by segment, and the first and last time of them."""
        c = PREDICTIONS.c
        chosen = (
            select(c.segment, c.decision, c.grid, c.bins, c.decided_at)
            .where(c.bundle_hash == bundle_hash)
            .order_by(c.decided_at.desc(), c.prediction_id.desc())
            .limit(most)
            .execution_options(yield_per=PAGE)
        )
        found: BySegment = {}
        first = last = 0
        with transaction(self._engine, WHAT) as connection:
            for page in connection.execute(chosen).partitions():
                segments, decisions, grid, bins, times = zip(*page, strict=True)
                first, last = times[-1], last or times[0]
                table = np.frombuffer(b"".join(bins), dtype=np.uint8).reshape(len(page), -1)
                places, codes = np.array(grid, dtype=np.int16), np.array(decisions, dtype=np.uint8)
                named = np.array(segments)
                for segment in set(segments):
                    rows = named == segment
                    counts = layout.count(table[rows], places[rows], codes[rows])
                    found[segment] = found[segment] + counts if segment in found else counts
        return found, first, last

    def newest_judged(self, bundle_hash: str | None) -> tuple[str, int] | None:
        """Bundle and start of the newest window that was judged, of one bundle or of all."""
        w = WINDOWS.c
        chosen = select(WINDOWS).order_by(w.window_start.desc(), w.bundle_hash.desc()).limit(1)
        if bundle_hash is not None:
            chosen = chosen.where(w.bundle_hash == bundle_hash)
        with transaction(self._engine, WHAT) as connection:
            row = connection.execute(chosen).mappings().one_or_none()
        return None if row is None else (row["bundle_hash"], row["window_start"])

    def judged_at(self, bundle_hash: str, start: int) -> int | None:
        """When a window was judged; None: it was not."""
        w = WINDOWS.c
        chosen = select(w.judged_at).where(w.bundle_hash == bundle_hash, w.window_start == start)
        with transaction(self._engine, WHAT) as connection:
            found: int | None = connection.execute(chosen).scalar_one_or_none()
        return found

    def newest_bundle(self) -> str | None:
        """The bundle of the newest decision there is."""
        c = PREDICTIONS.c
        chosen = select(c.bundle_hash).order_by(c.decided_at.desc(), c.prediction_id.desc()).limit(1)
        with transaction(self._engine, WHAT) as connection:
            found: str | None = connection.execute(chosen).scalar_one_or_none()
        return found

    def read_to(self, topic: str) -> int | None:
        """All that had arrived on a topic by this time is counted; None: not known of every partition."""
        at: ColumnElement[int] = POSITIONS.c.read_to
        chosen = select(func.min(at), func.count(), func.count(at)).where(POSITIONS.c.topic == topic)
        with transaction(self._engine, WHAT) as connection:
            earliest, partitions, known = connection.execute(chosen).one()
        return earliest if partitions and partitions == known else None
