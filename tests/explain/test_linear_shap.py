"""Contributions of a linear model: Shapley's by definition, and a file that is checked when read."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.errors import InvalidArgument, InvalidBundle
from creditrisk.explain.linear_shap import LinearExplainer, LinearTerms
from tests.explain.shapley import shapley

TERMS = LinearTerms(
    base=np.array(-2.5),
    fill=np.array([0.5, -2.0, 7.0]),
    low=np.array([-1.0, -np.inf, 0.0]),
    high=np.array([1.0, np.inf, 10.0]),
    mean=np.array([0.1, 0.0, 6.0]),
    weight=np.array([2.0, 0.0, -0.3]),
    coded=np.array([1, 1, 1]),
    level=np.array([-2.0, 0.0, 1.0]),
    effect=np.array([0.4, -0.2, 0.7]),
    share=np.array([0.1, 0.6, 0.2]),
)
VALUES = st.floats(width=32, allow_nan=True, allow_infinity=False) | st.sampled_from([-1.0, 0.0, 1.0, 10.0])


def margin(row, known):
    """The mean margin given the ``known`` features, the others independent: their terms at their means."""
    total = float(TERMS.base)
    for feature in known:
        value = TERMS.fill[feature] if np.isnan(row[feature]) else float(row[feature])
        total += TERMS.weight[feature] * (
            min(max(value, TERMS.low[feature]), TERMS.high[feature]) - TERMS.mean[feature]
        )
        for coded, level, effect, share in zip(TERMS.coded, TERMS.level, TERMS.effect, TERMS.share, strict=True):
            if coded == feature:
                total += effect * ((value == level) - share)
    return total


@given(st.lists(VALUES, min_size=3, max_size=3))
def test_values_follow_shapleys_definition(values):
    row = np.array([values], dtype=np.float32)
    found = LinearExplainer(TERMS).explain(row)
    expected = shapley(lambda known: margin(row[0], known), [0, 1, 2])
    np.testing.assert_allclose(found.values[0], list(expected.values()), rtol=0, atol=1e-12)
    assert found.base + found.values.sum() == pytest.approx(margin(row[0], {0, 1, 2}), abs=1e-12)


def test_a_saved_explainer_explains_alike():
    rows = np.array([[0.3, 1.0, np.nan], [np.nan, np.nan, 50.0]], dtype=np.float32)
    explainer = LinearExplainer(TERMS)
    again = LinearExplainer(LinearTerms.from_bytes(explainer.save()))
    assert again.save() == explainer.save()
    assert again.base == explainer.base
    np.testing.assert_array_equal(again.explain(rows).values, explainer.explain(rows).values)


@pytest.mark.parametrize(
    "damage",
    [
        {"coded": np.array([1, 1, 3])},
        {"coded": np.array([1, 1, -1])},
        {"fill": TERMS.fill[1:]},
        {"share": TERMS.share[1:]},
        {"base": np.zeros(2)},
    ],
)
def test_arrays_that_do_not_fit_are_refused(damage):
    with pytest.raises(InvalidBundle):
        LinearTerms.from_bytes(replace(TERMS, **damage).to_bytes())


@given(st.data())
def test_damaged_bytes_are_refused(data):
    whole = TERMS.to_bytes()
    with pytest.raises(InvalidBundle):
        LinearTerms.from_bytes(whole[: data.draw(st.integers(0, len(whole) - 30))])


@pytest.mark.parametrize(
    "matrix",
    [np.zeros((1, 3)), np.zeros((1, 2), dtype=np.float32), np.full((1, 3), np.inf, dtype=np.float32)],
)
def test_wrong_input_is_refused(matrix):
    with pytest.raises(InvalidArgument):
        LinearExplainer(TERMS).explain(matrix)
