"""Records to store: one that is ordinary, and every one that can be."""

import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import uuid_utils
from hypothesis import strategies as st

from creditrisk.decision.policy import Decision
from creditrisk.decision.record import Assessment, DecisionRecord
from creditrisk.errors import Violation
from creditrisk.stores.writer import Outcome, Recorded

TIMEOUT: Final = 30.0
"""Seconds a store has, where the test is not about time."""

ORDINARY: Final = Assessment(
    pd=0.0731,
    calibrated_margin=-2.54,
    margin=-2.31,
    decision=Decision.APPROVE,
    points=587,
    threshold=1 / 11,
    knock_outs=(),
    warnings=(),
    vector=struct.pack("<3f", 1.5, float("nan"), -0.0),
    model_version="1.0.0",
    bundle_hash="b" * 64,
    policy_version="2026-11",
    policy_hash="c" * 64,
    schema_fingerprint="d" * 64,
    synthetic_model=False,
)


def make(request_id: str, body: bytes = b"body", **changes: Any) -> DecisionRecord:
    """A record with an id of its own; ``changes``: fields of the record or of its assessment."""
    assessed = {name: changes.pop(name) for name in list(changes) if name in Assessment.__dataclass_fields__}
    record = DecisionRecord(
        prediction_id=str(uuid_utils.uuid7()),
        client_id="bank",
        request_id=request_id,
        body_hash=body.ljust(32, b"."),
        applicant_id=100_001,
        contract_type="Cash loans",
        application_time=datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
        decided_at=datetime(2026, 11, 1, 9, 30, 1, 123_456, tzinfo=UTC),
        assessment=replace(ORDINARY, **assessed),
    )
    return replace(record, **changes)


def stands(outcome: Outcome) -> Recorded:
    """An outcome that is no error."""
    assert isinstance(outcome, Recorded), outcome
    return outcome


def bits(record: DecisionRecord) -> tuple[object, ...]:
    """All that a record holds, to the bit: -0.0 is not 0.0."""
    assessment = record.assessment
    floats = (assessment.pd, assessment.calibrated_margin, assessment.margin, assessment.threshold)
    return (record, struct.pack("<4d", *floats), record.application_time.tzinfo, record.decided_at.tzinfo)


_finite = st.floats(allow_nan=False, allow_infinity=False)
_text: Callable[[int], st.SearchStrategy[str]] = lambda longest: st.text(  # noqa: E731
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=longest
)
_any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_times = st.datetimes(timezones=st.just(UTC))
_uuids = st.integers(0, 2**128 - 1).map(lambda number: str(uuid_utils.UUID(int=number)))

assessments: Final = st.builds(
    Assessment,
    pd=_finite,
    calibrated_margin=_finite,
    margin=_finite,
    decision=st.sampled_from(Decision),
    points=st.integers(-(2**31), 2**31 - 1),
    threshold=_finite,
    knock_outs=st.lists(_any_text, max_size=3).map(tuple),
    warnings=st.lists(st.builds(Violation, _any_text, _any_text), max_size=3).map(tuple),
    vector=st.binary(max_size=64)
    | st.lists(st.floats(width=32), max_size=20).map(lambda values: struct.pack(f"<{len(values)}f", *values)),
    model_version=_text(64),
    bundle_hash=_text(64),
    policy_version=_text(80),
    policy_hash=_text(64),
    schema_fingerprint=_text(64),
    synthetic_model=st.booleans(),
)
records: Final = st.builds(
    DecisionRecord,
    prediction_id=_uuids,
    client_id=_text(128),
    request_id=_text(128),
    body_hash=st.binary(min_size=32, max_size=32),
    applicant_id=st.integers(1, 2**63 - 1),
    contract_type=_text(64),
    application_time=_times,
    decided_at=_times,
    assessment=assessments,
)
