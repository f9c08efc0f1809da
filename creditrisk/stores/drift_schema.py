"""The drift service's tables."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
)

METADATA: Final = MetaData()
# Times are microseconds since 1970 UTC.

POSITIONS: Final = Table(
    "drift_positions",
    METADATA,
    Column("topic", String(249), primary_key=True),
    Column("partition", Integer, primary_key=True),
    # Whoever moves it says where it was: one that was overtaken moves nothing.
    Column("next_offset", BigInteger, nullable=False),
    # All that had arrived by this time was read. NULL: never yet.
    Column("read_to", BigInteger),
)

PREDICTIONS: Final = Table(
    "drift_predictions",
    METADATA,
    Column("prediction_id", String(36), primary_key=True),
    Column("bundle_hash", String(64), nullable=False),
    # A contract type that the bundle's reference has a segment of; else empty.
    Column("segment", String(64), nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Column("decision", SmallInteger, nullable=False),
    # The place on the grid of margins, and one byte a quantity; see drift/layout.py.
    Column("grid", SmallInteger, nullable=False),
    Column("bins", LargeBinary, nullable=False),
    Index("ix_drift_predictions_decided_at", "decided_at"),
)

COUNTS: Final = Table(
    "drift_counts",
    METADATA,
    Column("bundle_hash", String(64), primary_key=True),
    Column("window_start", BigInteger, primary_key=True),
    Column("segment", String(64), primary_key=True),
    # Each partition counts by itself, so that consumers do not wait for one another; a report adds them up.
    Column("topic", String(249), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Column("counts", LargeBinary, nullable=False),
)

OUTCOMES: Final = Table(
    "drift_outcomes",
    METADATA,
    Column("prediction_id", String(36), primary_key=True),
    # The earliest observation of a default, and the latest of none: these merge in any order.
    Column("defaulted_at", BigInteger),
    Column("good_until", BigInteger),
)

WINDOWS: Final = Table(
    "drift_windows",
    METADATA,
    Column("bundle_hash", String(64), primary_key=True),
    Column("window_start", BigInteger, primary_key=True),
    Column("judged_at", BigInteger, nullable=False),
    Column("alarms", Integer, nullable=False),
)

ALERTS: Final = Table(
    "drift_alerts",
    METADATA,
    Column("alert_id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("bundle_hash", String(64), nullable=False),
    Column("window_start", BigInteger, nullable=False),
    Column("segment", String(64), nullable=False),
    Column("quantity", String(80), nullable=False),
    Column("raised_at", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("psi", Double, nullable=False),
    Column("adjusted_p", Double, nullable=False),
    Column("what", String(400), nullable=False),
    Column("published", Boolean, nullable=False),
)

STATE: Final = Table(
    "drift_state",
    METADATA,
    Column("only", Integer, primary_key=True),
    # The width of windows, in microseconds; it cannot change while there are counts.
    Column("window", BigInteger, nullable=False),
    # What was decided before this is forgotten, and would not be known again.
    Column("horizon", BigInteger, nullable=False),
)
