"""The drift reference: every row is counted once, in the bin its value belongs to, and JSON keeps it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from creditrisk.drift.reference import BINS, Histogram, Reference, code_histogram, number_histogram
from creditrisk.errors import InvalidBundle
from creditrisk.model.bundle import Bundle

VALUES = st.sampled_from([0.0, -0.0, 1.0, 1e30, np.nan]) | st.floats(width=32, allow_infinity=False)


@given(hnp.arrays(np.float32, st.integers(0, 80), elements=VALUES))
def test_a_numbers_counts_add_up_and_follow_the_edges(values: np.ndarray) -> None:
    found = number_histogram(values)
    known = values[~np.isnan(values)]
    assert sum(found.counts) + found.missing == len(values)
    assert len(found.counts) == len(found.edges) + 1 <= BINS
    assert list(found.edges) == sorted(set(found.edges))
    bounds = [-np.inf, *found.edges, np.inf]
    by_hand = [int(((known > low) & (known <= high)).sum()) for low, high in pairwise(bounds)]
    assert list(found.counts) == by_hand


def test_bins_of_a_continuous_number_hold_equal_shares() -> None:
    found = number_histogram(np.random.default_rng(1).normal(size=10_000))
    assert found.counts == (10_000 // BINS,) * BINS


@given(hnp.arrays(np.float32, st.integers(0, 50), elements=st.sampled_from([-1.0, 0.0, 1.0, 7.0, np.nan])))
def test_each_code_is_counted(values: np.ndarray) -> None:
    found = code_histogram(values)
    assert dict(zip(found.edges, found.counts, strict=True)) == {
        code: int((values == code).sum()) for code in (-1.0, 0.0, 1.0, 7.0) if (values == code).any()
    }
    assert sum(found.counts) + found.missing == len(values)


def test_json_keeps_it() -> None:
    numbers = number_histogram(np.array([0.1, 0.2, 1 / 3, np.nan]))
    whole = Reference(4, {"A": numbers, "B": Histogram("code", (-1.0, 0.0), (1, 3), 0)}, numbers)
    assert Reference.from_json(whole.to_json()) == whole


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rows": 1, "features": {"A": {}}, "pd": {}}'])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidBundle, match=r"reference\.json"):
        Reference.from_json(text)


def test_a_bundles_reference_counts_every_training_row(bundle: Bundle) -> None:
    found = Reference.from_json(bundle.read("reference.json").decode())
    assert tuple(found.features) == bundle.schema.names
    assert {sum(one.counts) + one.missing for one in (*found.features.values(), found.pd)} == {found.rows}
    for spec in bundle.schema.specs:
        assert (found.features[spec.name].kind == "code") == spec.categorical
