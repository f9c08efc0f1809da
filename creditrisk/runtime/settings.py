"""Settings from the environment: those of every process, and those of a service."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from creditrisk.errors import InvalidSettings


class ProcessSettings(BaseSettings):
    """One field an environment variable of the same name in upper case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 in a container."""
    port: Annotated[int, Field(ge=0, le=65535)]
    """Port to listen on; 0: any free one, logged at start."""
    max_deadline: Annotated[float, Field(gt=0, le=60)] = 5.0
    """Seconds a call may take where the caller states no deadline, or a longer one."""
    drain: Annotated[float, Field(ge=0, le=300)] = 10.0
    """Seconds that calls in flight have to finish after SIGTERM."""
    max_concurrent_calls: Annotated[int, Field(ge=1)] = 512
    """Calls served at once; more are turned away with RESOURCE_EXHAUSTED."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_file: Path | None = None
    """Also log to this file, rotated at 10 MB, five kept."""

    @classmethod
    def read(cls) -> Self:
        """The settings of the environment.

        Raises:
            InvalidSettings: naming the variable and the rule.
        """
        try:
            return cls()
        except ValidationError as error:
            found = "; ".join(f"{'_'.join(map(str, one['loc'])).upper()}: {one['msg']}" for one in error.errors())
            raise InvalidSettings(found) from error


class ServerSettings(ProcessSettings):
    """What every gRPC service has.

    What belongs to the model (schema, threshold, reference) is in the bundle, never here.
    """

    metrics_port: Annotated[int, Field(ge=0, le=65535)]
    """Port of /metrics (HTTP); 0: any free one, logged at start."""
    bundle_store: Path = Path("var/bundles")
    """Folder of bundles; see model/bundle.py."""
    bundle: str = "champion"
    """The bundle to serve: an alias or a hash of the store's, or the absolute path of a sealed bundle's folder."""
    max_connection_age: Annotated[float, Field(gt=0)] = 300.0
    """Seconds after which a connection is asked to be made anew, so that clients find new replicas."""
