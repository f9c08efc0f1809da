"""What may be done about defaults being rare, to the rows of a training fold and to no others.

Each makes both outcomes count alike. Ranking may gain from that; the PDs that follow are of a population that half
defaults, and calibration has to bring them back (Dal Pozzolo et al. 2015).
"""

from dataclasses import replace
from enum import StrEnum
from typing import Final

import numpy as np
from imblearn.over_sampling import SMOTENC
from imblearn.under_sampling import RandomUnderSampler
from numpy.typing import NDArray
from sklearn.impute import SimpleImputer
from sklearn.utils.class_weight import compute_sample_weight

from trainer.crossfit import Prepare, unchanged
from trainer.families.columns import NOT_GIVEN
from trainer.families.family import Matrix, Training


class Imbalance(StrEnum):
    """Ways to handle rare defaults."""

    NONE = "none"
    CLASS_WEIGHT = "class weights"
    SMOTE = "SMOTE"
    UNDERSAMPLING = "undersampling"


def _weighted(training: Training, others: Matrix) -> tuple[Training, Matrix]:
    """Each outcome's rows weigh together half of all rows."""
    return replace(training, weights=compute_sample_weight("balanced", training.target)), others


def _undersampled(training: Training, others: Matrix) -> tuple[Training, Matrix]:
    """All defaults, and as many of the others by chance."""
    sampler = RandomUnderSampler(random_state=training.seed)
    sampler.fit_resample(training.matrix[:, :1], training.target)
    rows = np.sort(sampler.sample_indices_)
    return replace(training, matrix=training.matrix[rows], target=training.target[rows]), others


def _smote(training: Training, others: Matrix) -> tuple[Training, Matrix]:
    """Made-up defaults between neighbouring ones until there are as many as others (Chawla et al. 2002, SMOTE-NC).

    SMOTE knows no missing values: numbers are filled with the training rows' median, codes with one of their own, in
    ``others`` too. Neighbours are sought among numbers of one scale; a made-up row takes its codes from most of them.
    """
    codes = np.array([spec.categorical for spec in training.specs])
    filler = SimpleImputer(strategy="median", keep_empty_features=True).fit(_codes_filled(training.matrix, codes))
    filled = filler.transform(_codes_filled(training.matrix, codes))
    # Powers of two, the nearest to standard deviations: scaled back, equal neighbours give that very value. Were it
    # off in the last place, trees would tell made-up rows by that.
    spread = filled.std(axis=0, dtype=np.float64)
    scale = np.where(codes | (spread == 0), 1.0, np.exp2(np.round(np.log2(np.where(spread > 0, spread, 1.0)))))
    resampled, target = _sampler(codes, training.seed).fit_resample(filled / scale, training.target)
    made = (resampled[len(filled) :] * scale).astype(np.float32)
    matrix = np.concatenate([filled, made])
    return replace(training, matrix=matrix, target=target), filler.transform(_codes_filled(others, codes))


def _sampler(codes: NDArray[np.bool_], seed: int) -> SMOTENC:
    return SMOTENC(np.flatnonzero(codes).tolist(), random_state=seed)


def _codes_filled(matrix: Matrix, codes: NDArray[np.bool_]) -> Matrix:
    return np.where(codes & np.isnan(matrix), np.float32(NOT_GIVEN), matrix)


PREPARE: Final[dict[Imbalance, Prepare]] = {
    Imbalance.NONE: unchanged,
    Imbalance.CLASS_WEIGHT: _weighted,
    Imbalance.SMOTE: _smote,
    Imbalance.UNDERSAMPLING: _undersampled,
}
