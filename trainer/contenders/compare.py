"""The comparison as a command: every contender fitted that has not been, then all of them side by side."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import polars as pl
from rich.table import Table as Grid

from trainer.contenders.contender import Contender
from trainer.contenders.line_up import BASE, LINE_UPS, Question
from trainer.contenders.results import Contest, Result, contest
from trainer.contenders.store import ContenderStore
from trainer.data import load
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import MEASURES, Measure
from trainer.evaluation.resampling import Interval
from trainer.histories.build import load_histories
from trainer.labelled import Labelled
from trainer.paths import Home
from trainer.progress import CONSOLE, bar, say
from trainer.registry.runs import track_contender
from trainer.reports import Report, write_report
from trainer.reports.differences import ranked, statement, titled
from trainer.reports.source import source_of

_TOLD: Final = tuple(measure for measure in MEASURES if measure not in {Measure.LOG_LOSS, Measure.GINI})
"""What is printed; the table written has all measures, with their intervals."""
_BOUNDED: Final = (Measure.AUC, Measure.COST)
"""What is printed with its interval."""


def compare_contenders(home: Home, questions: Collection[Question], seed: int, costs: Costs) -> tuple[Contest, ...]:
    """Answer ``questions`` on the prepared data of ``home`` with the folds of ``seed``; errors cost ``costs``.

    Contenders already fitted so are not fitted again; each new one is an MLflow run. Tables are printed, and with
    charts written to ``home.comparison``.

    Raises:
        CreditRiskError: a step failed; the message says which and what to do.
    """
    data = load(home.data)
    rows = Labelled.of(data, load_histories(data, home.histories))
    store = ContenderStore(home.contenders, rows, seed)
    contests = []
    for question in questions:
        results = [_result(home, store, one, rows, seed, costs) for one in LINE_UPS[question]]
        contests.append(contest(question, results, BASE.name, rows.target, costs, seed))
        _print(contests[-1])
        _write(home.comparison, contests[-1])
    charts = tuple(chart for one in contests for chart in one.charts())
    source = source_of(data, datetime.now(UTC).date())
    with bar(f"drawing {len(charts)} charts", len(charts)) as told:
        *_, page = write_report(home.comparison, Report("Models compared", source, charts), told.to)
    say(f"the charts: {page}")
    return tuple(contests)


def _result(home: Home, store: ContenderStore, one: Contender, rows: Labelled, seed: int, costs: Costs) -> Result:
    if (found := store.read(one)) is None:
        names = one.features(rows)
        with bar(f"{one.name}, {len(names)} features", 1.0) as told:
            found = one.out_of_fold(rows, seed, told)
        track_contender(home, one, found, rows, seed, costs)
        store.write(one, found)
    return Result(one, found)


def _write(folder: Path, contest: Contest) -> None:
    """All measures with their bounds, as a table to go on with."""
    found = contest.comparison
    rows = [(model, measure, found.interval(model, measure)) for model in ranked(found) for measure in MEASURES]
    columns = {
        "model": [model for model, _, _ in rows],
        "measure": [str(measure) for _, measure, _ in rows],
        **{bound: [getattr(one, bound) for _, _, one in rows] for bound in ("estimate", "low", "high")},
    }
    folder.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(columns).write_csv(folder / f"{contest.question}.csv")


def _print(contest: Contest) -> None:
    found = contest.comparison
    grid = Grid(title="Out of fold; below a figure its 95 % interval", title_justify="left", padding=(0, 1, 0, 0))
    grid.add_column("model", no_wrap=True)
    for measure in _TOLD:
        grid.add_column(titled(measure), justify="right", min_width=13 if measure in _BOUNDED else None)
    for model in ranked(found):
        intervals = [(measure, found.interval(model, measure)) for measure in _TOLD]
        grid.add_row(model, *(_figure(one, bounds=measure in _BOUNDED) for measure, one in intervals))
    CONSOLE.print(grid)
    say(statement(found.differences_from(contest.against)))


def _figure(one: Interval, *, bounds: bool) -> str:
    return f"{one.estimate:.4f}" + (f"\n{one.low:.4f}–{one.high:.4f}" if bounds else "")
