"""A bundle as MLflow's Python model: applications in, margin, log-odds and PD out, as the services give them.

MLflow keeps this file as the model's code (no pickle) with the core package beside it, and runs it under
``mlflow models serve``. Columns are Kaggle's; histories are looked up where HISTORIES_URL names their store.
"""

import asyncio
import os
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import mlflow
import numpy as np
import pandas as pd

from creditrisk.application import CATEGORICAL, NUMERIC, ApplicationBatch
from creditrisk.errors import InvalidApplication, Violation
from creditrisk.features.checks import check
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.history import AGGREGATES, LAYOUT
from creditrisk.model.bundle import ONNX, Bundle
from creditrisk.model.scorer import Scorer
from creditrisk.stores.histories import open_histories

ID: Final = "SK_ID_CURR"
TIMEOUT: Final = 5.0
"""Seconds the store of histories may take."""


class BundleModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # the library counts as untyped
    """The bundle among a model version's artifacts."""

    def load_context(self, context: Any) -> None:
        """Verify and load the bundle."""
        bundle = Bundle.open(Path(context.artifacts["bundle"]))
        self._plan = FeaturePlan(bundle.schema)
        self._scorer = Scorer(bundle.read(ONNX))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> Any:  # noqa: ARG002 - MLflow's signature
        """``margin``, ``calibrated`` (log-odds) and ``pd``, a row an application.

        Raises:
            InvalidApplication: naming row and column of the first rule broken.
        """
        batch = _batch(model_input)
        if self._plan.reads_histories and (url := os.environ.get("HISTORIES_URL")) and ID in model_input:
            batch = replace(batch, histories=asyncio.run(_histories(url, model_input[ID].tolist())))
        features = self._plan.compute(batch)
        for row, finding in enumerate(check(batch, features)):
            if finding.violations:
                raise InvalidApplication([Violation(f"row {row}, {one.field}", one.rule) for one in finding.violations])
        scores = self._scorer.score(features.matrix)
        return pd.DataFrame({"margin": scores.margin, "calibrated": scores.calibrated, "pd": scores.pd})


def _batch(frame: Any) -> ApplicationBatch:
    """The applications of a data frame; a column that is not there is not known."""
    unknown = np.full(len(frame), np.nan)
    numbers = [frame[one.name].to_numpy(np.float64) if one.name in frame else unknown for one in NUMERIC]
    words = [frame[one.name].tolist() if one.name in frame else [None] * len(frame) for one in CATEGORICAL]
    return ApplicationBatch(
        np.array(numbers).reshape(len(NUMERIC), len(frame)),
        tuple([word if isinstance(word, str) and word else None for word in column] for column in words),
    )


async def _histories(url: str, applicants: list[int]) -> Any:
    async with aclosing(open_histories(url, LAYOUT, len(AGGREGATES))) as store:
        return (await store.read(applicants, TIMEOUT)).matrix


mlflow.models.set_model(BundleModel())
