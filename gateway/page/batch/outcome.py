"""All results of a file together: its downloads, its figures, a page of its rows."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from gateway.page.batch.batch import Batch
from gateway.page.batch.guarded import guarded_columns
from gateway.page.batch.results import AGAIN, DECISION, LOWERING, PD, PREDICTION, RAISING, THRESHOLD
from gateway.page.views.gauge import place

BINS: Final = 40
"""Of the distribution of PDs, equally wide in log-odds."""
DECISIONS: Final = ("APPROVE", "REFER", "DECLINE")
FREQUENT: Final = 6
"""Reasons that are counted."""
DOWNLOADS: Final = "download-"
NONE: Final = "NONE"
"""The kind of rows that no decision is on."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file's rows, as far as it was scored.

    ``counts``: rows by decision, or ``NONE``; ``again``: decisions that had been recorded before; ``explained``:
    those whose reasons are known; ``bins``: rows by place on the gauge of PDs, from the left, and decision;
    ``thresholds``: PDs that decline; ``raising`` and ``lowering``: the most frequent reasons, with the decisions that
    have them among their strongest.
    """

    results: Path
    csv: Path
    counts: dict[str, int]
    again: int
    explained: int
    bins: list[dict[str, int]]
    thresholds: list[float]
    raising: list[tuple[str, int]]
    lowering: list[tuple[str, int]]

    @property
    def decided(self) -> int:
        """Decisions there are."""
        return sum(self.counts.get(one, 0) for one in DECISIONS)

    def rows(self, kind: str, start: int, count: int) -> pl.DataFrame:
        """At most ``count`` rows, as in the file; ``kind``: of that decision, of none (``NONE``), or of any ("")."""
        scan = pl.scan_parquet(self.results)
        if kind:
            scan = scan.filter(pl.col(DECISION).is_null() if kind == NONE else pl.col(DECISION) == kind)
        return scan.slice(start, count).collect()

    def total(self, kind: str) -> int:
        """How many rows ``rows`` has in all."""
        return self.counts.get(kind, 0) if kind else sum(self.counts.values())


def gather(batch: Batch) -> Outcome | None:
    """The results there are, written anew as parquet and CSV; None: there are none."""
    parts = [batch.part(page) for page in batch.pages if page.scored]
    if not parts:
        return None
    scored = sum(page.scored for page in batch.pages) + sum(page.explained for page in batch.pages)
    folder = batch.path(f"{DOWNLOADS}{scored:06}")
    results = folder / f"{batch.file.stem}-decisions.parquet"
    csv = results.with_suffix(".csv")
    pl.scan_parquet(parts).sink_parquet(results)
    guarded_columns(pl.scan_parquet(results)).sink_csv(csv, include_bom=True, separator=batch.separator)
    for before in folder.parent.glob(f"{DOWNLOADS}*"):
        if before != folder:
            shutil.rmtree(before, ignore_errors=True)
    known = pl.scan_parquet(results)
    counted = known.group_by(DECISION).len().collect()
    return Outcome(
        results,
        csv,
        {decision or NONE: rows for decision, rows in counted.iter_rows()},
        int(known.select(pl.col(AGAIN).sum()).collect().item()),
        int(known.select(pl.any_horizontal(pl.col(RAISING[0], LOWERING[0]).is_not_null()).sum()).collect().item()),
        _bins(known),
        known.select(pl.col(THRESHOLD).drop_nulls().unique().sort()).collect()[THRESHOLD].to_list(),
        _frequent(known, RAISING),
        _frequent(known, LOWERING),
    )


def _bins(known: pl.LazyFrame) -> list[dict[str, int]]:
    bins = [dict.fromkeys(DECISIONS, 0) for _ in range(BINS)]
    decided = known.filter(pl.col(PREDICTION).is_not_null()).select(PD, DECISION).collect()
    for pd, decision in decided.iter_rows():
        bins[min(int(place(pd) * BINS / 100), BINS - 1)][decision] += 1
    return bins


def _frequent(known: pl.LazyFrame, columns: Sequence[str]) -> list[tuple[str, int]]:
    reasons = known.select(pl.concat([pl.col(one) for one in columns]).alias("reason")).drop_nulls()
    counted = reasons.group_by("reason").len().sort(["len", "reason"], descending=[True, False]).head(FREQUENT)
    return [(reason, rows) for reason, rows in counted.collect().iter_rows()]
