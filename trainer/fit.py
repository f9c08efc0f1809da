"""From prepared data to a sealed, certified bundle with its reports."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from creditrisk.drift.outcome_curve import fit_outcome_curve
from creditrisk.drift.reference import reference
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.spec import Protected
from creditrisk.model import bundle
from creditrisk.model.scorer import Scorer
from trainer.appraisal import Appraisal, appraise
from trainer.contenders.contender import CrossFitted
from trainer.contenders.line_up import Question
from trainer.contenders.results import Result, standing
from trainer.contenders.store import ContenderStore
from trainer.data.dataset import Dataset
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import MEASURES, Measure
from trainer.evaluation.profit import Lending
from trainer.families import LIGHTGBM
from trainer.families.boosting import LightGBM
from trainer.families.family import Family
from trainer.features import USUAL
from trainer.figures import importance, metrics
from trainer.golden import golden_rows
from trainer.histories.known import Histories
from trainer.labelled import Labelled
from trainer.modelled import Modelled, model
from trainer.paths import Home
from trainer.progress import bar
from trainer.report import charts_of
from trainer.reports import Chart, Report, Source, write_report
from trainer.reports.card import CardFacts, write_card
from trainer.reports.source import source_of

LIBRARIES: Final = ("lightgbm", "onnx", "onnxruntime", "numpy", "polars", "scikit-learn")
METRICS: Final = "metrics.json"
REPORTS: Final = "reports"
"""Folder of the reports in a bundle."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a fit can be told.

    ``allowed``: protected attributes that may enter the model; ``family``: its kind; ``lending``: what loans earn and
    lose, for a view of profit; ``report``: whether reports are made.
    """

    seed: int = 7
    costs: Costs = field(default_factory=Costs)
    allowed: frozenset[Protected] = USUAL
    family: Family = LIGHTGBM
    lending: Lending | None = None
    report: bool = True


def fit(data: Dataset, histories: Histories | None, home: Home, options: Options) -> bundle.Bundle:
    """Fit on ``data`` and what is known of its applicants' ``histories``, and seal the bundle under ``home.fits``.

    Raises:
        InvalidData: there are too few defaults to fit on, or a view of profit is asked for and an amount is missing.
        InvalidBundle: the export is not exact; what differs is in the message.
    """
    rows = Labelled.of(data, histories)
    made = model(rows, options.family, options.allowed, options.seed)
    now = datetime.now(UTC)
    manifest = bundle.Manifest(
        format=bundle.FORMAT,
        family=options.family.kind,
        model_version=f"{now:%Y.%m.%d}-{data.fingerprint[:4]}{made.schema.fingerprint[:4]}",
        created=now.isoformat(timespec="seconds"),
        source=data.source,
        data_fingerprint=data.fingerprint,
        schema_fingerprint=made.schema.fingerprint,
        proposed_threshold=options.costs.threshold,
        libraries={name: version(name) for name in LIBRARIES},
        files={},
    )
    building = home.fits / f".{now:%Y%m%dT%H%M%S}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    for name, content in _files(data, rows, made, options.costs).items():
        (building / name).write_bytes(content)
    if options.report:
        _report(building / REPORTS, manifest, data, rows, made, home, options)
    sealed = bundle.seal(building, manifest)
    at = home.fits / f"{manifest.model_version}-{sealed.hash[:8]}"
    shutil.rmtree(at, ignore_errors=True)
    building.rename(at)
    return bundle.Bundle.open(at)


def _files(data: Dataset, rows: Labelled, made: Modelled, costs: Costs) -> dict[str, bytes]:
    """What a bundle holds beside its reports, by name."""
    figures = metrics(made.crossed, made.found.pd, rows.target, costs)
    watched = reference(
        made.schema.specs,
        made.matrix,
        made.found.pd,
        data.train["NAME_CONTRACT_TYPE"].to_list(),
        threshold=costs.threshold,
        false_negative=costs.false_negative,
        false_positive=costs.false_positive,
        outcomes=fit_outcome_curve(made.calibration.apply(made.crossed.margins), rows.target),
    )
    return {
        bundle.ONNX: made.onnx,
        bundle.SCHEMA: made.schema.to_json().encode(),
        bundle.EXPLAINER: made.explainer.save(),
        bundle.GOLDEN: golden_rows(FeaturePlan(made.schema), Scorer(made.onnx)).to_json().encode(),
        bundle.CALIBRATION: made.calibration.to_json().encode(),
        bundle.CERTIFICATE: made.certificate.to_json().encode(),
        **made.fitted.files(),
        bundle.REFERENCE: watched.to_json().encode(),
        METRICS: json.dumps(figures, indent=2).encode(),
        "feature_importance.csv": importance(made.schema.names, made.fitted, made.explained).write_csv().encode(),
    }


def _report(
    folder: Path,
    manifest: bundle.Manifest,
    data: Dataset,
    rows: Labelled,
    made: Modelled,
    home: Home,
    options: Options,
) -> None:
    """Write all reports; they show beside the model the contenders already fitted on the same data and folds."""
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
    manifest: bundle.Manifest,
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
