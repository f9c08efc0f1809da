"""Settings of the drift service."""

from typing import Annotated

from pydantic import Field

from creditrisk.events.settings import BrokerSettings


class DriftSettings(BrokerSettings):
    """See ``BrokerSettings``; here what drift has of its own."""

    port: Annotated[int, Field(ge=0, le=65535)] = 50054
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9104
    database_url: str = "sqlite:///var/drift.db"
    """Drift's own state: sqlite:///file, or postgresql://… which replicas share."""
    decisions_url: str = "sqlite:///var/decisions.db"
    """Scoring's decision store, read where there is no broker."""
    outcomes_topic: str = "credit.outcomes.v1"
    alerts_topic: str = "credit.alerts.v1"
    dead_letters_topic: str = "credit.dead-letters.v1"
    """Events that could not be read, with the reason."""
    consumer_group: str = "creditrisk-drift"
    session_timeout: Annotated[float, Field(ge=6, le=300)] = 45.0
    """Seconds after which a silent replica's partitions go to the others."""
    window_seconds: Annotated[int, Field(ge=1, le=31 * 86_400)] = 86_400
    """Width of the tumbling windows, counted from 1970 UTC; it stays as the state's first start had it."""
    lateness: Annotated[float, Field(ge=0)] = 120.0
    """Seconds after a window's end at which all of its events have surely arrived: then it is judged."""
    bundle_patience: Annotated[float, Field(ge=0)] = 300.0
    """Seconds to wait for a bundle that events name and the store has not, before they are set aside."""
    retention_days: Annotated[int, Field(ge=1)] = 800
    """Days that predictions and counts are kept; more than the maturity of outcomes."""
