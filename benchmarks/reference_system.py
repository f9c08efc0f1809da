"""The reference system rebuilt, beside this project's model, on the same rows and folds.

The reference: a random forest on 153 features, missing values filled with medians, SMOTE and balanced
class weights, declining at 0.5. Ours: as the trainer cross-fits it, declining at the calibrated optimum.

    python -m benchmarks.reference_system --home var
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from scipy.stats import rankdata
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer

from creditrisk.application import ApplicationBatch
from creditrisk.features.catalogue import CATALOGUE
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import learn
from creditrisk.features.spec import Code, Column
from creditrisk.model.calibration import fit_platt
from trainer.crossfit import FOLDS, cross_fit, fold_of
from trainer.data import load
from trainer.evaluation.costs import Costs
from trainer.features import feature_names
from trainer.fit import Options
from trainer.frames import TARGET, to_batch
from trainer.progress import bar

FEATURES = 153
THRESHOLD = 0.5
RESAMPLES = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    data = load(chosen.home / "data")
    batch, target = to_batch(data.train), data.train[TARGET].to_numpy()
    options = Options(chosen.seed)
    with bar("ours, cross-fitted", 1.0) as told:
        crossed = cross_fit(batch, target, feature_names(options.allowed, frozenset()), chosen.seed, told)
    calibration = fit_platt(crossed.margins, target)
    ours = 1 / (1 + np.exp(-calibration.apply(crossed.margins)))
    with bar("reference, cross-fitted", FOLDS) as told:
        reference = forest(batch, target, chosen.seed, lambda fold: told.to(fold, f"fold {fold} of {FOLDS}"))

    costs = Costs()
    cost = {
        "reference": errors(reference >= THRESHOLD, target, costs),
        "ours": errors(ours >= costs.threshold, target, costs),
    }
    folds = fold_of(target, chosen.seed)
    print(f"{len(target):,} rows ({data.source}), default rate {target.mean():.4f}, {FOLDS} folds, seed {chosen.seed}")
    for name, scores in (("reference", reference), ("ours", ours)):
        by_fold = [auc(scores[folds == fold], target[folds == fold]) for fold in range(FOLDS)]
        per_fold = [cost[name][folds == fold].mean() for fold in range(FOLDS)]
        print(
            f"{name:10} AUC {np.mean(by_fold):.4f} ± {np.std(by_fold, ddof=1):.4f}  "
            f"cost {np.mean(per_fold):.4f} ± {np.std(per_fold, ddof=1):.4f}"
        )
    apart = paired(ours, reference, cost["ours"] - cost["reference"], target, chosen.seed)
    for name, values in apart.items():
        low, high = np.percentile(values, [2.5, 97.5])
        print(f"ours - reference, {name}: {values.mean():+.4f}, 95 % interval {low:+.4f} to {high:+.4f}")


def forest(batch: ApplicationBatch, target: np.ndarray, seed: int, told: Callable[[int], None]) -> np.ndarray:
    plain = [spec.name for spec in CATALOGUE if isinstance(spec.formula, Column | Code)]
    derived = [spec.name for spec in CATALOGUE if spec.in_model and spec.name not in plain]
    names = tuple([*plain, *derived][:FEATURES])
    folds, scores = fold_of(target, seed), np.empty(len(target))
    for fold in range(FOLDS):
        rest = folds != fold
        matrix = FeaturePlan(learn(batch.take(np.flatnonzero(rest)), names)).compute(batch).matrix
        model = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True),
            SMOTE(random_state=seed),
            RandomForestClassifier(
                n_estimators=200,
                max_depth=12,
                min_samples_leaf=10,
                class_weight="balanced",
                random_state=seed,
                n_jobs=-1,
            ),
        )
        model.fit(matrix[rest], target[rest])
        scores[~rest] = model.predict_proba(matrix[~rest])[:, 1]
        told(fold + 1)
    return scores


def errors(declined: np.ndarray, target: np.ndarray, costs: Costs) -> np.ndarray:
    """Each applicant's cost."""
    return np.where(target == 1, costs.false_negative * ~declined, costs.false_positive * declined)


def auc(scores: np.ndarray, target: np.ndarray) -> float:
    """By ranks (Mann-Whitney): quick enough to resample."""
    positive = target == 1
    n, m = positive.sum(), (~positive).sum()
    return float((rankdata(scores)[positive].sum() - n * (n + 1) / 2) / (n * m))


def paired(
    ours: np.ndarray, reference: np.ndarray, cost: np.ndarray, target: np.ndarray, seed: int
) -> dict[str, np.ndarray]:
    """Differences over bootstrap resamples of the applicants, the same for both."""
    random = np.random.default_rng(seed)
    found: dict[str, list[float]] = {"AUC": [], "cost per applicant": []}
    for _ in range(RESAMPLES):
        rows = random.integers(0, len(target), len(target))
        found["AUC"].append(auc(ours[rows], target[rows]) - auc(reference[rows], target[rows]))
        found["cost per applicant"].append(float(cost[rows].mean()))
    return {name: np.array(values) for name, values in found.items()}


if __name__ == "__main__":
    main()
