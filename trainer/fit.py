"""From prepared data to a sealed, certified bundle with its reports."""

import json
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from creditrisk.drift.outcome_curve import fit_outcome_curve
from creditrisk.drift.reference import reference
from creditrisk.features.compute import FeaturePlan
from creditrisk.model import bundle
from creditrisk.model.reports import IMPORTANCE, METRICS, REPORTS
from creditrisk.model.scorer import Scorer
from trainer.data.dataset import Dataset
from trainer.evaluation.costs import Costs
from trainer.figures import importance, metrics
from trainer.golden import golden_rows
from trainer.histories.known import Histories
from trainer.labelled import Labelled
from trainer.modelled import Modelled, model
from trainer.options import Options
from trainer.paths import Home
from trainer.report import report

LIBRARIES: Final = ("lightgbm", "onnx", "onnxruntime", "numpy", "polars", "scikit-learn")


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
    try:
        for name, content in _files(data, rows, made, options.costs).items():
            (building / name).write_bytes(content)
        if options.report:
            report(building / REPORTS, manifest, data, rows, made, home, options)
        sealed = bundle.seal(building, manifest)
    except BaseException:
        # Interrupted too, nothing half-written stays.
        shutil.rmtree(building, ignore_errors=True)
        raise
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
        IMPORTANCE: importance(made.schema.names, made.fitted, made.explained).write_csv().encode(),
    }
