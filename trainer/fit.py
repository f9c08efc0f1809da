"""From prepared data to a sealed, certified bundle."""

import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from creditrisk.drift.outcome_curve import fit_outcome_curve
from creditrisk.drift.reference import reference
from creditrisk.errors import InvalidBundle, InvalidData
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import learn
from creditrisk.features.spec import Protected
from creditrisk.model import bundle
from creditrisk.model.calibration import Calibration, fit_platt
from creditrisk.model.certification import Trial
from creditrisk.model.contributions import Explainer
from creditrisk.model.scorer import Scorer
from trainer.crossfit import CrossFit, cross_fit
from trainer.data.dataset import Dataset
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import ranking_and_calibration
from trainer.families import LIGHTGBM
from trainer.families.family import Family, Fitted, Training
from trainer.features import USUAL, enough, feature_names
from trainer.frames import ID, TARGET, to_batch
from trainer.golden import golden_rows
from trainer.histories.known import Histories
from trainer.progress import bar, say

LIBRARIES: Final = ("lightgbm", "onnx", "onnxruntime", "numpy", "polars", "scikit-learn")
FEWEST_DEFAULTS: Final = 100
NEAR: Final = 1.03
"""How much dearer the theoretical threshold may be than the best one on the rows, as a ratio."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a fit can be told. ``allowed``: protected attributes that may enter the model; ``family``: its kind."""

    seed: int = 7
    costs: Costs = field(default_factory=Costs)
    allowed: frozenset[Protected] = USUAL
    family: Family = LIGHTGBM


def fit(data: Dataset, histories: Histories | None, folder: Path, options: Options) -> bundle.Bundle:
    """Fit on ``data`` and what is known of its applicants' ``histories``, and seal the bundle under ``folder``.

    Raises:
        InvalidData: there are too few defaults to fit on.
        InvalidBundle: the export is not exact; what differs is in the message.
    """
    target = data.train[TARGET].to_numpy()
    if target.sum() < FEWEST_DEFAULTS:
        raise InvalidData(f"{target.sum()} defaults among {len(target)} rows; a fit needs {FEWEST_DEFAULTS}")
    histories = enough(histories, data.train[ID].to_numpy())
    batch = to_batch(data.train, histories)
    names = feature_names(options.allowed, histories.tables if histories else frozenset())
    with bar(f"cross-fitting {len(names)} features on {len(target):,} rows", 1.0) as told:
        crossed = cross_fit(batch, target, names, options.seed, told, options.family)
    calibration = fit_platt(crossed.margins, target)
    pd = _probability(calibration, crossed.margins)
    metrics = _measures(crossed, pd, target, options.costs)

    schema = learn(batch, names)
    matrix = FeaturePlan(schema).compute(batch).matrix
    with bar(f"fitting {crossed.family.kind} on all rows", 1.0) as told:
        fitted = crossed.family.fit(Training(schema.specs, matrix, target, options.seed), told.to)
    onnx = fitted.export(calibration)
    explainer = fitted.explainer()
    with bar("certifying the export", 1.0):
        certificate = fitted.certify(Trial(onnx, explainer, calibration, matrix, options.seed))
    if not certificate.passed:
        raise InvalidBundle(f"the export is not exact: {certificate.to_json()}")

    watched = reference(
        schema.specs,
        matrix,
        pd,
        data.train["NAME_CONTRACT_TYPE"].to_list(),
        threshold=options.costs.threshold,
        false_negative=options.costs.false_negative,
        false_positive=options.costs.false_positive,
        outcomes=fit_outcome_curve(calibration.apply(crossed.margins), target),
    )
    made = datetime.now(UTC)
    building = folder / f".{made:%Y%m%dT%H%M%S}"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    files: dict[str, bytes] = {
        bundle.ONNX: onnx,
        bundle.SCHEMA: schema.to_json().encode(),
        bundle.EXPLAINER: explainer.save(),
        bundle.GOLDEN: golden_rows(FeaturePlan(schema), Scorer(onnx)).to_json().encode(),
        bundle.CALIBRATION: calibration.to_json().encode(),
        bundle.CERTIFICATE: certificate.to_json().encode(),
        **fitted.files(),
        bundle.REFERENCE: watched.to_json().encode(),
        "metrics.json": json.dumps(metrics, indent=2).encode(),
        "feature_importance.csv": _importance(schema.names, fitted, explainer, matrix).write_csv().encode(),
    }
    for name, content in files.items():
        (building / name).write_bytes(content)
    manifest = bundle.Manifest(
        format=bundle.FORMAT,
        family=crossed.family.kind,
        model_version=f"{made:%Y.%m.%d}-{data.fingerprint[:4]}{schema.fingerprint[:4]}",
        created=made.isoformat(timespec="seconds"),
        source=data.source,
        data_fingerprint=data.fingerprint,
        schema_fingerprint=schema.fingerprint,
        proposed_threshold=options.costs.threshold,
        libraries={name: version(name) for name in LIBRARIES},
        files={},
    )
    sealed = bundle.seal(building, manifest)
    home = folder / f"{manifest.model_version}-{sealed.hash[:8]}"
    shutil.rmtree(home, ignore_errors=True)
    building.rename(home)
    return bundle.Bundle.open(home)


def _probability(calibration: Calibration, margins: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-calibration.apply(margins))))


def _measures(crossed: CrossFit, pd: NDArray[np.float64], target: NDArray[np.int8], costs: Costs) -> dict[str, Any]:
    """Out-of-fold measures, with their spread over folds; told to the person as well."""
    by_fold = crossed.auc_by_fold(target)
    folds = [crossed.folds == fold for fold in range(len(by_fold))]
    cost_by_fold = [costs.per_applicant(pd[rows], target[rows], costs.threshold) for rows in folds]
    cost = costs.per_applicant(pd, target, costs.threshold)
    best, least = costs.best_threshold(pd, target)
    settings = crossed.family.settings()
    chosen = ", ".join(f"{name} {value}" for name, value in settings.items() if isinstance(value, int | float))
    say(f"{crossed.family.kind} ({chosen}): AUC {np.mean(by_fold):.4f} ± {np.std(by_fold, ddof=1):.4f} over folds")
    say(f"cost {cost:.4f} per applicant at PD {costs.threshold:.4f}; least on these rows: {least:.4f} at {best:.4f}")
    if cost > NEAR * least:
        say("the theoretical threshold is far from the best on these rows: look at the calibration")
    return {
        "rows": len(target),
        "default_rate": float(target.mean()),
        "family": crossed.family.kind,
        **settings,
        "auc_by_fold": by_fold,
        "auc_mean": float(np.mean(by_fold)),
        "auc_sd": float(np.std(by_fold, ddof=1)),
        "pooled": ranking_and_calibration(pd, target),
        "costs": {"false_negative": costs.false_negative, "false_positive": costs.false_positive},
        "cost_per_applicant": cost,
        "cost_by_fold": cost_by_fold,
        "threshold": costs.threshold,
        "best_threshold_on_rows": best,
        "cost_at_best_threshold": least,
    }


def _importance(
    names: tuple[str, ...], fitted: Fitted, explainer: Explainer, matrix: NDArray[np.float32]
) -> pl.DataFrame:
    """Per feature: the library's own measures, mean |contribution| in units of the margin."""
    sample = matrix[:: max(1, len(matrix) // 2_000)]
    strength = np.abs(explainer.explain(sample).values).mean(axis=0)
    frame = pl.DataFrame({"feature": names, **fitted.importance(), "mean_abs_contribution": strength})
    return frame.sort("mean_abs_contribution", descending=True)
