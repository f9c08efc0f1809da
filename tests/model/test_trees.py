from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from creditrisk.errors import InvalidBundle, UnsupportedModel
from creditrisk.model.trees import ZERO, Forest
from tests.model.boosters import train

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)
TINY = st.floats(-2e-35, 2e-35)


def split(threshold, **node):
    leaf = {"leaf_value": 1.0, "leaf_count": 1}
    tree = {
        "split_feature": 0,
        "threshold": threshold,
        "decision_type": "<=",
        "missing_type": "NaN",
        "default_left": True,
        "internal_count": 2,
        "left_child": leaf,
        "right_child": leaf,
        **node,
    }
    return {
        "num_class": 1,
        "num_tree_per_iteration": 1,
        "average_output": False,
        "max_feature_idx": 0,
        "tree_info": [{"tree_structure": tree}],
    }


def one_split(threshold, **node):
    return Forest.from_dump(split(threshold, **node))


@given(TINY | st.floats(allow_nan=False, allow_infinity=False), TINY.map(np.float32) | FLOATS.map(np.float32))
def test_thresholds_decide_as_if_tiny_values_were_zero(threshold, x):
    read = 0.0 if abs(float(x)) <= ZERO else float(x)
    assert (float(x) <= one_split(threshold).threshold[0]) == (read <= threshold or threshold >= 1e300)


@example(-3.402823364973241e38, np.float32(0))
@given(st.floats(allow_nan=False), FLOATS.map(np.float32))
def test_the_float32_threshold_decides_alike(threshold, x):
    forest = replace(one_split(0.0), threshold=np.array([threshold]))
    assert (x <= forest.threshold32[0]) == (float(x) <= threshold)
    with np.errstate(over="ignore"):
        near = np.float32(threshold)
    if np.isfinite(near):
        assert (near <= forest.threshold32[0]) == (float(near) <= threshold)


def test_a_dumped_infinity_is_restored():
    assert one_split(1e300).threshold[0] == np.inf
    assert one_split(-1e300).threshold[0] == -np.inf


@pytest.mark.parametrize(("threshold", "left"), [(0.5, True), (0.0, True), (-0.5, False), (-1e-36, False)])
def test_without_missing_values_nan_is_read_as_zero(threshold, left):
    assert one_split(threshold, missing_type="None", default_left=not left).missing_left[0] == left


def test_a_split_of_missing_from_known_values_has_an_infinite_threshold():
    rows = np.random.default_rng(0).normal(size=(400, 1)).astype(np.float32)
    rows[200:] = np.nan
    data = lightgbm.Dataset(rows, np.isnan(rows[:, 0]).astype(int))
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 1}, data, 1)
    forest = Forest.from_dump(booster.dump_model())
    assert forest.threshold[0] == np.inf
    assert not forest.missing_left[0]


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.5}, "averages"),
        ({"zero_as_missing": True}, "zero_as_missing"),
        ({"linear_tree": True}, "linear"),
        ({"categorical": [2]}, "categorical"),
    ],
)
def test_what_has_no_exact_form_is_refused(params, reason):
    with pytest.raises(UnsupportedModel, match=reason):
        train(seed=3, **params)


def test_several_classes_are_refused():
    with pytest.raises(UnsupportedModel, match="classes"):
        train(objective="multiclass", num_class=2)


def test_a_model_without_trees_is_refused():
    with pytest.raises(UnsupportedModel, match="no trees"):
        Forest.from_dump({**split(0.0), "tree_info": []})


def test_numbers_parents_before_children():
    forest = train().forest
    inner = np.arange(len(forest.feature))
    for children in (forest.left, forest.right):
        assert np.all((children < 0) | (children > inner))
    to_node, to_leaf = forest.paths()
    assert [path for path in to_node if not path] == [()] * np.sum(forest.roots >= 0)
    assert all(to_leaf)


def test_bytes_round_trip():
    forest = train().forest
    data = forest.to_bytes()
    again = Forest.from_bytes(data)
    assert again.to_bytes() == data
    assert again.n_features == forest.n_features
    np.testing.assert_array_equal(again.threshold, forest.threshold)


@pytest.mark.parametrize(
    "damage",
    [
        lambda forest: {"left": forest.right},
        lambda forest: {"left": np.where(forest.left >= 0, 0, forest.left)},
        lambda forest: {"feature": forest.feature + 100},
        lambda forest: {"leaf_cover": forest.leaf_cover[1:]},
        lambda forest: {"threshold": forest.threshold[1:]},
    ],
)
def test_arrays_that_are_no_forest_are_refused(damage):
    forest = train().forest
    with pytest.raises(InvalidBundle):
        Forest.from_bytes(replace(forest, **damage(forest)).to_bytes())


@given(st.data())
def test_damaged_bytes_are_refused(data):
    whole = one_split(0.5).to_bytes()
    with pytest.raises(InvalidBundle):
        Forest.from_bytes(whole[: data.draw(st.integers(0, len(whole) - 30))])
