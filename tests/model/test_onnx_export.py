import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditrisk.model import probes
from creditrisk.model.calibration import Calibration
from creditrisk.model.onnx_export import export, export_leaves
from creditrisk.model.scorer import Scorer, open_session
from tests.model.boosters import awkward_rows, train, trained

CALIBRATION = Calibration(0.9, -0.3)


def bits(values):
    return values.view(np.int64).tolist()


def probed(model, rng):
    return np.concatenate([matrix for _, matrix in probes.of_forest(model.forest, awkward_rows(rng, 100), 0, rng)])


@settings(max_examples=40, deadline=None)
@given(trained(), st.integers(0, 1000))
def test_margins_are_lightgbms_bit_for_bit(model, seed):
    matrix = probed(model, np.random.default_rng(seed))
    scores = Scorer(export(model.forest, CALIBRATION)).score(matrix)
    assert bits(scores.margin) == bits(model.margins(matrix))
    assert bits(scores.calibrated) == bits(CALIBRATION.apply(scores.margin))


@settings(max_examples=10, deadline=None)
@given(trained(), st.integers(0, 1000))
def test_leaves_are_those_whose_values_make_the_margin(model, seed):
    matrix = probed(model, np.random.default_rng(seed))
    leaves = open_session(export_leaves(model.forest)).run(["leaves"], {"features": matrix})[0].astype(int)
    native = model.booster.predict(matrix.astype(np.float64), pred_leaf=True, num_threads=1).reshape(leaves.shape)
    for ours, theirs in zip(leaves.T, native.T, strict=True):
        pairs = np.unique(np.stack([ours, theirs]), axis=1)
        assert len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1]
    added = np.zeros(len(matrix))
    for column in leaves.T:
        added += model.forest.leaf_value[column]
    assert bits(added) == bits(model.margins(matrix))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1e-3, 1.0, 50.0, 1e4]))
def test_a_rows_scores_do_not_depend_on_its_batch(seed, slope):
    model = train(seed=5)
    rows = awkward_rows(np.random.default_rng(seed), 211)
    scorer = Scorer(export(model.forest, Calibration(slope, 0.1)))
    whole = scorer.score(rows)
    for size in (*range(1, 18), 100):
        parts = [scorer.score(rows[start : start + size]) for start in range(0, len(rows), size)]
        for output in ("margin", "calibrated", "pd"):
            assert bits(np.concatenate([getattr(p, output) for p in parts])) == bits(getattr(whole, output))


@pytest.mark.parametrize("slope", [1e-3, 1.0, 50.0, 1e4])
def test_pd_is_the_logistic_function_to_the_last_bits(slope):
    model = train(seed=5)
    scores = Scorer(export(model.forest, Calibration(slope, 0.1))).score(model.rows)
    with np.errstate(over="ignore"):
        expected = 1 / (1 + np.exp(-scores.calibrated))
    np.testing.assert_array_max_ulp(scores.pd, expected, 4)


def test_trees_without_splits_are_exported():
    model = train(n=12, min_data_in_leaf=30, trees=2)
    assert len(model.forest.feature) == 0
    scores = Scorer(export(model.forest, CALIBRATION)).score(model.rows)
    assert bits(scores.margin) == bits(model.margins(model.rows))


def test_the_model_states_its_origin_and_operators():
    model = train()
    data = export(model.forest, CALIBRATION)
    loaded = onnx.load_from_string(data)
    assert loaded.producer_name == "creditrisk"
    assert {o.domain: o.version for o in loaded.opset_import} == {"": 21, "ai.onnx.ml": 5}
    assert export(model.forest, CALIBRATION) == data
