"""The decisions table, and the engines it lives on."""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
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
    Text,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
    make_url,
)
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.compiler import compiles

from creditrisk.errors import InvalidSettings
from creditrisk.stores.postgresql import open_postgres

METADATA: Final = MetaData()
_TAKE_TURN: Final = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7166181948710126001)",  # any number that is ours
}


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
    # The row is the outbox too. NULL: nothing is to be shipped, or it is. Else microseconds since 1970 UTC before
    # which no relay shall take it: one that does sets it ahead, and the others leave it alone until then.
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


def create_tables(engine: Engine) -> None:
    """Make the tables where there are none; those who start together take turns.

    Raises:
        InvalidSettings: there is a table of an earlier version.
    """
    with engine.begin() as connection:
        connection.exec_driver_sql(_TAKE_TURN[engine.dialect.name])
        METADATA.create_all(connection)
        there = {column["name"] for column in inspect(connection).get_columns(DECISIONS.name)}
    lacking = [column.name for column in DECISIONS.columns if column.name not in there]
    if lacking:
        older = f"its decisions table is of an earlier version, without {', '.join(lacking)}"
        raise InvalidSettings(f"DATABASE_URL: {older}; use a new database")


def open_engine(url: str, limit: float) -> Engine:
    """An engine on SQLite (``sqlite:///file``) or PostgreSQL (``postgresql://…``).

    SQLite commits are on disk before they return (WAL, synchronous=FULL). ``limit``: seconds after
    which nobody waits for a statement any more, so it is given up, and its connection with it.

    Raises:
        InvalidSettings: the URL is of another database, or is none.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidSettings("DATABASE_URL is no URL; use sqlite:///file or postgresql://…") from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return open_postgres(parsed, limit)
    if backend != "sqlite":
        raise InvalidSettings(f"DATABASE_URL is of {backend}; use sqlite:///file or postgresql://…")
    if parsed.database:
        folder = Path(parsed.database).resolve().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidSettings(f"DATABASE_URL: {folder} cannot be made ({error.strerror})") from error
    engine = create_engine(parsed, connect_args={"timeout": limit, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    return engine
