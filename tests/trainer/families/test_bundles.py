"""A bundle of each family, from data to an explained applicant, without the family's own library."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import CERTIFICATE, EXPLAINER, ONNX, Bundle, BundleStore
from creditrisk.model.certificate import CHECKS, Certificate
from creditrisk.model.families import ModelFamily
from creditrisk.model.golden import ADDITIVITY
from creditrisk.model.scorer import Scorer
from services.explain.bundles import BundleExplainer
from trainer.__main__ import app
from trainer.data import prepare
from trainer.data.dataset import Dataset
from trainer.families import FAMILIES
from trainer.families.boosting import LightGBM
from trainer.families.family import Family
from trainer.families.forest import RandomForest
from trainer.families.logistic import Logistic
from trainer.fit import fit
from trainer.frames import to_batch
from trainer.options import Options
from trainer.paths import Home
from trainer.publish import publish

SMALL: dict[ModelFamily, Family] = {
    ModelFamily.LIGHTGBM: LightGBM(trees=20),
    ModelFamily.FOREST: RandomForest(trees=10, depth=11),
    ModelFamily.LOGISTIC: Logistic(),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return prepare(None, tmp_path_factory.mktemp("data"), rows=1_600, seed=5)


@pytest.fixture(scope="module", params=ModelFamily)
def fitted(request: pytest.FixtureRequest, data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """Fitted, certified, sealed and published."""
    home = tmp_path_factory.mktemp(request.param)
    sealed = fit(data, None, Home(home), Options(family=SMALL[request.param], report=False))
    publish(sealed.directory, home / "bundles", home / "policy.toml")
    return BundleStore(home / "bundles").take()


def test_its_certificate_is_its_familys(fitted: Bundle) -> None:
    certificate = Certificate.from_json(fitted.read(CERTIFICATE).decode())
    assert certificate.passed
    assert certificate.family == fitted.manifest.family
    assert {check.name for check in certificate.checks} == CHECKS[fitted.manifest.family].keys()
    assert json.loads(fitted.read("metrics.json"))["family"] == fitted.manifest.family


def test_its_scores_are_explained(fitted: Bundle, data: Dataset) -> None:
    matrix = FeaturePlan(fitted.schema).compute(to_batch(data.test.head(50))).matrix
    scores = Scorer(fitted.read(ONNX)).score(matrix)
    explainer = BundleExplainer(fitted)
    together = explainer.explain(matrix)
    for row, of_all, calibrated in zip(matrix, together, scores.calibrated, strict=True):
        (found,) = explainer.explain(row[None])
        assert (of_all.base, of_all.margin) == (found.base, found.margin)
        assert of_all.contributions.tobytes() == found.contributions.tobytes()
        assert abs(found.margin - calibrated) <= ADDITIVITY
        assert found.contributions.shape == (len(fitted.schema.names),)
        assert np.count_nonzero(found.contributions) > 5
    assert scores.pd.std() > 0


def test_nothing_in_it_is_a_pickle(fitted: Bundle) -> None:
    assert {Path(name).suffix for name in fitted.manifest.files} <= {".onnx", ".npz", ".json", ".csv", ".txt"}
    with np.load(fitted.directory / EXPLAINER, allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays.files)


def test_it_is_served_without_the_trainers_libraries(fitted: Bundle) -> None:
    program = (
        "import sys; from pathlib import Path; from creditrisk.model.bundle import Bundle, ONNX\n"
        "from creditrisk.model.scorer import Scorer; from services.explain.bundles import BundleExplainer\n"
        "bundle = Bundle.open(Path(sys.argv[1])); Scorer(bundle.read(ONNX)); BundleExplainer(bundle)\n"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(fitted.directory)], capture_output=True, text=True, check=True
    )
    assert not {"lightgbm", "sklearn", "skl2onnx", "onnx", "shap", "polars", "trainer"} & set(ended.stdout.split())


def test_every_family_can_be_asked_for() -> None:
    assert {kind: family.kind for kind, family in FAMILIES.items()} == {kind: kind for kind in ModelFamily}
    refused = CliRunner().invoke(app, ["fit", "--model", "network"])
    assert refused.exit_code == 2
    assert all(kind in refused.output for kind in ModelFamily)
