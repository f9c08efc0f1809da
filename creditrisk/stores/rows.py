"""A decision as a row of the decisions table, and back. Exact both ways."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.engine import RowMapping

from creditrisk.decision.policy import Decision
from creditrisk.decision.record import Assessment, DecisionRecord
from creditrisk.errors import Violation

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_ASSESSED: Final = tuple(Assessment.__dataclass_fields__)
_SAME: Final = ("prediction_id", "client_id", "request_id", "body_hash", "applicant_id", "contract_type")


def to_micros(time: datetime) -> int:
    """Microseconds since 1970 UTC, exactly."""
    return (time - _EPOCH) // _MICROSECOND


def to_row(record: DecisionRecord) -> dict[str, Any]:
    """Values by column name."""
    assessment = record.assessment
    row = {name: getattr(assessment, name) for name in _ASSESSED}
    row |= {name: getattr(record, name) for name in _SAME}
    row["application_time"] = to_micros(record.application_time)
    row["decided_at"] = to_micros(record.decided_at)
    row["decision"] = assessment.decision.value
    row["knock_outs"] = json.dumps(assessment.knock_outs)
    row["warnings"] = json.dumps([[warning.field, warning.rule] for warning in assessment.warnings])
    return row


def from_row(row: RowMapping) -> DecisionRecord:
    """The record of a row."""
    assessed = {name: row[name] for name in _ASSESSED}
    assessed["decision"] = Decision(row["decision"])
    assessed["knock_outs"] = tuple(json.loads(row["knock_outs"]))
    assessed["warnings"] = tuple(Violation(field, rule) for field, rule in json.loads(row["warnings"]))
    return DecisionRecord(
        **{name: row[name] for name in _SAME},
        application_time=_EPOCH + row["application_time"] * _MICROSECOND,
        decided_at=_EPOCH + row["decided_at"] * _MICROSECOND,
        assessment=Assessment(**assessed),
    )
