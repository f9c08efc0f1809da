"""Contenders that take a moment, on few applications."""

import numpy as np

from creditrisk.application import ApplicationBatch
from trainer.contenders.contender import CrossFitted
from trainer.contenders.imbalance import Imbalance
from trainer.families.boosting import PARAMETERS, LightGBM
from trainer.families.forest import RandomForest
from trainer.families.logistic import Logistic
from trainer.frames import TARGET, to_batch
from trainer.generator import generate
from trainer.labelled import Labelled

TREES = LightGBM(PARAMETERS | {"learning_rate": 0.1}, most=40, patience=10)
FEW = RandomForest(trees=10, depth=4)
LINEAR = Logistic()
QUICK = CrossFitted("quick", TREES)


def labelled(rows: int, seed: int = 4) -> Labelled:
    """Generated applications without histories."""
    frame = generate(rows, seed).train
    return Labelled(to_batch(frame), frame[TARGET].to_numpy(), frozenset(), f"{seed:064}")


def lottery(rows: int) -> Labelled:
    """Applications whose outcome nothing can tell; a fifth default."""
    batch: ApplicationBatch = labelled(rows).batch
    drawn = np.random.default_rng(0).random(rows) < 0.2
    return Labelled(batch, drawn.astype(np.int8), frozenset(), "0" * 64)


def handled(imbalance: Imbalance) -> CrossFitted:
    """A forest of a few trees, with imbalance handled so."""
    return CrossFitted(f"forest, {imbalance}", FEW, imbalance)
