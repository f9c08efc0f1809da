"""Golden rows of a bundle: generated applications and the outputs the model gave for them."""

from typing import Final

import numpy as np

from creditrisk.application import NUMERIC, ApplicationBatch
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.golden import Golden
from creditrisk.model.scorer import Scorer
from trainer.frames import to_batch
from trainer.generator import generate

ROWS: Final = 48
SEED: Final = 20_180_517


def golden_rows(plan: FeaturePlan, scorer: Scorer) -> Golden:
    """Generated applications, the last with nothing known but what is required; scored."""
    made = to_batch(generate(ROWS, SEED).train)
    required = np.array([column.required for column in NUMERIC])
    bare = np.where(required, made.numbers[:, 0], np.nan)[:, None]
    words = tuple([*column, column[0] if row == 0 else None] for row, column in enumerate(made.categories))
    applications = ApplicationBatch(np.concatenate([made.numbers, bare], axis=1), words)
    matrix = plan.compute(applications).matrix
    scores = scorer.score(matrix)
    return Golden(applications, matrix, scores.margin, scores.calibrated, scores.pd)
