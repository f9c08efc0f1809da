"""Measures of drift against scipy's and against figures worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, wasserstein_distance

from creditrisk.drift import statistics
from creditrisk.drift.quantity import number_quantity

COUNTS = hnp.arrays(np.int64, 6, elements=st.integers(0, 500))


def test_psi_by_hand() -> None:
    reference, window = np.array([0, 500_000, 500_000]), np.array([0, 400_000, 600_000])
    by_hand = -0.1 * np.log(0.8) + 0.1 * np.log(1.2)
    assert statistics.psi(reference, window) == pytest.approx(by_hand, rel=1e-4)


@given(COUNTS, COUNTS)
def test_laws(reference: np.ndarray, window: np.ndarray) -> None:
    assert statistics.psi(reference, reference) == 0
    assert statistics.psi(reference, window) >= -1e-12
    distance = statistics.jensen_shannon(reference, window)
    assert 0 <= distance <= 1
    assert distance == pytest.approx(statistics.jensen_shannon(window, reference))
    either = reference + window > 0
    p, q = (reference[either] + 0.5, window[either] + 0.5)
    if either.any():
        assert distance == pytest.approx(np.nan_to_num(jensenshannon(p, q, base=2)), abs=1e-6)
    found, freedom = statistics.chi_square(reference, window)
    if freedom:
        table = np.stack([reference, window])[:, either]
        expected = chi2_contingency(table, correction=False)
        assert (found, freedom) == (pytest.approx(expected.statistic), expected.dof)


def test_distances_of_a_shifted_normal_are_the_shift() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(5.0, 3.0, size=50_000)
    quantity = number_quantity("x", values)

    def counts(of: np.ndarray) -> np.ndarray:
        return np.bincount(quantity.bins_of(of), minlength=quantity.bins)

    shifted = values + 1.5
    assert statistics.wasserstein(quantity, counts(values), counts(shifted)) == pytest.approx(0.5, rel=0.05)
    assert wasserstein_distance(values, shifted) / values.std() == pytest.approx(0.5, rel=0.01)
    assert statistics.kolmogorov_smirnov(counts(values), counts(shifted)) == pytest.approx(0.1974, abs=0.01)


def test_rates_are_shares_of_rows() -> None:
    quantity = number_quantity("x", np.arange(10.0))
    counts = np.bincount(quantity.bins_of(np.array([np.nan, -1.0, 3.0, 11.0])), minlength=quantity.bins)
    assert statistics.missing_rate(counts) == 0.25
    assert statistics.unseen_rate(quantity, counts) == 0.5


def test_without_known_values_there_is_no_distance() -> None:
    quantity = number_quantity("x", np.arange(10.0))
    some, none = np.ones(quantity.bins, dtype=np.int64), np.zeros(quantity.bins, dtype=np.int64)
    none[0] = 5
    assert statistics.wasserstein(quantity, some, none) is None
    assert statistics.kolmogorov_smirnov(none, some) is None
