"""The decisions table."""

from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.ext.compiler import compiles

METADATA: Final = MetaData()


class _Exact(Double):  # type: ignore[type-arg]
    """A float64, to the bit."""


@compiles(_Exact, "sqlite")
def _without_affinity(_type: _Exact, _compiler: Any, **_: Any) -> str:
    # A column of REAL affinity keeps whole numbers as integers, and so loses the sign of -0.0.
    return "BLOB"


DECISIONS: Final = Table(
    "decisions",
    METADATA,
    # UUIDs of version 7 sort by time: the primary key is also the order of the history.
    Column("prediction_id", String(36), primary_key=True),
    Column("client_id", String(128), nullable=False),
    Column("request_id", String(128), nullable=False),
    Column("body_hash", LargeBinary(32), nullable=False),
    Column("applicant_id", BigInteger, nullable=False),
    Column("contract_type", String(64), nullable=False),
    # Times are microseconds since 1970 UTC: SQLite has no time type that keeps a zone.
    Column("application_time", BigInteger, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("decision", String(16), nullable=False),
    Column("pd", _Exact, nullable=False),
    Column("calibrated_margin", _Exact, nullable=False),
    Column("margin", _Exact, nullable=False),
    Column("points", Integer, nullable=False),
    Column("threshold", _Exact, nullable=False),
    # Lists, as JSON.
    Column("knock_outs", Text, nullable=False),
    Column("warnings", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("model_version", String(64), nullable=False),
    Column("bundle_hash", String(64), nullable=False),
    Column("policy_version", String(80), nullable=False),
    Column("policy_hash", String(64), nullable=False),
    Column("schema_fingerprint", String(64), nullable=False),
    Column("synthetic_model", Boolean, nullable=False),
    # The row is the outbox too. NULL: who reads the events has this one. Else microseconds since 1970 UTC before
    # which no reader shall take it: one that does sets it ahead, and the others leave it alone until then.
    Column("ship_after", BigInteger),
    UniqueConstraint("client_id", "request_id", name="uq_decisions_request"),
    Index("ix_decisions_applicant", "applicant_id", "prediction_id"),
    Index("ix_decisions_decided_at", "decided_at"),
)
Index(
    "ix_decisions_unshipped",
    DECISIONS.c.prediction_id,
    sqlite_where=DECISIONS.c.ship_after.is_not(None),
    postgresql_where=DECISIONS.c.ship_after.is_not(None),
)
