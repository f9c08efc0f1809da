"""Small training sets of awkward columns (see ``tests.model.boosters``), and certificates of what is fitted on them."""

import numpy as np

from creditrisk.features.spec import Code, Column, FeatureSpec
from creditrisk.model.calibration import Calibration
from creditrisk.model.certification import Trial
from tests.model.boosters import COLUMNS, awkward_rows
from trainer.families.family import Training

CALIBRATION = Calibration(5.0, -2.0)
CODED = 2
"""The column of ``awkward_rows`` that holds codes."""


def training(seed=0, n=400, coded=(CODED,)):
    rng = np.random.default_rng(seed)
    rows = awkward_rows(rng, n)
    signal = np.where(np.isnan(rows), rng.normal(size=COLUMNS), np.sign(rows) * rng.normal(size=COLUMNS)).sum(axis=1)
    target = (signal + rng.normal(size=n) > 0).astype(np.int8)
    target[:2] = 0, 1
    specs = tuple(
        FeatureSpec(f"F{i}", "", "", Code(f"F{i}") if i in coded else Column(f"F{i}"), "") for i in range(COLUMNS)
    )
    return Training(specs, rows, target, seed)


def silent(_share, _doing):
    pass


def certificate(fitted, rows, *, onnx=None, explainer=None, ordinary_rows=300):
    """Of ``fitted``'s export, or another one's."""
    explainer = explainer or fitted.explainer()
    return fitted.certify(
        Trial(onnx or fitted.export(CALIBRATION), explainer, CALIBRATION, rows, seed=1, ordinary_rows=ordinary_rows)
    )


def failed(found):
    return {check.name for check in found.failures}
