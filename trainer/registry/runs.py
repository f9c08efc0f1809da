"""A fit as an MLflow run, and its bundle as a version of the registered model."""

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np

import creditrisk
from creditrisk.application import CATEGORICAL, COLUMNS
from creditrisk.model.bundle import CHALLENGER, CHAMPION, Bundle
from creditrisk.model.reports import METRICS, REPORTS
from trainer.contenders.contender import Contender, OutOfFold
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import MEASURES, Measured
from trainer.labelled import Labelled
from trainer.paths import Home
from trainer.progress import say
from trainer.registry.connection import MODEL, mlflow_of, version_of
from trainer.registry.description import MODEL_TEXT, data_of, version_text

BUNDLE: Final = "bundle"
"""Name of the bundle's folder among a model version's artifacts."""
SERVED: Final = Path(__file__).with_name("served.py")


def track(home: Home, bundle: Bundle, parameters: Mapping[str, Any]) -> str:
    """Record the fit of ``bundle`` as a run, register the bundle, and make it the challenger; its version.

    The first is the champion too. ``parameters``: what the fit was told, by name.

    Raises:
        Unavailable: MLflow does not answer.
    """
    manifest = bundle.manifest
    metrics = json.loads(bundle.read(METRICS))
    text = version_text(bundle, metrics)
    with mlflow_of(home) as mlflow, tempfile.TemporaryDirectory() as folder:
        client = mlflow.MlflowClient()
        # MLflow keeps a folder under its own name, and promotion looks for this one.
        kept = shutil.copytree(bundle.directory, Path(folder) / BUNDLE)
        signature = _signature(mlflow)
        with mlflow.start_run(
            run_name=f"{manifest.family} {manifest.model_version}-{bundle.hash[:8]}", description=text
        ) as run:
            training = mlflow.entities.InputTag("mlflow.data.context", "training")
            fitted_on = mlflow.entities.DatasetInput(data_of(mlflow, bundle, metrics, signature.inputs), [training])
            client.log_inputs(run.info.run_id, datasets=[fitted_on])
            mlflow.log_params(dict(parameters))
            mlflow.log_metrics({name: value for name, value in _numbers(metrics) if name not in parameters})
            tags = {
                "kind": "fit",
                "family": str(manifest.family),
                "model_version": manifest.model_version,
                "bundle_hash": bundle.hash,
                "data_fingerprint": manifest.data_fingerprint,
                "schema_fingerprint": manifest.schema_fingerprint,
                "data": manifest.source,
            }
            mlflow.set_tags(tags)
            if (bundle.directory / REPORTS).is_dir():
                mlflow.log_artifacts(str(bundle.directory / REPORTS), REPORTS)
            # What goes right it prints; what goes wrong it raises.
            with redirect_stderr(StringIO()):
                info = mlflow.pyfunc.log_model(
                    name="bundle",
                    python_model=str(SERVED),
                    artifacts={BUNDLE: str(kept)},
                    code_paths=[str(Path(creditrisk.__file__).parent)],
                    signature=signature,
                    # The project's own environment serves it: ``mlflow models serve --env-manager local``.
                    pip_requirements=[],
                    registered_model_name=MODEL,
                    await_registration_for=60,
                )
        version = str(info.registered_model_version)
        for name, value in tags.items():
            client.set_model_version_tag(MODEL, version, name, value)
        client.update_model_version(MODEL, version, text)
        client.update_registered_model(MODEL, MODEL_TEXT)
        client.set_registered_model_alias(MODEL, CHALLENGER, version)
        if version_of(client, CHAMPION) is None:
            client.set_registered_model_alias(MODEL, CHAMPION, version)
    say(f"registered {manifest.model_version} as version {version} of {MODEL} in MLflow, the {CHALLENGER}")
    return version


def track_contender(
    home: Home, contender: Contender, found: OutOfFold, rows: Labelled, seed: int, costs: Costs
) -> None:
    """Record as a run what ``contender`` reached out of fold on ``rows``, with the folds of ``seed``.

    Raises:
        Unavailable: MLflow does not answer.
    """
    measured = Measured(found.pd, rows.target, contender.threshold(costs), costs).on(np.ones(len(rows)))
    with mlflow_of(home) as mlflow, mlflow.start_run(run_name=contender.name):
        mlflow.log_params(
            {
                "recipe": contender.recipe,
                "features": len(contender.features(rows)),
                "threshold": contender.threshold(costs),
                "seed": seed,
                **asdict(costs),
            }
        )
        mlflow.log_metrics({str(measure): float(value) for measure, value in zip(MEASURES, measured, strict=True)})
        mlflow.set_tags({"kind": "contender", "data_fingerprint": rows.fingerprint})


def _numbers(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    """The numbers of nested metrics by dotted names; lists are left to the file."""
    for name, value in document.items():
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            yield f"{prefix}{name}", float(value)


def _signature(mlflow: Any) -> Any:
    kinds = {column.name: "string" if column in CATEGORICAL else "double" for column in COLUMNS}
    columns = [mlflow.types.ColSpec(kinds[one.name], one.name, required=one.required) for one in COLUMNS]
    outputs = [mlflow.types.ColSpec("double", name) for name in ("margin", "calibrated", "pd")]
    applicant = mlflow.types.ColSpec("long", "SK_ID_CURR", required=False)
    return mlflow.models.ModelSignature(mlflow.types.Schema([applicant, *columns]), mlflow.types.Schema(outputs))
