from itertools import combinations
from math import factorial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditrisk.errors import InvalidArgument, InvalidBundle, UnsupportedModel
from creditrisk.explain.tree_shap import TreeExplainer
from creditrisk.model import probes
from tests.model.boosters import COLUMNS, awkward_rows, train, trained


def probed(model, seed):
    rng = np.random.default_rng(seed)
    rows = [probe(model.forest, model.rows, rng) for probe in (probes.thresholds, probes.missing)]
    return np.concatenate([awkward_rows(rng, 50), *rows, probes.zeros(model.rows, rng)])


@settings(max_examples=40, deadline=None)
@given(trained(), st.integers(0, 1000))
def test_values_are_lightgbms_and_add_up(model, seed):
    matrix = probed(model, seed)
    found = TreeExplainer.from_forest(model.forest).explain(matrix)
    native = model.contributions(matrix)
    np.testing.assert_allclose(found.values, native[:, :-1], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.base, native[0, -1], rtol=0, atol=1e-10)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), model.margin(matrix), rtol=0, atol=1e-10)


@settings(max_examples=15, deadline=None)
@given(trained(), st.integers(0, 1000))
def test_features_without_splits_have_no_share(model, seed):
    unused = np.setdiff1d(np.arange(COLUMNS), model.forest.feature)
    found = TreeExplainer.from_forest(model.forest).explain(awkward_rows(np.random.default_rng(seed), 20))
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


def shapley(value, players):
    """Shapley values by their definition."""
    n = len(players)
    found = dict.fromkeys(players, 0.0)
    for player in players:
        others = [p for p in players if p != player]
        for size in range(n):
            weight = factorial(size) * factorial(n - size - 1) / factorial(n)
            for chosen in combinations(others, size):
                found[player] += weight * (value({*chosen, player}) - value(set(chosen)))
    return found


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_values_follow_shapleys_definition(seed):
    model = train(seed=seed, n=200, trees=2, num_leaves=8)
    row = awkward_rows(np.random.default_rng(seed + 1), 1)
    forest = model.forest

    def value(known):
        return sum(expectation(forest, root, row[0], known) for root in forest.roots)

    found = TreeExplainer(forest).explain(row)
    expected = shapley(value, list(range(COLUMNS)))
    np.testing.assert_allclose(found.values[0], list(expected.values()), rtol=0, atol=1e-12)
    assert found.base == pytest.approx(value(set()), abs=1e-12)


def test_a_rows_values_do_not_depend_on_its_batch():
    model = train(seed=2)
    explainer = TreeExplainer(model.forest)
    whole = explainer.explain(model.rows).values
    singly = np.concatenate([explainer.explain(row[None]).values for row in model.rows])
    np.testing.assert_array_equal(singly, whole)


def test_paths_of_over_eight_splits_take_wider_codes():
    model = train(seed=4, n=2000, trees=5, num_leaves=60, max_depth=10, min_data_in_leaf=1)
    assert max(map(len, model.forest.paths()[1])) > 8
    matrix = probed(model, 0)
    found = TreeExplainer(model.forest).explain(matrix)
    np.testing.assert_allclose(found.values, model.contributions(matrix)[:, :-1], rtol=0, atol=1e-10)


def test_a_saved_explainer_explains_alike():
    model = train(seed=2)
    explainer = TreeExplainer(model.forest)
    again = TreeExplainer.load(explainer.save())
    assert again.base == explainer.base
    np.testing.assert_array_equal(again.explain(model.rows).values, explainer.explain(model.rows).values)


def test_a_damaged_file_is_refused():
    data = TreeExplainer(train().forest).save()
    with pytest.raises(InvalidBundle):
        TreeExplainer.load(data[:-50])
    with pytest.raises(InvalidBundle):
        TreeExplainer.load(b"")


def test_paths_too_long_for_tables_are_refused():
    model = train(n=3000, num_leaves=80, max_depth=-1, min_data_in_leaf=1)
    with pytest.raises(UnsupportedModel, match="max_depth"):
        TreeExplainer(model.forest)


@pytest.mark.parametrize(
    "matrix",
    [
        np.zeros((1, COLUMNS)),
        np.zeros((1, COLUMNS - 1), dtype=np.float32),
        np.full((1, COLUMNS), np.inf, dtype=np.float32),
    ],
)
def test_wrong_input_is_refused(matrix):
    with pytest.raises(InvalidArgument):
        TreeExplainer(train().forest).explain(matrix)


def test_no_rows_have_no_values():
    assert TreeExplainer(train().forest).explain(np.empty((0, COLUMNS), dtype=np.float32)).values.shape == (0, COLUMNS)
