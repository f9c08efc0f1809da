"""Settings of the feature service."""

from typing import Annotated

from pydantic import Field

from creditrisk.runtime.settings import ServerSettings


class FeatureSettings(ServerSettings):
    """See ``ServerSettings``; the feature service has none of its own beside its ports."""

    port: Annotated[int, Field(ge=0, le=65535)] = 50051
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9101
