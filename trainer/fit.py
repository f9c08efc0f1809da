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
from creditrisk.explain.tree_shap import TreeExplainer
from creditrisk.features.catalogue import CATALOGUE
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import learn
from creditrisk.features.spec import Protected, sources
from creditrisk.model import bundle
from creditrisk.model.calibration import Calibration, fit_platt
from creditrisk.model.certificate import certify
from creditrisk.model.onnx_export import export
from creditrisk.model.scorer import Scorer
from creditrisk.model.trees import Forest
from trainer import boosting
from trainer.crossfit import CrossFit, cross_fit
from trainer.data.dataset import Dataset
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import ranking_and_calibration
from trainer.frames import TARGET, to_batch
from trainer.golden import golden_rows
from trainer.progress import bar, say

LIBRARIES: Final = ("lightgbm", "onnx", "onnxruntime", "numpy", "polars", "scikit-learn")
FEWEST_DEFAULTS: Final = 100
NEAR: Final = 1.03
"""How much dearer the theoretical threshold may be than the best one on the rows, as a ratio."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a fit can be told. ``allowed``: protected attributes that may enter the model."""

    seed: int = 7
    costs: Costs = field(default_factory=Costs)
    allowed: frozenset[Protected] = frozenset({Protected.AGE, Protected.FAMILY_STATUS})


def feature_names(allowed: frozenset[Protected]) -> tuple[str, ...]:
    """The features of a model that may use the protected attributes ``allowed``.

    Whatever is computed from a barred attribute's column expresses it too, and goes with it.
    """
    barred: set[str] = set()
    for spec in CATALOGUE:
        if spec.protected is not None and spec.protected not in allowed:
            barred.update(sources(spec, CATALOGUE))
    usable = (spec for spec in CATALOGUE if spec.in_model or spec.protected in allowed)
    return tuple(spec.name for spec in usable if not barred & set(sources(spec, CATALOGUE)))


def fit(data: Dataset, folder: Path, options: Options) -> bundle.Bundle:
    """Fit on ``data`` and seal the bundle in a new folder under ``folder``.

    Raises:
        InvalidData: there are too few defaults to fit on.
        InvalidBundle: the export is not exact; what differs is in the message.
    """
    target = data.train[TARGET].to_numpy()
    if target.sum() < FEWEST_DEFAULTS:
        raise InvalidData(f"{target.sum()} defaults among {len(target)} rows; a fit needs {FEWEST_DEFAULTS}")
    batch = to_batch(data.train)
    names = feature_names(options.allowed)
    with bar(f"cross-fitting {len(names)} features on {len(target):,} rows", 1.0) as told:
        crossed = cross_fit(batch, target, names, options.seed, told)
    calibration = fit_platt(crossed.margins, target)
    pd = _probability(calibration, crossed.margins)
    metrics = _measures(crossed, pd, target, options.costs)

    schema = learn(batch, names)
    matrix = FeaturePlan(schema).compute(batch).matrix
    with bar(f"fitting {crossed.rounds} trees on all rows", crossed.rounds) as told:
        booster = boosting.fit(
            schema.specs, matrix, target, crossed.rounds, options.seed, lambda done: told.to(done, f"{done} trees")
        )
    forest = Forest.from_dump(booster.dump_model())
    onnx = export(forest, calibration)
    explainer = TreeExplainer.from_forest(forest)
    with bar("certifying the export", 1.0):
        certificate = certify(
            forest,
            lambda rows: boosting.margins(booster, rows),
            lambda rows: boosting.contributions(booster, rows),
            onnx,
            explainer,
            rows=matrix,
            seed=options.seed,
            calibration=calibration,
        )
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
        bundle.PATHS: explainer.save(),
        bundle.GOLDEN: golden_rows(FeaturePlan(schema), Scorer(onnx)).to_json().encode(),
        bundle.CALIBRATION: calibration.to_json().encode(),
        bundle.CERTIFICATE: certificate.to_json().encode(),
        "model.txt": booster.model_to_string().encode(),
        bundle.REFERENCE: watched.to_json().encode(),
        "metrics.json": json.dumps(metrics, indent=2).encode(),
        "feature_importance.csv": _importance(booster, explainer, matrix).write_csv().encode(),
    }
    for name, content in files.items():
        (building / name).write_bytes(content)
    manifest = bundle.Manifest(
        format=bundle.FORMAT,
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
    say(f"AUC {np.mean(by_fold):.4f} ± {np.std(by_fold, ddof=1):.4f} over folds, {crossed.rounds} trees")
    say(f"cost {cost:.4f} per applicant at PD {costs.threshold:.4f}; least on these rows: {least:.4f} at {best:.4f}")
    if cost > NEAR * least:
        say("the theoretical threshold is far from the best on these rows: look at the calibration")
    return {
        "rows": len(target),
        "default_rate": float(target.mean()),
        "trees": crossed.rounds,
        "trees_by_fold": crossed.rounds_by_fold,
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


def _importance(booster: Any, explainer: TreeExplainer, matrix: NDArray[np.float32]) -> pl.DataFrame:
    """Per feature: gain and number of splits (LightGBM), mean |contribution| in log-odds of the margin."""
    sample = matrix[:: max(1, len(matrix) // 2_000)]
    strength = np.abs(explainer.explain(sample).values).mean(axis=0)
    frame = pl.DataFrame(
        {
            "feature": booster.feature_name(),
            "gain": booster.feature_importance("gain"),
            "splits": booster.feature_importance("split"),
            "mean_abs_contribution": strength,
        }
    )
    return frame.sort("mean_abs_contribution", descending=True)
