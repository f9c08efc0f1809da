"""Sessions: a signed cookie that says who signed in, how and when."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

from gateway.login.users import Entry, Role, User, Users
from gateway.settings import GatewaySettings

log = logging.getLogger("login")

BY: Final = "by"
PASSWORD: Final = "password"  # noqa: S105 - how one signed in
PROVIDER: Final = "provider"
COOKIE: Final = "creditrisk"
HOUR: Final = 3_600

Session = MutableMapping[str, Any]


class Sessions:
    """Begins, reads and ends sessions.

    A cookie is signed, not encrypted, so it holds nothing that its owner may not see. It cannot be called back: what
    ends a session before its time is the users file, in which name, password and role must still be as they were.
    """

    def __init__(self, settings: GatewaySettings, users: Users | None, now: Callable[[], float]) -> None:
        """``users``: of those who sign in by password; ``now``: the time in seconds."""
        self._users = users
        self._provided = settings.oidc_issuer is not None
        self._now = now
        self._lasts = settings.session_hours * HOUR
        if settings.session_secret is None:
            log.warning("sessions end with this process, and are no other's: set SESSION_SECRET to keep or share them")
        given = settings.session_secret
        self._secret = secrets.token_hex(32) if given is None else given.get_secret_value()
        path = settings.root_path or "/"
        # By these names browsers hold a cookie to HTTPS, and __Host- to this host: no other can set it.
        prefix = ("__Host-" if path == "/" else "__Secure-") if settings.secure_cookies else ""
        self.middleware = Middleware(
            SessionMiddleware,
            secret_key=self._secret,
            session_cookie=prefix + COOKIE,
            max_age=round(self._lasts),
            path=path,
            same_site="lax",
            https_only=settings.secure_cookies,
        )

    def begin(self, session: Session, user: User, entry: Entry | None) -> None:
        """Let ``user`` in: by password, with the line of the users file, or by the provider, without."""
        session.clear()
        session.update(name=user.name, at=self._now())
        if entry is not None:
            session.update({BY: PASSWORD, "mark": self._mark(entry)})
        else:
            # The provider is not asked again, so the role holds for the session.
            session.update({BY: PROVIDER, "role": user.role})

    def user(self, session: Session) -> User | None:
        """Who is signed in, with the role that holds now."""
        name, at = session.get("name"), session.get("at", 0.0)
        if name is None or self._now() >= at + self._lasts:
            return None
        if session[BY] == PROVIDER:
            return User(name, Role(session["role"])) if self._provided else None
        entry = self._users.find(name) if self._users is not None else None
        if entry is None or not hmac.compare_digest(self._mark(entry), session["mark"]):
            return None
        return entry.user

    def _mark(self, entry: Entry) -> str:
        """What changes with the password, and tells nothing of its hash."""
        return hmac.digest(self._secret.encode(), entry.hash.encode(), hashlib.sha256).hex()[:32]
