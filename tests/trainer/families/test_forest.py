"""A random forest is served as scikit-learn computes it: the same leaves, margins within 1e-12."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditrisk.explain.deep_shap import DeepTreeExplainer
from creditrisk.explain.tree_shap import TreeExplainer
from creditrisk.model import probes
from creditrisk.model.onnx_export import export_leaves
from creditrisk.model.scorer import Scorer, open_session
from tests.model.boosters import awkward_rows
from tests.trainer.families.small import CALIBRATION, certificate, failed, silent, training
from trainer.families.forest import RandomForest


def grown(seed=0, n=400, **settings):
    given_rows = training(seed, n)
    return RandomForest(**{"trees": 12, "depth": 7, "leaf": 2, **settings}).fit(given_rows, silent), given_rows.matrix


def forests():
    return st.builds(
        grown,
        seed=st.integers(0, 2**31 - 1),
        n=st.sampled_from([12, 60, 400]),
        trees=st.integers(1, 12),
        depth=st.integers(1, 12),
        leaf=st.sampled_from([1, 5, 30]),
    )


@settings(max_examples=12, deadline=None)
@given(forests(), st.integers(0, 1000))
def test_every_row_reaches_the_same_leaves(made, seed):
    fitted, _ = made
    rng = np.random.default_rng(seed)
    matrix = np.concatenate([m for _, m in probes.of_forest(fitted.forest, awkward_rows(rng, 100), 0, rng)])
    leaves = open_session(export_leaves(fitted.forest)).run(["leaves"], {"features": matrix})[0]
    np.testing.assert_array_equal(leaves, fitted.leaves(matrix))
    margins = Scorer(fitted.export(CALIBRATION)).score(matrix).margin
    np.testing.assert_allclose(margins, fitted.margins(matrix), rtol=0, atol=1e-12)


@settings(max_examples=10, deadline=None)
@given(forests(), st.integers(0, 1000))
def test_contributions_are_those_of_shap_and_add_up(made, seed):
    fitted, rows = made
    sample = awkward_rows(np.random.default_rng(seed), 40)
    for explainer in (DeepTreeExplainer(fitted.forest), fitted.explainer()):
        found = explainer.explain(sample)
        reference = fitted.contributions(sample)
        np.testing.assert_allclose(found.values, reference[:, :-1], rtol=0, atol=1e-12)
        np.testing.assert_allclose(found.base, reference[:, -1], rtol=0, atol=1e-12)
        total = found.base + found.values.sum(axis=1)
        np.testing.assert_allclose(total, fitted.margins(sample), rtol=0, atol=1e-12)
    assert len(rows)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([1, 20]))
def test_a_trees_vote_is_on_the_side_of_its_share(seed, leaf):
    """Smoothing keeps votes of pure leaves finite, and never turns one."""
    given_rows = training(seed)
    fitted = RandomForest(trees=1, depth=7, leaf=leaf).fit(given_rows, silent)
    rate = given_rows.target.mean()
    votes, shares = fitted.margins(given_rows.matrix), fitted.model.predict_proba(given_rows.matrix)[:, 1]
    assert np.isfinite(votes).all()
    np.testing.assert_array_equal(votes > np.log(rate / (1 - rate)), shares > rate)


def test_missing_values_go_either_way():
    sides = grown(seed=3)[0].forest.missing_left
    assert sides.any()
    assert not sides.all()


def test_the_same_rows_and_seed_give_the_same_forest():
    first, second = grown(seed=5)[0], grown(seed=5)[0]
    assert first.export(CALIBRATION) == second.export(CALIBRATION)
    # Grown in steps of ten, and at once.
    assert grown(seed=5, trees=25)[0].forest.roots.shape == (25,)


@pytest.fixture(scope="module")
def made():
    return grown(seed=11, n=2000, trees=20)


@pytest.fixture(scope="module")
def whole(made):
    return certificate(*made, ordinary_rows=100_000)


def test_an_exact_export_passes_with_leaves_compared(whole):
    assert whole.passed
    rows = {check.name: check.rows for check in whole.checks}
    assert rows["leaves"] == sum(rows[name] for name in list(rows)[:6]) > 100_000
    assert 0 < whole.max_margin_error < 1e-13
    assert whole.max_contribution_error < 1e-13
    assert "shap" in whole.versions


def planted(made, monkeypatch, **changes):
    """The certificate of an export whose trees were changed on the way."""
    fitted, rows = made
    explainer = fitted.explainer()
    monkeypatch.setattr(fitted, "forest", replace(fitted.forest, **changes))
    return certificate(fitted, rows, explainer=explainer)


def test_nothing_planted_nothing_found(made, monkeypatch):
    assert failed(planted(made, monkeypatch)) == set()


def test_thresholds_rounded_to_float32_reach_other_leaves(made, monkeypatch):
    rounded = made[0].forest.threshold.astype(np.float32).astype(np.float64)
    assert failed(planted(made, monkeypatch, threshold=rounded)) >= {"thresholds", "leaves"}


def test_a_dropped_missing_side_reaches_other_leaves(made, monkeypatch):
    """What skl2onnx's own converter does."""
    found = planted(made, monkeypatch, missing_left=np.zeros_like(made[0].forest.missing_left))
    assert failed(found) >= {"missing", "leaves"}
    assert not found.passed


def test_equal_values_in_other_leaves_are_noticed(made, monkeypatch):
    """Margins alone would not show it."""
    forest = made[0].forest
    swapped = forest.missing_left.copy()
    swapped[::7] ^= True
    flat = np.full_like(forest.leaf_value, -2.5 / len(forest.roots))
    monkeypatch.setattr(made[0], "margins", lambda matrix: np.full(len(matrix), -2.5))
    found = failed(planted(made, monkeypatch, leaf_value=flat, missing_left=swapped))
    assert "leaves" in found
    assert "missing" not in found


def test_leaf_values_of_float32_fail(made, monkeypatch):
    values = made[0].forest.leaf_value.astype(np.float32).astype(np.float64)
    found = planted(made, monkeypatch, leaf_value=values)
    assert "ordinary" in failed(found)
    assert "leaves" not in failed(found)


@pytest.mark.parametrize("field", ["leaf_value", "leaf_cover"])
def test_a_perturbed_leaf_of_the_explainer_fails(made, field):
    values = getattr(made[0].forest, field).copy()
    values[3] *= 2
    wrong = TreeExplainer(replace(made[0].forest, **{field: values}))
    assert "contributions" in failed(certificate(*made, explainer=wrong))
