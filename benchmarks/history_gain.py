"""What histories add, on labelled applicants whose histories are known.

The base: the trainer's model of the application's features, cross-fitted on all rows. The gain: small boosted trees on
the history features of the applicants that have them, starting from the base's out-of-fold margin (``init_score``), on
the same folds; their number is found by cross-validation inside each training part. So few defaults bear no second
model of everything.

    python -m benchmarks.history_gain --home var
"""

import argparse
from pathlib import Path

import lightgbm
import numpy as np

from creditrisk.features.catalogue import CATALOGUE
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.record import HISTORY_FEATURES
from creditrisk.features.schema import learn
from trainer.contenders.contender import probability
from trainer.crossfit import FOLDS, cross_fit
from trainer.data import load
from trainer.evaluation.comparison import Scored, compare
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import Measure
from trainer.families.boosting import FIXED, FittedBoosting
from trainer.features import USUAL, feature_names
from trainer.frames import ID, TARGET, to_batch
from trainer.histories.build import load_histories
from trainer.paths import Home
from trainer.progress import bar

PARAMETERS = FIXED | {
    "objective": "binary",
    "learning_rate": 0.03,
    "num_leaves": 4,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.05,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 100.0,
    "boost_from_average": False,
}
RESAMPLES = 2_000
MOST_ROUNDS, PATIENCE = 1_000, 100
BAGS = 5
"""Boosters averaged: each draws other features and rows, and so few defaults leave much to chance."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    home = Home(chosen.home)
    data = load(home.data)
    histories = load_histories(data, home.histories)
    if histories is None:
        raise SystemExit("the prepared data has no histories")
    target = data.train[TARGET].to_numpy()
    batch = to_batch(data.train, histories)
    with bar("application features, all rows", 1.0) as told:
        crossed = cross_fit(batch, target, feature_names(USUAL, frozenset()), chosen.seed, told)

    known = np.flatnonzero(np.isin(data.train[ID].to_numpy(), histories.ids))
    usable, declared = set(feature_names(USUAL, histories.tables)), {spec.name for spec in HISTORY_FEATURES}
    names = tuple(spec.name for spec in CATALOGUE if spec.name in usable & declared)
    # Nothing of these features is learned from rows.
    matrix = FeaturePlan(learn(batch, names)).compute(batch.take(known)).matrix
    y, base, folds = target[known], crossed.margins[known], crossed.folds[known]
    directions = [spec.monotone for spec in CATALOGUE if spec.name in names]
    settings = PARAMETERS | {"monotone_constraints": directions, "seed": chosen.seed}
    better, rounds = base.copy(), []
    with bar("history features, rows that have them", FOLDS) as told:
        for fold in range(FOLDS):
            rest = folds != fold
            training = lightgbm.Dataset(matrix[rest], y[rest], init_score=base[rest], free_raw_data=False)
            stop = lightgbm.early_stopping(PATIENCE, verbose=False)
            inner = lightgbm.cv(
                settings | {"metric": "binary_logloss"}, training, MOST_ROUNDS, seed=chosen.seed, callbacks=[stop]
            )
            rounds.append(len(inner["valid binary_logloss-mean"]))
            for bag in range(BAGS):
                drawn = lightgbm.Dataset(matrix[rest], y[rest], init_score=base[rest])
                booster = lightgbm.train(settings | {"seed": chosen.seed + bag}, drawn, rounds[-1])
                better[~rest] += FittedBoosting(booster).margins(matrix[~rest]) / BAGS
            told.to(fold + 1, f"fold {fold + 1} of {FOLDS}")

    models = [Scored(name, probability(of), Costs().threshold) for name, of in (("without", base), ("with", better))]
    found = compare(models, y, Costs(), chosen.seed, RESAMPLES)
    (gain,) = found.differences_of_all(Measure.AUC)
    print(
        f"{len(y):,} applicants with histories, {y.sum()} defaults ({data.source}), {len(names)} features of histories"
    )
    for model in found.models:
        auc = found.interval(model, Measure.AUC)
        print(f"AUC {model} {auc.estimate:.4f} ({auc.low:.4f} to {auc.high:.4f})")
    print(f"trees by fold {rounds}")
    # The difference is that of the first less the second.
    low, high = -gain.interval.high, -gain.interval.low
    print(f"gain {-gain.interval.estimate:+.4f}, paired 95 % interval {low:+.4f} to {high:+.4f}")


if __name__ == "__main__":
    main()
