"""What MLflow's pages say of a bundle: in words, and as the data it was fitted on."""

import json
from collections.abc import Mapping
from typing import Any, Final

from creditrisk.model.bundle import Bundle
from trainer.contenders.contender import FAMILY_NAMES

NOTE: Final = "mlflow.note.content"
"""The tag in which MLflow keeps a description."""
EXPERIMENT_TEXT: Final = (
    "Runs of kind `fit` end in a bundle, a version of the registered model; those of kind `contender` are what fits "
    "are compared with. Choose *Model training* at the top left: MLflow's pages begin with language models."
)
MODEL_TEXT: Final = (
    "Every version is a bundle: model, features, calibration, certificate and drift reference, sealed by hashes. "
    "`champion` is what services take at their next start, `challenger` the latest fit; "
    "`python -m trainer promote` makes one the other, past a gate."
)
_DIGEST: Final = 32
"""Letters of a fingerprint that name data in MLflow, which takes at most 36."""


def version_text(bundle: Bundle, metrics: Mapping[str, Any]) -> str:
    """What ``bundle`` is and how good, by its ``metrics``; Markdown of a line or two."""
    warning = "**SYNTHETIC DATA: it must not decide about anybody.** " if bundle.manifest.synthetic else ""
    name = FAMILY_NAMES[bundle.manifest.family]
    return (
        f"{warning}{name[:1].upper()}{name[1:]} of {len(bundle.schema.names)} features on {metrics['rows']:,} "
        f"applications ({metrics['default_rate']:.2%} default). Out of fold: ROC AUC {metrics['auc_mean']:.4f} ± "
        f"{metrics['auc_sd']:.4f} over folds; cost {metrics['cost_per_applicant']:.4f} per applicant, declining from a "
        f"PD of {metrics['threshold']:.2%}. Certified; bundle `{bundle.hash[:12]}`."
    )


def data_of(mlflow: Any, bundle: Bundle, metrics: Mapping[str, Any], inputs: Any) -> Any:
    """The data of ``bundle`` as MLflow's entity, without a row of it; ``inputs``: the schema of the applications."""
    manifest = bundle.manifest
    return mlflow.entities.Dataset(
        name="generated applications" if manifest.synthetic else "Home Credit applications",
        digest=manifest.data_fingerprint[:_DIGEST],
        source_type="code",
        source=json.dumps({"tags": {"made_by": "python -m trainer data", "fingerprint": manifest.data_fingerprint}}),
        schema=json.dumps({"mlflow_colspec": inputs.to_dict()}),
        profile=json.dumps({"num_rows": metrics["rows"], "default_rate": metrics["default_rate"]}),
    )
