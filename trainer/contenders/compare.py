"""The comparison as a command: every contender fitted that has not been, then all of them side by side."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from rich.table import Table as Grid

from trainer.contenders.contender import Contender
from trainer.contenders.line_up import BASE, LINE_UPS, Question
from trainer.contenders.results import Contest, Result, contest
from trainer.contenders.store import ContenderStore
from trainer.data import load
from trainer.evaluation.comparison import Comparison
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import MEASURES, Measure
from trainer.histories.build import load_histories
from trainer.labelled import Labelled
from trainer.paths import Home
from trainer.progress import CONSOLE, bar, say
from trainer.registry.runs import track_contender
from trainer.reports import Report, write_report
from trainer.reports.differences import NAMES, ranked, statement
from trainer.reports.source import source_of

_TOLD: Final = tuple(measure for measure in MEASURES if measure is not Measure.LOG_LOSS)


def compare_contenders(home: Home, questions: Collection[Question], seed: int, costs: Costs) -> tuple[Contest, ...]:
    """Answer ``questions`` on the prepared data of ``home`` with the folds of ``seed``; errors cost ``costs``.

    Contenders already fitted so are not fitted again; each new one is an MLflow run. Tables are printed, and charts
    written to ``home.comparison``.

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
        _print(contests[-1].comparison)
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


def _print(found: Comparison) -> None:
    grid = Grid(title="Out of fold, 95 % bootstrap intervals", title_justify="left")
    grid.add_column("model")
    for measure in _TOLD:
        grid.add_column(NAMES[measure], justify="right")
    for model in ranked(found):
        intervals = [found.interval(model, measure) for measure in _TOLD]
        grid.add_row(model, *(f"{one.estimate:.4f}\n{one.low:.4f}–{one.high:.4f}" for one in intervals))
    CONSOLE.print(grid)
    say(statement(found.differences_from(BASE.name)))
