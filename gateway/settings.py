"""Settings of the gateway."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

from creditrisk.runtime.server import LARGEST_MESSAGE
from creditrisk.runtime.settings import ProcessSettings

LOOPBACK: Final = r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"
ADDRESS: Final = rf"^(https://[A-Za-z0-9.-]+(:\d+)?|{LOOPBACK})(/[A-Za-z0-9._~-]+)*$"
"""HTTPS, but on loopback, where nobody listens."""


def _separated(value: object) -> object:
    return tuple(part.strip() for part in value.split(";") if part.strip()) if isinstance(value, str) else value


Values = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_separated)]
"""Separated by semicolons: names of groups may hold commas."""


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
    batch_rows: Annotated[int, Field(ge=1)] = 100_000
    """Rows that a file of applications may have which is scored on the page."""

    users: Path | None = None
    """File of people who sign in by password, see login/users.py; with neither this nor ``oidc_issuer`` no page."""
    public_url: Annotated[str, Field(pattern=ADDRESS)] | None = None
    """Where browsers find the gateway, ``root_path`` at its end; needed for OIDC, and where an ingress changes Host."""
    session_secret: Annotated[SecretStr, Field(min_length=32)] | None = None
    """What sessions are signed with, the same for all replicas; without it a random one, and sessions end with it."""
    session_hours: Annotated[float, Field(gt=0, le=24 * 7)] = 8.0
    """Hours after signing in when it must be done again."""
    secure_cookies: bool = True
    """Whether browsers keep sessions to HTTPS; false only for plain HTTP on loopback."""

    oidc_issuer: Annotated[str, Field(pattern=ADDRESS.replace("$", "/?$"))] | None = None
    """OpenID Connect provider, as it names itself; its callback is ``public_url``/login/oidc/callback."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    """Not set: the provider knows this as a public client."""
    oidc_scope: Annotated[str, Field(pattern=r"(^| )openid( |$)")] = "openid profile"
    """Scopes to ask for; some providers tell roles or groups only if asked for them."""
    oidc_name_claim: str = "preferred_username"
    """Claim that names the person; ``sub`` where the provider does not hold user names unique."""
    oidc_role_claim: str = "roles"
    """Claim that the two settings below speak of: text or a list of texts."""
    oidc_analyst: Values = ()
    """Values of ``oidc_role_claim``, any of which makes an analyst."""
    oidc_viewer: Values = ()
    """As ``oidc_analyst``, of viewers. A person with none of either is not let in."""
