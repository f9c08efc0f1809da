import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings

from creditrisk.errors import InvalidArgument, InvalidBundle, InvalidData
from creditrisk.explain.tree_shap import TreeExplainer
from creditrisk.model import probes
from creditrisk.model.calibration import Calibration
from creditrisk.model.certificate import CHECKS, Certificate, Check
from creditrisk.model.certification import Trial, certify
from creditrisk.model.families import ModelFamily
from creditrisk.model.onnx_export import export
from tests.model.boosters import train, trained

CALIBRATION = Calibration(0.9, -0.3)


def certificate(model, *, exported=None, explained=None, calibration=CALIBRATION, ordinary_rows=1000):
    trial = Trial(
        export(exported or model.forest, CALIBRATION),
        TreeExplainer(explained or model.forest),
        calibration,
        model.rows,
        seed=1,
        ordinary_rows=ordinary_rows,
    )
    return certify(ModelFamily.LIGHTGBM, model, partial(probes.of_forest, model.forest), trial)


def failed(certificate):
    assert not certificate.passed
    return {check.name for check in certificate.failures}


@pytest.fixture(scope="module")
def model():
    return train(seed=11, n=2000, trees=30)


@pytest.fixture(scope="module")
def whole(model):
    return certificate(model, ordinary_rows=100_000)


def test_an_exact_export_passes_on_enough_rows(model, whole):
    assert whole.passed
    rows = {check.name: check.rows for check in whole.checks}
    assert rows["ordinary"] == 100_000
    assert rows["thresholds"] == 3 * len(model.forest.feature)
    assert whole.max_margin_error == 0
    assert whole.max_contribution_error < 1e-12
    assert set(whole.versions) == {"lightgbm", "numpy", "onnx", "onnxruntime"}


def test_too_few_rows_do_not_pass(model):
    few = certificate(model)
    assert not few.failures
    assert not few.passed


@settings(max_examples=10, deadline=None)
@given(trained())
def test_any_convertible_model_is_certified(model):
    assert certificate(model, ordinary_rows=300).failures == ()


def test_thresholds_rounded_to_float32_fail_on_thresholds(model):
    with np.errstate(over="ignore"):
        rounded = replace(model.forest, threshold=model.forest.threshold.astype(np.float32).astype(np.float64))
    found = certificate(model, exported=rounded)
    assert "thresholds" in failed(found)
    check = next(check for check in found.failures if check.name == "thresholds")
    assert check.differing > 0
    row = np.array([np.nan if v is None else v for v in check.example.features], dtype=np.float32)
    assert model.margins(row[None])[0] == check.example.expected != check.example.found


def test_a_swapped_missing_side_fails_at_whichever_split(model):
    forest = model.forest
    reached = visited(forest, probes.missing_at_splits(forest, model.rows, np.random.default_rng(0)))
    nodes = [node for node in range(0, len(forest.feature), 12) if node in reached[node]]
    assert len(nodes) > 10
    for node in nodes:
        missing_left = forest.missing_left.copy()
        missing_left[node] ^= True
        assert "missing" in failed(certificate(model, exported=replace(forest, missing_left=missing_left)))


def test_a_perturbed_leaf_of_the_export_fails(model):
    values = model.forest.leaf_value.copy()
    values[3] *= 1 + 1e-12
    assert "ordinary" in failed(certificate(model, exported=replace(model.forest, leaf_value=values)))


def test_trees_in_another_order_fail(model):
    turned = replace(model.forest, roots=model.forest.roots[::-1].copy())
    assert "ordinary" in failed(certificate(model, exported=turned))


@pytest.mark.parametrize("field", ["leaf_value", "leaf_cover"])
def test_a_perturbed_leaf_of_the_explainer_fails(model, field):
    values = getattr(model.forest, field).copy()
    values[3] *= 2
    found = certificate(model, explained=replace(model.forest, **{field: values}))
    assert failed(found) >= {"contributions"}
    assert found.max_contribution_error > 1e-10


def test_another_calibration_fails(model):
    other = Calibration(CALIBRATION.slope, CALIBRATION.intercept + 1e-15)
    assert failed(certificate(model, calibration=other)) == {"calibration"}


def test_json_round_trip(model, whole):
    assert Certificate.from_json(whole.to_json()) == whole
    assert json.loads(whole.to_json())["passed"] is True
    broken = certificate(model, calibration=Calibration(2.0, 0.0))
    assert Certificate.from_json(broken.to_json()) == broken


@pytest.mark.parametrize(
    "change",
    [
        lambda document: document.update(passed=False),
        lambda document: document["checks"].pop(),
        lambda document: document["checks"][0].update(differing=1),
        lambda document: document["checks"][0].update(rows=10),
        lambda document: document["checks"][0].update(bound=1e-6),
        lambda document: document["checks"][0].update(name="another"),
        lambda document: document["checks"].reverse(),
        lambda document: document.update(family="forest"),
        lambda document: document.update(family="another"),
        lambda document: document.pop("family"),
        lambda document: document.pop("versions"),
        lambda document: document.pop("passed"),
    ],
)
def test_a_certificate_at_odds_with_itself_is_refused(whole, change):
    document = json.loads(whole.to_json())
    change(document)
    with pytest.raises(InvalidBundle):
        Certificate.from_json(json.dumps(document))


@pytest.mark.parametrize("family", ModelFamily)
def test_only_all_of_a_familys_checks_pass(whole, family):
    checks = tuple(Check(name, bound, 100_000, 0) for name, bound in CHECKS[family].items())
    complete = replace(whole, family=family, checks=checks)
    assert complete.passed
    for place in range(len(checks)):
        assert not replace(complete, checks=checks[:place] + checks[place + 1 :]).passed
        empty = replace(checks[place], rows=0)
        assert not replace(complete, checks=(*checks[:place], empty, *checks[place + 1 :])).passed


def test_rows_are_needed_and_checked(model):
    with pytest.raises(InvalidData):
        certificate(replace(model, rows=model.rows[:0]))
    with pytest.raises(InvalidArgument):
        certificate(replace(model, rows=model.rows[:, 1:]))


def visited(forest, matrix):
    """Nodes that each row visits, by walking the trees."""
    return [set().union(*(walk(forest, root, row) for root in forest.roots)) for row in matrix]


def walk(forest, child, row):
    while child >= 0:
        yield int(child)
        x = row[forest.feature[child]]
        goes_left = forest.missing_left[child] if np.isnan(x) else float(x) <= forest.threshold[child]
        child = (forest.left if goes_left else forest.right)[child]


@settings(max_examples=10, deadline=None)
@given(trained())
def test_probes_arrive_at_the_splits_they_are_made_for(model):
    forest, rng = model.forest, np.random.default_rng(0)
    at = visited(forest, probes.thresholds(forest, model.rows, rng)[1::3])
    missing = visited(forest, probes.missing_at_splits(forest, model.rows, rng))
    arrived = [node in at[node] or node in missing[node] for node in range(len(forest.feature))]
    # Bins end between values of the data, so some splits on values around zero can be reached by no row.
    assert np.mean(arrived or [True]) > 0.9
