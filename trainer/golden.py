"""Golden rows of a bundle: generated applications and the outputs the model gave for them."""

from typing import Final

import numpy as np

from creditrisk.application import NUMERIC, ApplicationBatch
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.history import AGGREGATES
from creditrisk.model.golden import Golden
from creditrisk.model.scorer import Scorer
from trainer.frames import ID, to_batch
from trainer.generator import generate
from trainer.histories.part import known

ROWS: Final = 48
SEED: Final = 20_180_517


def golden_rows(plan: FeaturePlan, scorer: Scorer) -> Golden:
    """Generated applications with histories, the last with nothing known but what is required; scored."""
    generated = generate(ROWS, SEED)
    ids = generated.train[ID]
    made = to_batch(generated.train)
    histories = known(generated.histories(ids[0], ids[-1] + 1)).of(ids.to_numpy())
    required = np.array([column.required for column in NUMERIC])
    bare = np.where(required, made.numbers[:, 0], np.nan)[:, None]
    words = tuple([*column, column[0] if row == 0 else None] for row, column in enumerate(made.categories))
    nothing = np.full((1, len(AGGREGATES)), np.nan, dtype=np.float32)
    applications = ApplicationBatch(
        np.concatenate([made.numbers, bare], axis=1), words, np.concatenate([histories, nothing])
    )
    matrix = plan.compute(applications).matrix
    scores = scorer.score(matrix)
    return Golden(applications, matrix, scores.margin, scores.calibrated, scores.pd)
