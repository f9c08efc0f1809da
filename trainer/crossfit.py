"""Cross-fitting: every row's margin from a model that has not seen it.

Early stopping looks at a split inside each training fold, never at the rows being predicted. One tree
count is taken for all folds: margins of folds stopped at different counts are not on one scale.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, train_test_split

from creditrisk.application import ApplicationBatch
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import learn
from creditrisk.features.spec import FeatureSpec
from trainer import boosting
from trainer.progress import Bar

FOLDS: Final = 5
SEARCH: Final = 0.6
"""Share of the time that looking for the tree count takes, about; for the progress bar."""
USUAL_ROUNDS: Final = 1_200
HELD_OUT: Final = 0.15
"""Share of a training fold that early stopping looks at."""


@dataclass(frozen=True, slots=True)
class CrossFit:
    """``margins``: out of fold, float64 (n,); ``folds``: fold of each row; ``rounds``: the one tree count."""

    margins: NDArray[np.float64]
    folds: NDArray[np.int8]
    rounds: int
    rounds_by_fold: tuple[int, ...]

    def auc_by_fold(self, target: NDArray[np.int8]) -> list[float]:
        """ROC AUC of each fold."""
        return [
            float(roc_auc_score(target[self.folds == fold], self.margins[self.folds == fold]))
            for fold in range(int(self.folds.max()) + 1)
        ]


def cross_fit(
    batch: ApplicationBatch, target: NDArray[np.int8], names: tuple[str, ...], seed: int, bar: Bar
) -> CrossFit:
    """Cross-fit features ``names`` of ``batch`` (n) on ``target`` (n,), telling ``bar`` (total 1) how far it is.

    What features learn from data is learned on each training fold alone.
    """
    folds = fold_of(target, seed)
    found = []
    for fold in range(FOLDS):
        specs, matrix = _features(batch, names, folds != fold)
        training = np.flatnonzero(folds != fold)
        fitted, held_out = train_test_split(
            training, test_size=HELD_OUT, stratify=target[training], random_state=seed + fold
        )

        def looked(rounds: int, fold: int = fold) -> None:
            doing = f"fold {fold + 1} of {FOLDS}, looking for the tree count, {rounds} trees"
            bar.to(SEARCH * (fold + min(rounds / USUAL_ROUNDS, 1.0)) / FOLDS, doing)

        held = (matrix[held_out], target[held_out])
        found.append(boosting.best_rounds(specs, matrix[fitted], target[fitted], held, seed + fold, looked))
    # More rows bear more trees: the count was found on the part of a fold that was not held out.
    rounds = round(float(np.median(found)) / (1 - HELD_OUT))
    margins = np.empty(len(target))
    for fold in range(FOLDS):
        specs, matrix = _features(batch, names, folds != fold)

        def fitting(done: int, fold: int = fold) -> None:
            doing = f"fold {fold + 1} of {FOLDS}, {done} of {rounds} trees"
            bar.to(SEARCH + (1 - SEARCH) * (fold + done / rounds) / FOLDS, doing)

        rest = folds != fold
        booster = boosting.fit(specs, matrix[rest], target[rest], rounds, seed + fold, fitting)
        margins[~rest] = boosting.margins(booster, matrix[~rest])
    return CrossFit(margins, folds, rounds, tuple(found))


def fold_of(target: NDArray[np.int8], seed: int) -> NDArray[np.int8]:
    """The fold of each row, int8 (n,): stratified, shuffled by ``seed``."""
    folds = np.empty(len(target), dtype=np.int8)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for fold, (_, rows) in enumerate(splitter.split(np.zeros(len(target)), target)):
        folds[rows] = fold
    return folds


def _features(
    batch: ApplicationBatch, names: tuple[str, ...], training: NDArray[np.bool_]
) -> tuple[tuple[FeatureSpec, ...], NDArray[np.float32]]:
    """Features of all rows, with tables learned from the ``training`` rows."""
    schema = learn(batch.take(np.flatnonzero(training)), names)
    return schema.specs, FeaturePlan(schema).compute(batch).matrix
