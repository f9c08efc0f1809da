"""The drift reference: every row is counted once, in the bin its value belongs to, and JSON keeps it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from creditrisk.drift.quantity import QUANTILES, code_quantity, number_quantity
from creditrisk.drift.reference import ALL, DECISION, PD, Reference
from creditrisk.errors import InvalidBundle
from creditrisk.model.bundle import REFERENCE, Bundle

VALUES = st.sampled_from([0.0, -0.0, 1.0, 1e30, np.nan]) | st.floats(width=32, allow_infinity=False)


@given(hnp.arrays(np.float32, st.integers(0, 80), elements=VALUES), hnp.arrays(np.float32, 20, elements=VALUES))
def test_a_number_is_in_the_bin_between_its_cuts(reference: np.ndarray, window: np.ndarray) -> None:
    quantity = number_quantity("x", reference)
    assert quantity.bins <= QUANTILES + 3
    assert list(quantity.cuts) == sorted(set(quantity.cuts))
    bounds = [-np.inf, *quantity.cuts, np.inf]
    for value, bin_ in zip(window.astype(np.float64), quantity.bins_of(window), strict=True):
        assert bin_ == 0 if np.isnan(value) else bounds[bin_ - 1] < value <= bounds[bin_]
    assert len(quantity.bounds) == quantity.bins - 1
    for value, bin_ in zip(window.astype(np.float64), quantity.bins_of(window), strict=True):
        within = [
            at
            for at, (above, up_to) in enumerate(quantity.bounds, 1)
            if (above is None or value > above) and (up_to is None or value <= up_to)
        ]
        assert np.isnan(value) or within == [bin_]


@given(hnp.arrays(np.float32, st.integers(1, 80), elements=VALUES))
def test_the_reference_itself_has_nothing_unseen(reference: np.ndarray) -> None:
    quantity = number_quantity("x", reference)
    assert not np.isin(quantity.bins_of(reference[~np.isnan(reference)]), quantity.unseen).any()


def test_values_outside_of_the_references_range_are_unseen() -> None:
    quantity = number_quantity("x", np.array([1.0, 2.0, 5.0, np.nan]))
    found = np.isin(quantity.bins_of(np.array([0.999, 1.0, 3.0, 5.0, 5.001, np.nan])), quantity.unseen)
    assert found.tolist() == [True, False, False, False, True, False]


def test_bins_of_a_continuous_number_hold_equal_shares_and_their_means() -> None:
    values = np.sort(np.random.default_rng(1).normal(size=10_000))
    quantity = number_quantity("x", values)
    counts = np.bincount(quantity.bins_of(values), minlength=quantity.bins)
    assert counts.tolist() == [0, 0, *[10_000 // QUANTILES] * QUANTILES, 0]
    assert quantity.centres[1:-1] == pytest.approx(values.reshape(QUANTILES, -1).mean(axis=1))


@given(hnp.arrays(np.float32, st.integers(0, 50), elements=st.sampled_from([-1.0, 0.0, 1.0, 7.0, np.nan])))
def test_each_code_has_its_bin_and_others_are_unseen(values: np.ndarray) -> None:
    quantity = code_quantity("x", values)
    for value, bin_ in zip([*values, 5.0], quantity.bins_of(np.append(values, 5.0)), strict=True):
        if np.isnan(value):
            assert bin_ == 0
        elif value in quantity.cuts:
            assert quantity.cuts[bin_ - 1] == value
        else:
            assert value in (-1.0, 5.0)
            assert (bin_,) == quantity.unseen


def test_more_codes_than_a_byte_tells_are_refused() -> None:
    with pytest.raises(ValueError, match="codes"):
        code_quantity("x", np.arange(300.0))


@pytest.mark.parametrize("text", ["", "{}", '{"format": 1}', '{"format": 2, "quantities": [1]}', "[]", "null"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(InvalidBundle, match=r"reference\.json"):
        Reference.from_json(text)


def test_a_bundles_reference_counts_every_training_row_in_every_segment(bundle: Bundle) -> None:
    found = Reference.from_json(bundle.read(REFERENCE).decode())
    assert Reference.from_json(found.to_json()).to_json() == found.to_json()
    names = [quantity.name for quantity in found.quantities]
    assert names == [*bundle.schema.names, PD, DECISION]
    assert found.threshold == bundle.manifest.proposed_threshold
    assert {ALL, "Cash loans"} <= found.segments.keys()
    for segment in found.segments.values():
        assert {int(counts.sum()) for counts in segment.counts} == {segment.rows}
    whole = found.segments[ALL]
    approve, refer, decline = whole.counts[-1][1:-1]
    assert approve > decline > 0 == refer
