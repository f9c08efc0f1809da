"""Features: one computation for any number of applications, within declared ranges, named by fingerprint."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.application import NUMERIC, ApplicationBatch
from creditrisk.errors import InvalidBundle
from creditrisk.features import compute
from creditrisk.features.catalogue import CATALOGUE, DEFAULT_FEATURES, check_catalogue, sources
from creditrisk.features.checks import check
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.history import LAYOUT
from creditrisk.features.schema import FeatureSchema, learn
from creditrisk.features.spec import FeatureSpec, Over, Protected, Scaled
from tests.contract.batches import ORDINARY, batches, edges, same_bits

EVERY = tuple(spec.name for spec in CATALOGUE)
SCHEMA = learn(ORDINARY, EVERY)
PLAN = FeaturePlan(SCHEMA)


@given(batches(), st.data())
def test_any_chunking_gives_the_same_bits(batch: ApplicationBatch, data: st.DataObject) -> None:
    whole = PLAN.compute(batch).matrix
    singly = [PLAN.compute(batch.take(np.array([row]))).matrix for row in range(len(batch))]
    assert same_bits(np.concatenate(singly), whole)
    order = np.array(data.draw(st.permutations(range(len(batch)))))
    cut = data.draw(st.integers(1, len(batch)))
    parts = [PLAN.compute(batch.take(part)).matrix for part in (order[:cut], order[cut:]) if len(part)]
    assert same_bits(np.concatenate(parts), whole[order])


def test_unknown_histories_are_missing_ones() -> None:
    missing = np.full_like(ORDINARY.histories, np.nan)
    unknown = PLAN.compute(replace(ORDINARY, histories=None)).matrix
    assert same_bits(PLAN.compute(replace(ORDINARY, histories=missing)).matrix, unknown)
    assert not same_bits(PLAN.compute(ORDINARY).matrix, unknown)
    with pytest.raises(ValueError, match="histories have shape"):
        PLAN.compute(replace(ORDINARY, histories=missing[:, 1:]))


def test_batches_longer_than_a_chunk_give_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = PLAN.compute(ORDINARY).matrix
    monkeypatch.setattr(compute, "CHUNK", 7)
    assert same_bits(PLAN.compute(ORDINARY).matrix, whole)


def hold_to_declarations(batch: ApplicationBatch) -> None:
    computed = PLAN.compute(batch)
    assert not [one for one in check(batch, computed) if one.violations], "the applications made must be valid"
    assert computed.matrix.dtype == np.float32
    assert not np.isinf(computed.matrix).any()
    for spec, values in zip(SCHEMA.specs, computed.matrix.T, strict=True):
        low, high = np.float32(spec.valid[0]), np.float32(spec.valid[1])
        known = values[~np.isnan(values)]
        assert ((known >= low) & (known <= high)).all(), (spec.name, known.min(), known.max(), spec.valid)
        if spec.missing == "never":
            assert len(known) == len(values), spec.name


@given(batches(most=20))
def test_values_stay_within_declared_ranges_and_are_missing_or_finite(batch: ApplicationBatch) -> None:
    hold_to_declarations(batch)


def test_values_stay_within_declared_ranges_at_the_edge_of_each_column() -> None:
    at_edges = [(row, value) for row, column in enumerate(NUMERIC) for value in edges(column)]
    batch = ORDINARY.take(np.zeros(len(at_edges), dtype=np.intp))
    table = batch.numbers.copy()
    for at, (row, value) in enumerate(at_edges):
        table[row, at] = value
    hold_to_declarations(replace(batch, numbers=table))


def test_missing_has_one_bit_pattern() -> None:
    nothing = ApplicationBatch(
        np.full((len(NUMERIC), 1), np.nan), tuple([None] for _ in range(len(ORDINARY.categories)))
    )
    matrix = PLAN.compute(nothing).matrix
    assert np.isnan(matrix).sum() > len(EVERY) / 2
    assert {int(bits) for bits in matrix[np.isnan(matrix)].view(np.uint32)} == {0x7FC00000}


def test_the_catalogue_is_as_large_as_promised_and_names_what_is_protected() -> None:
    assert len(DEFAULT_FEATURES) >= 153
    assert len(set(EVERY)) == len(EVERY)
    by_attribute = {attribute: [s for s in CATALOGUE if s.protected is attribute] for attribute in Protected}
    assert all(by_attribute.values())
    assert not any(spec.in_model for spec in by_attribute[Protected.SEX])
    assert all(spec.in_model for spec in by_attribute[Protected.AGE] + by_attribute[Protected.FAMILY_STATUS])
    columns = {Protected.SEX: "CODE_GENDER", Protected.AGE: "DAYS_BIRTH", Protected.FAMILY_STATUS: "NAME_FAMILY_STATUS"}
    for attribute, column in columns.items():
        plain = [s for s in CATALOGUE if sources(s) == (column,)]
        assert plain
        assert all(spec.protected is attribute for spec in plain), (
            f"{column} alone makes a feature not named {attribute}"
        )
    assert not [name for name in DEFAULT_FEATURES if "CODE_GENDER" in sources(_spec(name))]


def _spec(name: str) -> FeatureSpec:
    return next(spec for spec in CATALOGUE if spec.name == name)


def test_every_declaration_says_what_a_person_needs() -> None:
    assert not [s.name for s in CATALOGUE if not (s.meaning and s.unit and s.reason and s.missing)]
    assert not [s.name for s in CATALOGUE if not sources(s)]
    assert not [s.name for s in CATALOGUE if not s.valid[0] < s.valid[1]]


@pytest.mark.parametrize(
    ("declared", "named"),
    [
        ((FeatureSpec("A", "a", "u", Scaled("AMT_CREDIT", 2.0), "r"),) * 2, "A is declared twice"),
        ((FeatureSpec("A", "a", "u", Scaled("B", 2.0), "r"),), "B is neither recorded nor a feature"),
        ((FeatureSpec("A", "a", "u", Scaled("CODE_GENDER", 2.0), "r"),), "A: Scaled does not fit CODE_GENDER"),
        ((FeatureSpec("A", "a", "u", Over("sum", ("AMT_CREDIT", "NOPE")), "r"),), "NOPE is neither"),
    ],
)
def test_a_wrong_declaration_is_named(declared: tuple[FeatureSpec, ...], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        check_catalogue(declared)


def test_a_schema_survives_json() -> None:
    again = FeatureSchema.from_json(SCHEMA.to_json())
    assert again.fingerprint == SCHEMA.fingerprint
    assert same_bits(FeaturePlan(again).compute(ORDINARY).matrix, PLAN.compute(ORDINARY).matrix)


def test_the_fingerprint_follows_order_vocabulary_and_learned_tables() -> None:
    name = "NAME_CONTRACT_TYPE"
    words = SCHEMA.vocabularies[name]
    first = next(iter(SCHEMA.group_means))
    others = [
        replace(SCHEMA, names=(SCHEMA.names[1], SCHEMA.names[0], *SCHEMA.names[2:])),
        replace(SCHEMA, names=SCHEMA.names[:-1]),
        replace(SCHEMA, vocabularies=dict(SCHEMA.vocabularies) | {name: words[::-1]}),
        replace(SCHEMA, vocabularies=dict(SCHEMA.vocabularies) | {name: (*words, "New loans")}),
        replace(SCHEMA, shares=dict(SCHEMA.shares) | {name: (1.0, *SCHEMA.shares[name][1:])}),
        replace(SCHEMA, group_means=dict(SCHEMA.group_means) | {first: (0.0, *SCHEMA.group_means[first][1:])}),
    ]
    assert len({SCHEMA.fingerprint, *(other.fingerprint for other in others)}) == 1 + len(others)


def test_a_formula_that_changed_since_the_fit_is_refused() -> None:
    scaled = next(spec for spec in CATALOGUE if isinstance(spec.formula, Scaled))
    other = Scaled(scaled.operands[0], 3.0)
    changed = SCHEMA.to_json().replace(repr(scaled.formula), repr(other))
    assert changed != SCHEMA.to_json()
    with pytest.raises(InvalidBundle, match=f"{scaled.name} was .* refit, or run the matching release"):
        FeatureSchema.from_json(changed)


def test_histories_aggregated_otherwise_since_the_fit_are_refused() -> None:
    with pytest.raises(InvalidBundle, match="histories were aggregated otherwise"):
        FeatureSchema.from_json(SCHEMA.to_json().replace(LAYOUT, "0" * 64))
    assert learn(ORDINARY, ["AMT_CREDIT"]).layout == ""


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 2, "features": 3}', '{"format": 1}'])
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(InvalidBundle, match=r"schema\.json"):
        FeatureSchema.from_json(text)
