"""A fit's reports: what the model is worth, beside whom, and for whom; as charts and as a card."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from creditrisk.model.bundle import Manifest
from trainer.appraisal import Appraisal, appraise
from trainer.charts import charts_of
from trainer.contenders.contender import CrossFitted
from trainer.contenders.line_up import Question
from trainer.contenders.results import Result, standing
from trainer.contenders.store import ContenderStore
from trainer.data.dataset import Dataset
from trainer.evaluation.measures import MEASURES, Measure
from trainer.families.boosting import LightGBM
from trainer.labelled import Labelled
from trainer.modelled import Modelled
from trainer.options import Options
from trainer.paths import Home
from trainer.progress import bar
from trainer.reports import Chart, Report, Source, write_report
from trainer.reports.card import CardFacts, write_card
from trainer.reports.source import source_of


def report(
    folder: Path,
    manifest: Manifest,
    data: Dataset,
    rows: Labelled,
    made: Modelled,
    home: Home,
    options: Options,
) -> None:
    """Write to ``folder`` every chart and the model card of ``made``, fitted on ``rows`` of ``data``.

    They show beside the model the contenders already fitted on the same rows and folds. ``manifest``: that of the
    bundle yet to be sealed.

    Raises:
        InvalidData: a view of profit is asked for and an amount is missing.
    """
    costs, seed, pd = options.costs, options.seed, made.found.pd
    store = ContenderStore(home.contenders, rows, seed)
    own = Result(CrossFitted("this model", options.family, allowed=options.allowed), made.found)
    # A comparison to come need not fit it again.
    store.write(own.contender, own.found)
    contests = tuple(standing(store, own, rows.target, costs, seed))
    appraisal = appraise(contests, data.train, pd, rows.target, costs, options.lending, seed)
    charts = charts_of(data.train, made.schema.specs, made.matrix, pd, rows.target, made.explained, appraisal, seed)
    source = source_of(data, datetime.fromisoformat(manifest.created).date())
    with bar(f"drawing {len(charts)} charts", len(charts)) as told:
        write_report(folder, Report(f"Model {manifest.model_version}", source, charts), told.to)
    write_card(folder, _card(manifest, source, rows, made, options, appraisal, charts))


def _card(
    manifest: Manifest,
    source: Source,
    rows: Labelled,
    made: Modelled,
    options: Options,
    appraisal: Appraisal,
    charts: Sequence[Chart],
) -> CardFacts:
    models = next(one for one in appraisal.contests if one.question is Question.MODELS)
    rules = (one for one in appraisal.contests if one.question is Question.GOVERNANCE)
    return CardFacts(
        manifest=manifest,
        certificate=made.certificate,
        source=source,
        default_rate=float(rows.target.mean()),
        specs=made.schema.specs,
        allowed=options.allowed,
        tables=rows.tables,
        settings=made.crossed.family.settings(),
        constrained=isinstance(options.family, LightGBM) and options.family.monotone,
        measured={measure: models.comparison.interval(models.against, measure) for measure in MEASURES},
        auc_by_fold=tuple(made.crossed.auc_by_fold(rows.target)),
        costs=options.costs,
        curve=appraisal.curve,
        reliability=appraisal.reliability,
        fairness=appraisal.fairness,
        comparison=models.comparison if len(models.results) > 1 else None,
        against=models.against,
        governance=tuple(
            difference
            for one in rules
            for difference in one.comparison.differences_from(one.against, (Measure.AUC, Measure.COST))
        ),
        charts=tuple((chart.name, chart.title) for chart in charts),
    )
