from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditrisk.errors import InvalidArgument, UnsupportedModel
from creditrisk.explain import explainers
from creditrisk.explain.deep_shap import DeepTreeExplainer
from creditrisk.explain.tree_shap import TreeExplainer
from creditrisk.model import probes
from creditrisk.model.trees import Forest
from tests.explain.shapley import shapley
from tests.model.boosters import COLUMNS, awkward_rows, train, trained

both = pytest.mark.parametrize("explainer", [TreeExplainer, DeepTreeExplainer])


def probed(model, seed):
    rng = np.random.default_rng(seed)
    return np.concatenate([matrix for _, matrix in probes.of_forest(model.forest, awkward_rows(rng, 50), 0, rng)])


@both
@settings(max_examples=25, deadline=None)
@given(model=trained(), seed=st.integers(0, 1000))
def test_values_are_lightgbms_and_add_up(explainer, model, seed):
    matrix = probed(model, seed)
    found = explainer(model.forest).explain(matrix)
    native = model.contributions(matrix)
    np.testing.assert_allclose(found.values, native[:, :-1], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.base, native[0, -1], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), model.margins(matrix), rtol=0, atol=1e-10)


@both
@settings(max_examples=10, deadline=None)
@given(model=trained(), seed=st.integers(0, 1000))
def test_features_without_splits_have_no_share(explainer, model, seed):
    unused = np.setdiff1d(np.arange(COLUMNS), model.forest.feature)
    found = explainer(model.forest).explain(awkward_rows(np.random.default_rng(seed), 20))
    assert not found.values[:, unused].any()


def expectation(forest, child, row, known):
    """Mean margin below ``child`` given the known features (Lundberg et al. 2018, algorithm 1)."""
    if child < 0:
        return forest.leaf_value[~child]
    left, right, x = forest.left[child], forest.right[child], row[forest.feature[child]]
    if forest.feature[child] in known:
        goes_left = forest.missing_left[child] if np.isnan(x) else float(x) <= forest.threshold[child]
        return expectation(forest, left if goes_left else right, row, known)
    share = forest.cover(left) / forest.cover(child)
    return share * expectation(forest, left, row, known) + (1 - share) * expectation(forest, right, row, known)


@both
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_values_follow_shapleys_definition(explainer, seed):
    model = train(seed=seed, n=200, trees=2, num_leaves=8)
    row = awkward_rows(np.random.default_rng(seed + 1), 1)
    forest = model.forest

    def value(known):
        return sum(expectation(forest, root, row[0], known) for root in forest.roots)

    found = explainer(forest).explain(row)
    expected = shapley(value, list(range(COLUMNS)))
    np.testing.assert_allclose(found.values[0], list(expected.values()), rtol=0, atol=1e-12)
    assert found.base == pytest.approx(value(set()), abs=1e-12)


@both
def test_a_rows_values_do_not_depend_on_its_batch(explainer):
    model = train(seed=2)
    explain = explainer(model.forest).explain
    whole = explain(model.rows).values
    singly = np.concatenate([explain(row[None]).values for row in model.rows])
    np.testing.assert_array_equal(singly, whole)


def test_paths_of_over_eight_splits_take_wider_codes():
    model = train(seed=4, n=2000, trees=5, num_leaves=60, max_depth=10, min_data_in_leaf=1)
    assert max(map(len, model.forest.paths()[1])) > 8
    matrix = probed(model, 0)
    found = TreeExplainer(model.forest).explain(matrix)
    np.testing.assert_allclose(found.values, model.contributions(matrix)[:, :-1], rtol=0, atol=1e-10)


@both
def test_a_saved_explainer_explains_alike(explainer):
    model = train(seed=2)
    first = explainer(model.forest)
    again = explainer(Forest.from_bytes(first.save()))
    assert again.base == first.base
    np.testing.assert_array_equal(again.explain(model.rows).values, first.explain(model.rows).values)


def test_paths_too_long_for_tables_are_explained_by_edges():
    model = train(seed=6, n=3000, num_leaves=80, max_depth=-1, min_data_in_leaf=1)
    with pytest.raises(UnsupportedModel, match="max_depth"):
        TreeExplainer(model.forest)
    explainer = explainers.of_forest(model.forest)
    matrix = probed(model, 0)
    found = explainer.explain(matrix)
    np.testing.assert_allclose(found.values, model.contributions(matrix)[:, :-1], rtol=0, atol=1e-10)
    assert explainer.table_bytes < 1e7


def test_tables_are_for_forests_that_they_bear(monkeypatch):
    forest = train().forest
    assert isinstance(explainers.of_forest(forest), TreeExplainer)
    monkeypatch.setattr(explainers, "MOST_LINES", len(forest.leaf_value))
    assert isinstance(explainers.of_forest(forest), DeepTreeExplainer)


@both
def test_leaves_without_training_rows_are_refused(explainer):
    forest = train().forest
    with pytest.raises(UnsupportedModel, match="min_data_in_leaf"):
        explainer(replace(forest, leaf_cover=np.zeros_like(forest.leaf_cover)))


@both
@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((1, COLUMNS)),
        np.zeros((1, COLUMNS - 1), dtype=np.float32),
        np.full((1, COLUMNS), np.inf, dtype=np.float32),
    ],
)
def test_wrong_input_is_refused(explainer, matrix):
    with pytest.raises(InvalidArgument):
        explainer(train().forest).explain(matrix)


@both
def test_no_rows_have_no_values(explainer):
    assert explainer(train().forest).explain(np.empty((0, COLUMNS), dtype=np.float32)).values.shape == (0, COLUMNS)
