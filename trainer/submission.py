"""The unlabelled applicants scored, in Kaggle's submission format."""

from pathlib import Path

import polars as pl

from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import ONNX, Bundle
from creditrisk.model.scorer import Scorer
from trainer.frames import ID, TARGET, to_batch
from trainer.histories.known import Histories


def write_submission(bundle: Bundle, test: pl.DataFrame, histories: Histories | None, path: Path) -> None:
    """Write SK_ID_CURR and TARGET (the PD) of ``test``, a canonical frame, to the CSV ``path``."""
    matrix = FeaturePlan(bundle.schema).compute(to_batch(test, histories)).matrix
    scores = Scorer(bundle.read(ONNX)).score(matrix)
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame({ID: test[ID], TARGET: scores.pd}).write_csv(path)
