"""Golden rows reproduce on a sound service, and any bit that differs stops it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from creditrisk.application import CATEGORICAL
from creditrisk.errors import InvalidBundle
from creditrisk.explain.tree_shap import TreeExplainer
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import CALIBRATION, EXPLAINER, GOLDEN, ONNX, Bundle
from creditrisk.model.calibration import Calibration
from creditrisk.model.contributions import Contributions
from creditrisk.model.golden import ADDITIVITY, Golden
from creditrisk.model.onnx_export import export
from creditrisk.model.scorer import Scorer
from creditrisk.model.trees import Forest


@pytest.fixture(scope="module")
def golden(bundle: Bundle) -> Golden:
    return Golden.from_json(bundle.read(GOLDEN).decode())


def test_a_sound_bundle_reproduces(bundle: Bundle, golden: Golden) -> None:
    golden.check_features(FeaturePlan(bundle.schema))
    golden.check_scores(Scorer(bundle.read(ONNX)))
    golden.check_contributions(TreeExplainer(Forest.from_bytes(bundle.read(EXPLAINER))))


def test_rows_cover_missing_values_and_every_outcome_of_a_feature_check(golden: Golden) -> None:
    assert len(golden.applications) >= 20
    assert np.isnan(golden.matrix).any()
    assert all(None in words for at, words in enumerate(golden.applications.categories) if not CATEGORICAL[at].required)
    assert len(set(golden.pd.tolist())) > len(golden.pd) / 2


def test_json_keeps_every_bit(golden: Golden) -> None:
    again = Golden.from_json(golden.to_json())
    for name in ("matrix", "margin", "calibrated", "pd"):
        assert getattr(again, name).tobytes() == getattr(golden, name).tobytes()
    assert again.to_json() == golden.to_json()


def test_one_bit_of_one_feature_is_noticed_and_named(bundle: Bundle, golden: Golden) -> None:
    matrix = golden.matrix.copy()
    column = int(np.flatnonzero(~np.isnan(matrix[3]))[5])
    matrix[3, column] = np.nextafter(matrix[3, column], np.float32(np.inf))
    with pytest.raises(InvalidBundle, match=f"1 features differ, first {bundle.schema.names[column]} of row 3"):
        replace(golden, matrix=matrix).check_features(FeaturePlan(bundle.schema))


def test_another_vocabulary_is_noticed(bundle: Bundle, golden: Golden) -> None:
    vocabularies = {name: words[::-1] for name, words in bundle.schema.vocabularies.items()}
    with pytest.raises(InvalidBundle, match="features differ"):
        golden.check_features(FeaturePlan(replace(bundle.schema, vocabularies=vocabularies)))


def test_features_in_another_number_are_noticed(bundle: Bundle, golden: Golden) -> None:
    fewer = FeaturePlan(replace(bundle.schema, names=bundle.schema.names[:-1]))
    with pytest.raises(InvalidBundle, match="features has shape"):
        golden.check_features(fewer)


@pytest.mark.parametrize("name", ["margin", "calibrated"])
def test_one_bit_of_one_score_is_noticed(bundle: Bundle, golden: Golden, name: str) -> None:
    values = getattr(golden, name).copy()
    values[-1] = np.nextafter(values[-1], np.inf)
    with pytest.raises(InvalidBundle, match=f"1 {name} differ, first {name} of row {len(values) - 1}"):
        replace(golden, **{name: values}).check_scores(Scorer(bundle.read(ONNX)))


def test_a_pd_is_held_to_its_last_places(bundle: Bundle, golden: Golden) -> None:
    scorer = Scorer(bundle.read(ONNX))
    for ulps in (0, 1):
        replace(golden, pd=golden.pd + ulps * np.spacing(golden.pd)).check_scores(scorer)
    with pytest.raises(InvalidBundle, match="pd differ"):
        replace(golden, pd=golden.pd + 16 * np.spacing(golden.pd)).check_scores(scorer)


def test_a_model_of_another_calibration_is_noticed(bundle: Bundle, golden: Golden) -> None:
    calibration = Calibration.from_json(bundle.read(CALIBRATION).decode())
    other = export(
        Forest.from_bytes(bundle.read(EXPLAINER)), replace(calibration, intercept=calibration.intercept + 1e-9)
    )
    with pytest.raises(InvalidBundle, match="calibrated differ"):
        golden.check_scores(Scorer(other))


@pytest.mark.parametrize("wrong", [2 * ADDITIVITY, np.nan])
def test_contributions_that_miss_the_margin_are_noticed(bundle: Bundle, golden: Golden, wrong: float) -> None:
    class Off(TreeExplainer):
        def explain(self, matrix: np.ndarray) -> Contributions:
            found = super().explain(matrix)
            found.values[7, 0] += wrong
            return found

    with pytest.raises(InvalidBundle, match="contributions miss the margin"):
        golden.check_contributions(Off(Forest.from_bytes(bundle.read(EXPLAINER))))


def test_what_is_no_golden_file_is_refused(golden: Golden) -> None:
    document = json.loads(golden.to_json())
    broken = [
        "",
        "[]",
        json.dumps(document | {"matrix": document["matrix"][:-8]}),
        json.dumps(document | {"margin": document["margin"][:-1]}),
        json.dumps(document | {"pd": [*document["pd"], 0.5]}),
        json.dumps(document | {"numbers": {}}),
        json.dumps(document | {"categories": {name: [] for name in document["categories"]}}),
        *(json.dumps({key: value for key, value in document.items() if key != left}) for left in document),
    ]
    for text in broken:
        with pytest.raises(InvalidBundle, match=r"golden\.json"):
            Golden.from_json(text)
