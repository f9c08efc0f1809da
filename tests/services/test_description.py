"""What GetModel says: the bundle's origin, and a policy that clients can draw."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.client import Client
from creditrisk.decision.policy import Domain, Policy
from creditrisk.model.bundle import Bundle
from creditrisk.wire import to_decision
from services.scoring.description import describe

CASH, REVOLVING = "Cash loans", "Revolving loans"
POLICY = f"""
version = "2026-11"

[cut_off]
threshold = 0.09
refer = [0.08, 0.11]

[cut_off_by_contract_type."{REVOLVING}"]
threshold = 0.07

[[knock_out]]
name = "under 21"
feature = "AGE_YEARS"
below = 21.0
decision = "DECLINE"

[[knock_out]]
name = "no score"
feature = "EXT_SOURCE_2"
missing = true
decision = "REFER"
contract_types = ["{CASH}"]

[[knock_out]]
name = "over 75"
feature = "AGE_YEARS"
above = 75.0
decision = "REFER"
"""


@pytest.fixture(scope="module")
def policy(bundle: Bundle) -> Policy:
    return Policy(POLICY, Domain.of(bundle.schema))


@pytest.fixture(scope="module")
def said(bundle: Bundle, policy: Policy) -> pb.GetModelResponse:
    return describe(bundle, policy)


def test_a_bundle_says_where_it_is_from(bank: Client, bundle: Bundle) -> None:
    model, manifest = bank.model(), bundle.manifest
    assert (model.family, model.data_source, model.data_fingerprint) == (
        *("lightgbm", "synthetic", manifest.data_fingerprint),
    )
    assert model.created_at.ToDatetime(UTC) == datetime.fromisoformat(manifest.created)
    assert {one.name: one.version for one in model.libraries} == manifest.libraries
    assert not model.knock_out_rules
    every = [(one.threshold, one.refer_from, one.decline_from) for one in model.cut_offs]
    assert set(every) == {(manifest.proposed_threshold,) * 3}


def test_every_contract_type_has_its_band(said: pb.GetModelResponse) -> None:
    bands = {one.contract_type: (one.refer_from, one.threshold, one.decline_from) for one in said.cut_offs}
    usual = (0.08, 0.09, 0.11)
    assert bands == {CASH: usual, REVOLVING: (0.07, 0.07, 0.07), "": usual}
    assert said.cut_offs[-1].contract_type == ""


def test_a_rule_says_what_it_looks_at_and_decides(bundle: Bundle, said: pb.GetModelResponse) -> None:
    young, unscored, old = said.knock_out_rules
    (age,) = (spec for spec in bundle.schema.specs if spec.name == "AGE_YEARS")
    assert (young.name, young.feature, young.meaning, young.unit) == (
        *("under 21", "AGE_YEARS", age.meaning, age.unit),
    )
    assert (young.WhichOneof("condition"), young.below, young.decision) == ("below", 21.0, pb.DECISION_DECLINE)
    assert not young.contract_types
    assert (unscored.WhichOneof("condition"), unscored.decision) == ("missing", pb.DECISION_REFER)
    assert unscored.contract_types == [CASH]
    assert (old.WhichOneof("condition"), old.above) == ("above", 75.0)


def test_the_bands_are_what_the_policy_decides_by(bundle: Bundle, policy: Policy, said: pb.GetModelResponse) -> None:
    bands = {one.contract_type: one for one in said.cut_offs}
    edges = st.sampled_from([edge for one in said.cut_offs for edge in (one.refer_from, one.decline_from)])
    # No knock-out rule holds for it.
    sound = np.full(len(bundle.schema.names), 40.0, dtype=np.float32)

    @given(st.floats(0, 1, exclude_min=True, exclude_max=True) | edges, st.sampled_from([CASH, REVOLVING, "another"]))
    def law(pd: float, contract_type: str) -> None:
        band = bands.get(contract_type, bands[""])
        by_band = pb.DECISION_REFER if pd < band.decline_from else pb.DECISION_DECLINE
        by_band = pb.DECISION_APPROVE if pd < band.refer_from else by_band
        decided, _ = policy.decide(pd, sound, contract_type)
        assert to_decision(decided) == by_band

    law()
