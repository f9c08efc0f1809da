"""The decisions table, and the engines it lives on."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Engine,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.ext.compiler import compiles

from creditrisk.errors import InvalidSettings

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
    Column("knock_outs", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Column("model_version", String(64), nullable=False),
    Column("bundle_hash", String(64), nullable=False),
    Column("policy_version", String(80), nullable=False),
    Column("policy_hash", String(64), nullable=False),
    Column("schema_fingerprint", String(64), nullable=False),
    Column("synthetic_model", Boolean, nullable=False),
    UniqueConstraint("client_id", "request_id", name="uq_decisions_request"),
    Index("ix_decisions_applicant", "applicant_id", "prediction_id"),
    Index("ix_decisions_decided_at", "decided_at"),
)


def open_engine(url: str, connect_timeout: float) -> Engine:
    """An engine on SQLite (``sqlite:///file``) or PostgreSQL (``postgresql://…``).

    SQLite commits are on disk before they return (WAL, synchronous=FULL).

    Raises:
        InvalidSettings: the URL is of another database.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        # Keys of libpq: a server that is gone is noticed, one that hangs on a statement is given up.
        limits = {
            "connect_timeout": max(2, round(connect_timeout)),
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "options": "-c statement_timeout=10s -c lock_timeout=5s",
        }
        return create_engine(parsed.set(drivername="postgresql+psycopg"), connect_args=limits, pool_size=4)
    if backend != "sqlite":
        raise InvalidSettings(f"DATABASE_URL is of {backend}; use sqlite:///file or postgresql://…")
    if parsed.database:
        Path(parsed.database).resolve().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": connect_timeout, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    return engine
