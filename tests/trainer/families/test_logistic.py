"""A logistic regression is served in double: within 1e-12 of scikit-learn, whatever the columns and the batch."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, numpy_helper

from creditrisk.explain.linear_shap import LinearExplainer, LinearTerms
from creditrisk.model import probes
from creditrisk.model.scorer import Scorer
from tests.model.boosters import COLUMNS, awkward_rows
from tests.trainer.families.small import CALIBRATION, CODED, certificate, failed, silent, training
from trainer.families.columns import NOT_GIVEN, Columns
from trainer.families.logistic import Logistic


def fitted_on(given_rows, strength=0.01):
    return Logistic(strength).fit(given_rows, silent)


def trainings():
    return st.builds(
        training,
        seed=st.integers(0, 2**31 - 1),
        n=st.sampled_from([12, 60, 400]),
        coded=st.sampled_from([(), (CODED,), (CODED, COLUMNS - 1), tuple(range(COLUMNS))]),
    )


@settings(max_examples=12, deadline=None)
@given(trainings(), st.sampled_from([0.01, 10.0]), st.integers(0, 1000))
def test_margins_and_contributions_are_scikit_learns(given_rows, strength, seed):
    fitted = fitted_on(given_rows, strength)
    rng = np.random.default_rng(seed)
    edges = (np.arange(COLUMNS), np.nanmedian(awkward_rows(rng, 50), axis=0))
    matrix = np.concatenate([m for _, m in probes.of_columns(edges, awkward_rows(rng, 100), 0, rng)])
    margins = fitted.margins(matrix)
    np.testing.assert_allclose(Scorer(fitted.export(CALIBRATION)).score(matrix).margin, margins, rtol=0, atol=1e-12)
    found = fitted.explainer().explain(matrix)
    native = fitted.contributions(matrix)
    np.testing.assert_allclose(found.values, native[:, :-1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.base, native[:, -1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found.base + found.values.sum(axis=1), margins, rtol=0, atol=1e-12)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_a_rows_scores_do_not_depend_on_its_batch(seed):
    scorer = Scorer(fitted_on(training(seed)).export(CALIBRATION))
    rows = awkward_rows(np.random.default_rng(seed), 211)
    whole = scorer.score(rows)
    for size in (*range(1, 18), 100):
        parts = [scorer.score(rows[start : start + size]) for start in range(0, len(rows), size)]
        for output in ("margin", "calibrated", "pd"):
            found = np.concatenate([getattr(part, output) for part in parts])
            assert found.tobytes() == getattr(whole, output).tobytes()


def test_nothing_in_the_graph_is_float32_but_its_input():
    graph = onnx.shape_inference.infer_shapes(onnx.load_from_string(fitted_on(training()).export(CALIBRATION))).graph
    kinds = {one.type.tensor_type.elem_type for one in graph.value_info} | {one.data_type for one in graph.initializer}
    assert TensorProto.FLOAT not in kinds
    assert {node.domain for node in graph.node} == {""}
    read = {name for node in graph.node for name in node.input}
    assert all(one.name in read for one in graph.initializer)


def test_a_category_is_a_level_a_column_and_an_unseen_one_has_no_effect():
    rows = np.array([[0.0], [1.0], [1.0], [-1.0], [np.nan]])
    columns = Columns((0,)).fit(rows)
    assert columns.level_.tolist() == [NOT_GIVEN, -1.0, 0.0, 1.0]
    assert columns.transform(np.array([[1.0], [np.nan], [7.0]])).tolist() == [[0, 0, 0, 1], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_a_value_however_large_counts_as_its_bound():
    rows = np.random.default_rng(0).normal(size=(1000, 1))
    columns = Columns(()).fit(rows)
    far, bound = columns.transform(np.array([[1e30], [columns.high_[0]]]))
    assert far == bound
    assert (columns.low_, columns.high_) == (np.quantile(rows, 0.01), np.quantile(rows, 0.99))


def test_a_rare_flag_keeps_its_two_values():
    rows = np.zeros((1000, 1))
    rows[3] = 1.0
    found = Columns(()).fit(rows).transform(np.array([[0.0], [1.0]]))
    assert found[1] - found[0] == pytest.approx(1 / rows.std())


def test_a_column_never_known_adds_nothing():
    rows = np.full((50, 1), np.nan)
    assert Columns(()).fit(rows).transform(np.array([[np.nan], [3.0]])).tolist() == [[0.0], [0.0]]


@pytest.fixture(scope="module")
def given_rows():
    return training(seed=4, n=2000)


@pytest.fixture(scope="module")
def fitted(given_rows):
    return fitted_on(given_rows, strength=1.0)


def test_an_exact_export_passes(fitted, given_rows):
    found = certificate(fitted, given_rows.matrix, ordinary_rows=100_000)
    assert found.passed
    assert found.max_margin_error < 1e-12


def in_float32(data, name):
    """The export with one constant rounded to float32, as ai.onnx.ml's operators hold them."""
    model = onnx.load_from_string(data)
    for one in model.graph.initializer:
        if name in one.name:
            rounded = numpy_helper.to_array(one).astype(np.float32).astype(np.float64)
            one.CopyFrom(numpy_helper.from_array(rounded, one.name))
            return model.SerializeToString()
    raise AssertionError(f"no {name} in {[one.name for one in model.graph.initializer]}")


@pytest.mark.parametrize("name", ["coef", "linear_intercept"])
def test_coefficients_of_float32_fail(fitted, given_rows, name):
    found = certificate(fitted, given_rows.matrix, onnx=in_float32(fitted.export(CALIBRATION), name))
    assert failed(found) >= {"ordinary", "bounds", "missing", "additivity"}


def test_every_constant_of_the_columns_is_watched(fitted, given_rows):
    """Fill, bounds, means and spreads."""
    data = fitted.export(CALIBRATION)
    doubles = [
        one
        for one in onnx.load_from_string(data).graph.initializer
        if one.data_type == TensorProto.DOUBLE and one.name.startswith("linear_") and "coef" not in one.name
    ]
    rounded = [one.name for one in doubles if (v := numpy_helper.to_array(one)).size > 1 and np.any(v != np.float32(v))]
    assert len(rounded) >= 4
    for name in rounded:
        assert failed(certificate(fitted, given_rows.matrix, onnx=in_float32(data, name))), name


@pytest.mark.parametrize("field", ["fill", "mean", "weight", "effect", "share", "high", "level"])
def test_an_explainer_of_other_terms_fails(fitted, given_rows, field):
    terms = LinearTerms.from_bytes(fitted.explainer().save())
    wrong = LinearExplainer(replace(terms, **{field: getattr(terms, field) * 1.01 + 0.01}))
    assert failed(certificate(fitted, given_rows.matrix, explainer=wrong)) & {"contributions", "additivity"}


def test_the_scorecard_can_be_recomputed_from_its_file(fitted, given_rows):
    pl = pytest.importorskip("polars")
    table = pl.read_csv(fitted.files()["weights.csv"])
    assert table["feature"].unique().to_list().sort() == [spec.name for spec in given_rows.specs].sort()
    numbers = table.filter(pl.col("level").is_null())
    assert (numbers["low"] <= numbers["high"]).all()
    assert table.filter(pl.col("level").is_not_null())["feature"].unique().to_list() == [f"F{CODED}"]
