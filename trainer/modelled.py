"""A model out of fold and in full: cross-fitted, calibrated, fitted on all rows, exported and certified."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidBundle, InvalidData
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import FeatureSchema, learn
from creditrisk.features.spec import Protected
from creditrisk.model.calibration import Calibration, fit_platt
from creditrisk.model.certificate import Certificate
from creditrisk.model.certification import Trial
from creditrisk.model.contributions import Explainer
from trainer.contenders.contender import OutOfFold, probability
from trainer.crossfit import CrossFit, cross_fit
from trainer.explained import Explained, explain_sample
from trainer.families.family import Family, Fitted, Training
from trainer.labelled import Labelled
from trainer.progress import bar

FEWEST_DEFAULTS: Final = 100


@dataclass(frozen=True, slots=True)
class Modelled:
    """``crossed`` and ``found``: out of fold, in margins and PDs; all else is of the model fitted on all n rows.

    ``matrix``: float32 (n, F), its features in the order of ``schema``; ``onnx`` its certified export.
    """

    crossed: CrossFit
    calibration: Calibration
    found: OutOfFold
    schema: FeatureSchema
    matrix: NDArray[np.float32]
    fitted: Fitted
    onnx: bytes
    explainer: Explainer
    certificate: Certificate
    explained: Explained


def model(rows: Labelled, family: Family, allowed: frozenset[Protected], seed: int) -> Modelled:
    """Model ``rows`` with ``family``, which may use the protected attributes ``allowed``.

    Raises:
        InvalidData: there are too few defaults to fit on.
        InvalidBundle: the export is not exact; what differs is in the message.
    """
    target = rows.target
    if target.sum() < FEWEST_DEFAULTS:
        raise InvalidData(f"{target.sum()} defaults among {len(target)} rows; a fit needs {FEWEST_DEFAULTS}")
    names = rows.names(allowed)
    with bar(f"cross-fitting {len(names)} features on {len(target):,} rows", 1.0) as told:
        crossed = cross_fit(rows.batch, target, names, seed, told, family)
    calibration = fit_platt(crossed.margins, target)
    schema = learn(rows.batch, names)
    matrix = FeaturePlan(schema).compute(rows.batch).matrix
    with bar(f"fitting {family.kind} on all rows", 1.0) as told:
        fitted = crossed.family.fit(Training(schema.specs, matrix, target, seed), told.to)
    onnx, explainer = fitted.export(calibration), fitted.explainer()
    with bar("certifying the export", 1.0):
        certificate = fitted.certify(Trial(onnx, explainer, calibration, matrix, seed))
    if not certificate.passed:
        raise InvalidBundle(f"the export is not exact: {certificate.to_json()}")
    return Modelled(
        crossed=crossed,
        calibration=calibration,
        found=OutOfFold(probability(crossed.margins), probability(calibration.apply(crossed.margins))),
        schema=schema,
        matrix=matrix,
        fitted=fitted,
        onnx=onnx,
        explainer=explainer,
        certificate=certificate,
        explained=explain_sample(explainer, calibration, matrix, target, seed),
    )
