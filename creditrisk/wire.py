"""Between protobuf messages and domain types: the only core module that knows both."""

import hashlib
import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from google.protobuf.timestamp_pb2 import Timestamp
from numpy.typing import NDArray

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.api.event.v1 import event_pb2
from creditrisk.api.scoring.v1 import scoring_pb2
from creditrisk.application import CATEGORICAL, NUMERIC, ApplicationBatch, Kind
from creditrisk.decision.policy import Decision
from creditrisk.decision.record import Assessment, DecisionRecord
from creditrisk.errors import Violation

_NUMBERS: Final = {field.name: field.number for field in LoanApplication.DESCRIPTOR.fields}
_PLACE: Final = dict.fromkeys(_NUMBERS.values(), -1)
"""By field number: the row among NUMERIC, len(NUMERIC) + the row among CATEGORICAL, or -1 for no column."""
_PLACE.update((_NUMBERS[column.field], row) for row, column in enumerate((*NUMERIC, *CATEGORICAL)))
_TO_DECISION: Final = {
    Decision.APPROVE: scoring_pb2.DECISION_APPROVE,
    Decision.REFER: scoring_pb2.DECISION_REFER,
    Decision.DECLINE: scoring_pb2.DECISION_DECLINE,
}
_FROM_DECISION: Final = {value: decision for decision, value in _TO_DECISION.items()}


def to_batch(applications: Sequence[LoanApplication]) -> tuple[ApplicationBatch, dict[int, list[Violation]]]:
    """Applications as arrays, and the rows that send NaN for a number, with what to say of them.

    Text that is empty counts as not given.
    """
    numbers = []
    categories: list[list[str | None]] = []
    violations: dict[int, list[Violation]] = {}
    count = len(NUMERIC)
    for row, application in enumerate(applications):
        values = [math.nan] * count
        words: list[str | None] = [None] * len(CATEGORICAL)
        for descriptor, value in application.ListFields():
            at = _PLACE[descriptor.number]
            if at >= count:
                words[at - count] = value or None
            elif at >= 0:
                values[at] = value
                if value != value:  # noqa: PLR0124 - true of NaN alone, and this loop is the hot path
                    rule = "is NaN; leave the field out if not known"
                    violations.setdefault(row, []).append(Violation(descriptor.name, rule))
        numbers.append(values)
        categories.append(words)
    table = np.array(numbers, dtype=np.float64).reshape(len(applications), count).T
    return ApplicationBatch(table, tuple(zip(*categories, strict=True))), violations


def to_applications(batch: ApplicationBatch) -> list[LoanApplication]:
    """Messages of ``batch``, without applicant ids and times; the inverse of ``to_batch``."""
    made = [LoanApplication() for _ in range(len(batch))]
    for column, values in zip(NUMERIC, batch.numbers.tolist(), strict=True):
        cast = {Kind.FLAG: bool, Kind.INTEGER: int}.get(column.kind, float)
        for application, value in zip(made, values, strict=True):
            if value == value:  # noqa: PLR0124 - not NaN
                setattr(application, column.field, cast(value))
    for column, words in zip(CATEGORICAL, batch.categories, strict=True):
        for application, word in zip(made, words, strict=True):
            if word is not None:
                setattr(application, column.field, word)
    return made


def body_hash(application: LoanApplication) -> bytes:
    """SHA-256 of an application as sent: 32 bytes; tells a retry from another body under its id.

    The message has no maps, so its deterministic serialisation does not vary.
    """
    return hashlib.sha256(application.SerializeToString(deterministic=True)).digest()


def to_timestamp(time: datetime) -> Timestamp:
    """A UTC time as a message, to the microsecond."""
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def micros_to_timestamp(micros: int) -> Timestamp:
    """Microseconds since 1970 UTC as a message."""
    stamp = Timestamp()
    stamp.FromMicroseconds(micros)
    return stamp


def from_timestamp(stamp: Timestamp) -> datetime:
    """A message as a UTC time, to the microsecond."""
    return stamp.ToDatetime(tzinfo=UTC)


def vector_bytes(matrix: NDArray[np.float32]) -> bytes:
    """float32 values as little-endian bytes, row by row."""
    return matrix.astype("<f4", copy=False).tobytes()


def vectors(data: bytes, width: int) -> NDArray[np.float32]:
    """The inverse of ``vector_bytes``: float32 of shape (n, width).

    Raises:
        ValueError: the length is no multiple of a row's.
    """
    return np.frombuffer(data, dtype="<f4").reshape(-1, width).astype(np.float32, copy=False)


def to_decision(decision: Decision) -> "scoring_pb2.Decision.ValueType":
    """The message's value of a decision."""
    return _TO_DECISION[decision]


def from_decision(decision: "scoring_pb2.Decision.ValueType") -> Decision | None:
    """The domain's decision; None where unspecified."""
    return _FROM_DECISION.get(decision)


def to_assessment(assessment: Assessment, *, with_vector: bool) -> scoring_pb2.Assessment:
    """The message of an assessment."""
    return scoring_pb2.Assessment(
        probability_of_default=assessment.pd,
        calibrated_margin=assessment.calibrated_margin,
        decision=to_decision(assessment.decision),
        points=assessment.points,
        threshold=assessment.threshold,
        knock_outs=assessment.knock_outs,
        warnings=_warnings(assessment.warnings),
        model_version=assessment.model_version,
        bundle_hash=assessment.bundle_hash,
        policy_version=assessment.policy_version,
        policy_hash=assessment.policy_hash,
        schema_fingerprint=assessment.schema_fingerprint,
        vector=assessment.vector if with_vector else b"",
        synthetic_model=assessment.synthetic_model,
    )


def to_recorded(record: DecisionRecord, *, with_vector: bool) -> scoring_pb2.RecordedDecision:
    """The message of a recorded decision."""
    return scoring_pb2.RecordedDecision(
        prediction_id=record.prediction_id,
        request_id=record.request_id,
        client_id=record.client_id,
        applicant_id=record.applicant_id,
        contract_type=record.contract_type,
        application_time=to_timestamp(record.application_time),
        decided_at=to_timestamp(record.decided_at),
        assessment=to_assessment(record.assessment, with_vector=with_vector),
    )


def to_event(record: DecisionRecord, pseudonym: str) -> event_pb2.PredictionEvent:
    """The event of a recorded decision; the applicant by ``pseudonym``."""
    return event_pb2.PredictionEvent(
        prediction_id=record.prediction_id,
        decided_at=to_timestamp(record.decided_at),
        application_time=to_timestamp(record.application_time),
        applicant_pseudonym=pseudonym,
        contract_type=record.contract_type,
        assessment=to_assessment(record.assessment, with_vector=True),
        margin=record.assessment.margin,
    )


def _warnings(warnings: Iterable[Violation]) -> list[scoring_pb2.ScoreWarning]:
    return [scoring_pb2.ScoreWarning(field=one.field, description=one.rule) for one in warnings]
