"""Settings of the feature service."""

from typing import Annotated

from pydantic import Field, SecretStr

from creditrisk.runtime.settings import ServerSettings


class FeatureSettings(ServerSettings):
    """See ``ServerSettings``; here what the feature service has of its own."""

    port: Annotated[int, Field(ge=0, le=65535)] = 50051
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9101
    histories_url: SecretStr = SecretStr("")
    """Online store of histories: sqlite:///file or redis://…; required where the model's features come from them."""
    history_max_age_days: Annotated[float, Field(gt=0)] = 35.0
    """Days after which a history is stale: still used, with a warning in the answer."""
