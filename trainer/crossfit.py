"""Cross-fitting: every row's margin from a model that has not seen it.

What a family finds out on held-out rows (LightGBM: when to stop) it finds on a split inside each training fold,
never on the rows being predicted, and once for all folds: margins of folds stopped at different tree counts
are not on one scale.
"""

from collections.abc import Callable, Iterator
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
from trainer.families import LIGHTGBM
from trainer.families.family import HELD_OUT, Family, Matrix, Part, Training
from trainer.progress import Bar

Prepare = Callable[[Training, Matrix], tuple[Training, Matrix]]
"""Takes a training fold and the features of other rows, and gives both as a model is to see them."""

FOLDS: Final = 5
SEARCH: Final = 0.6
"""Share of the time that a search takes, about; for the progress bar."""


@dataclass(frozen=True, slots=True)
class CrossFit:
    """``margins``: out of fold, float64 (n,); ``folds``: fold of each row; ``family``: with what was found out."""

    margins: NDArray[np.float64]
    folds: NDArray[np.int8]
    family: Family

    def auc_by_fold(self, target: NDArray[np.int8]) -> list[float]:
        """ROC AUC of each fold."""
        return [
            float(roc_auc_score(target[self.folds == fold], self.margins[self.folds == fold]))
            for fold in range(int(self.folds.max()) + 1)
        ]


def unchanged(training: Training, others: Matrix) -> tuple[Training, Matrix]:
    """As they are."""
    return training, others


def cross_fit(
    batch: ApplicationBatch,
    target: NDArray[np.int8],
    names: tuple[str, ...],
    seed: int,
    bar: Bar,
    family: Family = LIGHTGBM,
    prepare: Prepare = unchanged,
) -> CrossFit:
    """Cross-fit features ``names`` of ``batch`` (n) on ``target`` (n,), telling ``bar`` (total 1) how far it is.

    What features learn from data is learned on each training fold alone, and so is what ``prepare`` does.
    """
    folds = fold_of(target, seed)

    def told(done: float, doing: str, begun: float, share: float) -> None:
        bar.to(begun + share * done / FOLDS, f"fold {int(done) + 1} of {FOLDS}, {doing}")

    settled = family.settle(
        _parts(batch, target, names, folds, seed, prepare), lambda done, doing: told(done, doing, 0.0, SEARCH)
    )
    begun = 0.0 if settled is family else SEARCH
    margins = np.empty(len(target))
    for fold in range(FOLDS):
        specs, matrix = features_of_fold(batch, names, folds != fold)

        def fitting(done: float, doing: str, fold: int = fold) -> None:
            told(fold + min(done, 0.99), doing, begun, 1 - begun)

        rest = folds != fold
        training, others = prepare(Training(specs, matrix[rest], target[rest], seed + fold), matrix[~rest])
        margins[~rest] = settled.fit(training, fitting).margins(others)
    return CrossFit(margins, folds, settled)


def fold_of(target: NDArray[np.int8], seed: int) -> NDArray[np.int8]:
    """The fold of each row, int8 (n,): stratified, shuffled by ``seed``."""
    folds = np.empty(len(target), dtype=np.int8)
    splitter = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    for fold, (_, rows) in enumerate(splitter.split(np.zeros(len(target)), target)):
        folds[rows] = fold
    return folds


def _parts(
    batch: ApplicationBatch,
    target: NDArray[np.int8],
    names: tuple[str, ...],
    folds: NDArray[np.int8],
    seed: int,
    prepare: Prepare,
) -> Iterator[Part]:
    """Every training fold, in rows to fit on and rows held out."""
    for fold in range(FOLDS):
        specs, matrix = features_of_fold(batch, names, folds != fold)
        rest = np.flatnonzero(folds != fold)
        fitted, held_out = train_test_split(rest, test_size=HELD_OUT, stratify=target[rest], random_state=seed + fold)
        training, others = prepare(Training(specs, matrix[fitted], target[fitted], seed + fold), matrix[held_out])
        yield Part(training, Training(specs, others, target[held_out], seed + fold))


def features_of_fold(
    batch: ApplicationBatch, names: tuple[str, ...], training: NDArray[np.bool_]
) -> tuple[tuple[FeatureSpec, ...], NDArray[np.float32]]:
    """Features of all rows, with tables learned from the ``training`` rows."""
    schema = learn(batch.take(np.flatnonzero(training)), names)
    return schema.specs, FeaturePlan(schema).compute(batch).matrix
