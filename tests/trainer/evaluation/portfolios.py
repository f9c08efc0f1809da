"""Made-up applicants whose true PDs are known."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

COUNTED = st.lists(
    st.tuples(st.sampled_from([0.0, 0.05, 1 / 11, 0.5, 1.0]) | st.floats(0, 1), st.integers(0, 1), st.integers(0, 3)),
    min_size=2,
    max_size=60,
)
"""Applicants as (PD, outcome, how often drawn), with equal PDs among them."""


def portfolio(rows: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """True PDs of about 9 % on average, and outcomes drawn by them."""
    random = np.random.default_rng(seed)
    pd = 1 / (1 + np.exp(-random.normal(-2.8, 1.1, rows)))
    return pd, (random.random(rows) < pd).astype(np.int8)
