"""Settings of the scoring service."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from creditrisk.runtime.settings import ServerSettings


class ScoringSettings(ServerSettings):
    """See ``ServerSettings``; here what scoring has of its own."""

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
