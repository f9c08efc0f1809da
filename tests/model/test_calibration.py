import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from creditrisk.errors import InvalidBundle, InvalidData
from creditrisk.model.calibration import Calibration, fit_platt

POSITIVE = st.floats(1e-3, 1e3)
FINITE = st.floats(-1e3, 1e3)


def sample(seed, slope=1.0, intercept=0.0, n=2000):
    rng = np.random.default_rng(seed)
    margins = rng.normal(-2, 1, size=n)
    return margins, (rng.random(n) < 1 / (1 + np.exp(-slope * margins - intercept))).astype(float)


def probability(calibration, margins):
    return 1 / (1 + np.exp(-calibration.apply(margins)))


def test_finds_the_parameters_that_made_the_labels():
    found = fit_platt(*sample(1, slope=1.5, intercept=0.7, n=200_000))
    assert found.slope == pytest.approx(1.5, abs=0.05)
    assert found.intercept == pytest.approx(0.7, abs=0.1)


def test_agrees_with_unpenalised_logistic_regression():
    margins, labels = sample(2)
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(margins[:, None], labels)
    found = fit_platt(margins, labels)
    assert found.slope == pytest.approx(peer.coef_[0, 0], rel=1e-5)
    assert found.intercept == pytest.approx(peer.intercept_[0], rel=1e-5)


@settings(deadline=None)
@given(st.integers(0, 10_000))
def test_is_at_the_maximum(seed):
    margins, labels = sample(seed)
    p = probability(fit_platt(margins, labels), margins)
    assert p.mean() == pytest.approx(labels.mean(), abs=1e-9)
    assert (p * margins).mean() == pytest.approx((labels * margins).mean(), abs=1e-9)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(1e-6, 1e6), st.floats(-100, 100))
def test_probabilities_do_not_depend_on_the_margins_scale(seed, factor, shift):
    margins, labels = sample(seed)
    scaled = factor * (margins + shift)
    here, there = fit_platt(margins, labels), fit_platt(scaled, labels)
    np.testing.assert_allclose(probability(there, scaled), probability(here, margins), rtol=1e-8)


@pytest.mark.parametrize(
    ("margins", "labels", "reason"),
    [
        ([1.0, 2.0, 3.0], [0, 0, 0], "both classes"),
        ([1.0, 2.0, 3.0], [1, 1, 1], "both classes"),
        ([1.0, 1.0, 1.0], [0, 1, 0], "margins that differ"),
        ([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], "separate"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [1, 0, 1, 0, 0], "backwards"),
        ([1.0, np.nan], [0, 1], "finite"),
        ([1.0, 2.0], [0, 2], "0 or 1"),
        ([1.0, 2.0], [0], "one a row"),
        ([], [], "both classes"),
    ],
)
def test_without_a_usable_maximum_it_refuses(margins, labels, reason):
    with pytest.raises(InvalidData, match=reason):
        fit_platt(np.array(margins), np.array(labels))


@given(POSITIVE, FINITE)
def test_json_round_trip_is_exact(slope, intercept):
    calibration = Calibration(slope, intercept)
    assert Calibration.from_json(calibration.to_json()) == calibration


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"slope": "x", "intercept": 0}', '{"slope": -1, "intercept": 0}'])
def test_other_texts_are_refused(text):
    with pytest.raises(InvalidBundle):
        Calibration.from_json(text)


@pytest.mark.parametrize(("slope", "intercept"), [(0.0, 0.0), (-1.0, 0.0), (np.inf, 0.0), (1.0, np.nan)])
def test_parameters_are_finite_and_slope_positive(slope, intercept):
    with pytest.raises(InvalidData):
        Calibration(slope, intercept)
