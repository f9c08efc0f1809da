"""Settings of the scoring service."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from creditrisk.events.settings import BrokerSettings

SHORTEST_KEY: Final = 16


class ScoringSettings(BrokerSettings):
    """See ``BrokerSettings``; here what scoring has of its own."""

    port: Annotated[int, Field(ge=0, le=65535)] = 50052
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9102
    feature_target: str = "127.0.0.1:50051"
    """Where the feature service is: host:port, or dns:///name:port of a headless Service."""
    database_url: str = "sqlite:///var/decisions.db"
    """Decision store: sqlite:///file for one replica, postgresql://… for more."""
    policy: Path = Path("var/policy.toml")
    """The policy file; see decision/policy.py."""
    retention_days: Annotated[int, Field(ge=1)] | None = None
    """Days a decision is kept; unset: for ever."""
    pseudonym_key: Annotated[SecretStr, Field(validate_default=True)] = SecretStr("")
    """Secret that applicants' pseudonyms in events are made with, 16 characters or more; required with Kafka."""
    backlog_limit: Annotated[int, Field(ge=1)] = 1_000_000
    """Decisions that may wait for the broker; past them Score refuses with RESOURCE_EXHAUSTED."""

    @field_validator("pseudonym_key")
    @classmethod
    def _events_have_pseudonyms(cls, key: SecretStr, others: ValidationInfo) -> SecretStr:
        if others.data.get("kafka_bootstrap_servers") and len(key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"must have {SHORTEST_KEY} characters or more where KAFKA_BOOTSTRAP_SERVERS is set")
        return key
