"""Settings of the explain service."""

from typing import Annotated

from pydantic import Field

from creditrisk.runtime.settings import ServerSettings


class ExplainSettings(ServerSettings):
    """See ``ServerSettings``; here what explain has of its own."""

    port: Annotated[int, Field(ge=0, le=65535)] = 50053
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9103
    scoring_target: str = "127.0.0.1:50052"
    """Where the scoring service is: host:port, or dns:///name:port of a headless Service."""
