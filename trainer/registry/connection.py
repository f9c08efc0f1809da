"""The connection to MLflow, which is imported here alone: it takes seconds, and most commands need none of it."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from creditrisk.errors import Unavailable
from trainer.paths import Home
from trainer.registry.description import EXPERIMENT_TEXT, NOTE

EXPERIMENT: Final = "creditrisk"
MODEL: Final = "creditrisk"
"""Name of the registered model whose versions are bundles."""


@contextmanager
def mlflow_of(home: Home) -> Iterator[Any]:
    """The ``mlflow`` module, set to ``MLFLOW_TRACKING_URI``, or to a SQLite file of ``home`` without one.

    Raises:
        Unavailable: the tracking server does not answer.
    """
    # Its maker is told nothing of its use, unless somebody asks for that.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    # A dead server is an answer within seconds, not within minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # MLflow uses what the libraries under it deprecate, and advises on what is as it should be: nobody is told of
    # either. It has filters of its own, so they are recorded as well as ignored.
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("ignore")
        with _connected(home) as mlflow:
            yield mlflow


@contextmanager
def _connected(home: Home) -> Iterator[Any]:
    import mlflow  # noqa: PLC0415 - it takes seconds
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    uri = os.environ.get("MLFLOW_TRACKING_URI", "")
    mlflow.set_tracking_uri(uri or f"sqlite:///{home.tracking}")
    if not uri:
        # MLflow sets the variable too, and the next home would be taken for this one.
        os.environ.pop("MLFLOW_TRACKING_URI", None)
    try:
        if mlflow.get_experiment_by_name(EXPERIMENT) is None:
            # A server keeps artifacts where it is set to; without one they go beside the file.
            location = None if uri else home.artifacts.absolute().as_uri()
            mlflow.create_experiment(EXPERIMENT, location, {NOTE: EXPERIMENT_TEXT})
        mlflow.set_experiment(EXPERIMENT)
        yield mlflow
    except MlflowException as error:
        raise Unavailable(f"MLflow at {uri or home.tracking}: {error}") from error


def version_of(client: Any, alias: str) -> str | None:
    """The version of the registered model that has ``alias``; None where none has."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - as above

    try:
        return str(client.get_model_version_by_alias(MODEL, alias).version)
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise
