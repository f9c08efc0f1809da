"""Signing in at an OpenID Connect provider: authorization code with PKCE, state and nonce."""

import logging
import re
from collections.abc import Mapping
from typing import Any, Final

import httpx2
from authlib.integrations.base_client.errors import MismatchingStateError
from authlib.integrations.starlette_client import OAuth, OAuthError
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import Response

from creditrisk.errors import InvalidSettings
from gateway.login.refusals import NotLetIn, Why
from gateway.login.users import Role, User
from gateway.settings import GatewaySettings

log = logging.getLogger("login")

CALLBACK: Final = "/login/oidc/callback"
WITHIN: Final = 10.0
"""Seconds the provider has for an answer."""
LONGEST_NAME: Final = 128
MALFORMED: Final = (JoseError, httpx2.InvalidURL, ValueError, TypeError, KeyError, AttributeError, RuntimeError)
"""What Authlib raises where an answer is not what it must be."""
ALGORITHMS: Final = "id_token_signing_alg_values_supported"


class Provider:
    """The provider that the settings name."""

    def __init__(self, settings: GatewaySettings) -> None:
        """Nothing is asked of the provider yet: it may be away when the gateway starts.

        Raises:
            InvalidSettings: what belongs to ``oidc_issuer`` is not set.
        """
        needed = {
            "OIDC_CLIENT_ID": settings.oidc_client_id,
            "PUBLIC_URL": settings.public_url,
            "OIDC_ANALYST or OIDC_VIEWER": settings.oidc_analyst or settings.oidc_viewer,
        }
        for name, value in needed.items():
            if not value:
                raise InvalidSettings(f"{name} is required with OIDC_ISSUER")
        self._settings = settings
        self._issuer = settings.oidc_issuer or ""
        secret = settings.oidc_client_secret
        # At DEBUG these tell verifiers and headers.
        for name in ("authlib", "httpx2", "httpcore2"):
            logging.getLogger(name).setLevel("WARNING")
        self._client = OAuth().register(
            "oidc",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=f"{self._issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": settings.oidc_scope, "code_challenge_method": "S256", "timeout": WITHIN},
        )

    async def begin(self, request: Request) -> Response:
        """Send the browser to the provider.

        Raises:
            NotLetIn: the provider does not answer, or not as it must.
        """
        try:
            await self._metadata()
            sent: Response = await self._client.authorize_redirect(request, f"{self._settings.public_url}{CALLBACK}")
        except httpx2.HTTPError as error:
            raise NotLetIn(Why.UNREACHABLE, _told(error)) from error
        except MALFORMED as error:
            raise NotLetIn(Why.INVALID, _told(error)) from error
        return sent

    async def complete(self, request: Request) -> User:
        """Who comes back from the provider.

        Raises:
            NotLetIn: nobody who may enter.
        """
        query = request.query_params
        if "error" in query:
            code = query["error"] if re.fullmatch(r"[a-z_]{1,40}", query["error"]) else "an error"
            raise NotLetIn(Why.DENIED if code == "access_denied" else Why.INVALID, f"the provider said {code}")
        if "code" not in query:
            raise NotLetIn(Why.STALE, "there is no code")
        try:
            claims = await self._claims(request)
        except MismatchingStateError as error:
            raise NotLetIn(Why.STALE, "the state is none of this browser's") from error
        except httpx2.HTTPError as error:
            raise NotLetIn(Why.UNREACHABLE, _told(error)) from error
        except (OAuthError, *MALFORMED) as error:
            raise NotLetIn(Why.INVALID, _told(error)) from error
        return self._user(claims)

    async def _metadata(self) -> Mapping[str, Any]:
        """What the provider says of itself; kept once it has been right."""
        metadata = await self._client.load_server_metadata()
        if metadata.get("issuer") != self._issuer:
            self._client.server_metadata.clear()
            raise ValueError("the provider names itself otherwise than OIDC_ISSUER")
        # With its public key or none at all, anyone could sign.
        known = metadata.get(ALGORITHMS, ["RS256"])
        metadata[ALGORITHMS] = [name for name in known if name != "none" and not name.startswith("HS")]
        return dict(metadata)

    async def _claims(self, request: Request) -> Mapping[str, Any]:
        """What the ID token says, and the provider's other endpoint where a claim is not in it."""
        metadata = await self._metadata()
        expected = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._settings.oidc_client_id},
        }
        token = await self._client.authorize_access_token(request, claims_options=expected)
        if "userinfo" not in token:
            raise ValueError("there is no ID token")
        claims: Mapping[str, Any] = token["userinfo"]
        needed = {self._settings.oidc_name_claim, self._settings.oidc_role_claim}
        if not needed <= claims.keys() and "userinfo_endpoint" in metadata:
            more = await self._client.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise ValueError("the provider's two answers are of two people")
            claims = {**more, **claims}
        return claims

    def _user(self, claims: Mapping[str, Any]) -> User:
        settings = self._settings
        name, said = claims.get(settings.oidc_name_claim), claims.get(settings.oidc_role_claim, [])
        if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
            raise NotLetIn(Why.INVALID, f"the claim {settings.oidc_name_claim} is no name")
        values = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        for role, gives in ((Role.ANALYST, settings.oidc_analyst), (Role.VIEWER, settings.oidc_viewer)):
            if any(value in gives for value in values):
                return User(name, role)
        raise NotLetIn(Why.NO_ROLE, f"{name} has no value of the claim {settings.oidc_role_claim} that gives a role")


def _told(error: Exception) -> str:
    """What an operator needs to know; texts of OAuth errors are the provider's own, and may hold anything."""
    if isinstance(error, OAuthError):
        return f"the provider said {error.error}"
    return f"{type(error).__name__}: {error}".partition("\n")[0]
