"""Promotion: a version becomes the champion, in the registry and where services look, if it passes the gate."""

import json
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from creditrisk.decision.policy import Domain, Policy
from creditrisk.errors import InvalidBundle, NotFound
from creditrisk.model.bundle import CHALLENGER, CHAMPION, Bundle, BundleStore
from creditrisk.model.reports import METRICS
from trainer.paths import Home
from trainer.progress import say
from trainer.registry.connection import MODEL, mlflow_of, version_of
from trainer.registry.runs import BUNDLE


class Measure(StrEnum):
    """What the gate compares, of the out-of-fold figures in a bundle's metrics."""

    AUC = "auc_mean"
    COST = "cost_per_applicant"


_BETTER: Final = {Measure.AUC: 1, Measure.COST: -1}


@dataclass(frozen=True, slots=True)
class Gate:
    """How much worse than the champion a version may be by ``measure``, in its unit."""

    measure: Measure = Measure.COST
    tolerance: float = 0.0

    def check(self, candidate: Bundle, champion: Bundle) -> str:
        """What was compared, in words.

        Raises:
            InvalidBundle: ``candidate`` is worse than ``champion``, or they cannot be compared.
        """
        if candidate.manifest.data_fingerprint != champion.manifest.data_fingerprint:
            raise InvalidBundle(
                f"{candidate.manifest.model_version} was fitted on other data than the champion "
                f"{champion.manifest.model_version}: fit both on the same, or pass --no-gate"
            )
        of, against = (json.loads(bundle.read(METRICS))[self.measure] for bundle in (candidate, champion))
        compared = f"{self.measure} {of:.4f} against the champion's {against:.4f}"
        if _BETTER[self.measure] * (of - against) < -self.tolerance:
            raise InvalidBundle(
                f"{candidate.manifest.model_version} is worse: {compared} (tolerance {self.tolerance:g}); "
                "raise --tolerance, or pass --no-gate"
            )
        return compared


def promote(home: Home, version: str, gate: Gate | None) -> Bundle:
    """Make ``version`` (a number, or ``challenger``) the champion of the registry and of ``home``'s bundle store.

    Services take it at their next start. Without a ``gate`` only the certificate and the policy are checked.

    Raises:
        InvalidBundle: it is not certified or not sound, or the gate refuses it; nothing was changed.
        InvalidPolicy: the policy file does not fit it; nothing was changed.
        NotFound: the registry has no such version.
        Unavailable: MLflow does not answer.
    """
    store = BundleStore(home.bundles)
    with mlflow_of(home) as mlflow, tempfile.TemporaryDirectory() as folder:
        client = mlflow.MlflowClient()
        chosen = version_of(client, CHALLENGER) if version == CHALLENGER else version
        if chosen is None or not any(
            str(one.version) == chosen for one in client.search_model_versions(f"name = '{MODEL}'")
        ):
            raise NotFound(f"the registry has no version {version} of {MODEL}")
        candidate = _bundle(mlflow, chosen, Path(folder) / "candidate")
        champion = version_of(client, CHAMPION)
        compared = "without a gate"
        if gate and champion and champion != chosen:
            compared = gate.check(candidate, _bundle(mlflow, champion, Path(folder) / "champion"))
        Policy.read(home.policy, Domain.of(candidate.schema))
        client.set_registered_model_alias(MODEL, CHAMPION, chosen)
        promoted = store.publish(candidate.directory, CHAMPION)
    say(f"version {chosen} ({promoted.manifest.model_version}) is the champion: {compared}")
    return promoted


def _bundle(mlflow: Any, version: str, folder: Path) -> Bundle:
    uri = f"models:/{MODEL}/{version}"
    return Bundle.open(Path(mlflow.artifacts.download_artifacts(f"{uri}/artifacts/{BUNDLE}", dst_path=str(folder))))
