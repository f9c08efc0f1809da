"""Settings of the gateway."""

from typing import Annotated

from pydantic import Field

from creditrisk.runtime.server import LARGEST_MESSAGE
from creditrisk.runtime.settings import ProcessSettings


class GatewaySettings(ProcessSettings):
    """See ``ProcessSettings``; here what the gateway has of its own."""

    port: Annotated[int, Field(ge=0, le=65535)] = 8080
    feature_target: str = "127.0.0.1:50051"
    """Where the feature service is: host:port, or dns:///name:port of a headless Service."""
    scoring_target: str = "127.0.0.1:50052"
    """As ``feature_target``, of the scoring service."""
    explain_target: str = "127.0.0.1:50053"
    """As ``feature_target``, of the explain service."""
    drift_target: str = "127.0.0.1:50054"
    """As ``feature_target``, of the drift service."""
    root_path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")] = ""
    """Path under which an ingress serves the gateway, such as /credit; whether it strips that path or not."""
    max_body: Annotated[int, Field(ge=1_024, le=LARGEST_MESSAGE)] = 8 * 2**20
    """Bytes a request's body may have; 1,000 applications are about 4 MiB of JSON."""
