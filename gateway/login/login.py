"""Signing in, as the gateway mounts it and the page uses it."""

import logging
import time
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from creditrisk.errors import InvalidSettings
from gateway.login.by_password import ByPassword
from gateway.login.guard import Guard
from gateway.login.handlers import Handlers
from gateway.login.oidc import CALLBACK, Provider
from gateway.login.sessions import Sessions
from gateway.login.users import User, Users
from gateway.rest.access import ROUTE
from gateway.settings import GatewaySettings

log = logging.getLogger("login")

WITHOUT: Final = (
    "REST only, no page: for a page set USERS (a file that python -m gateway.login writes) or OIDC_ISSUER, so that "
    "people can sign in"
)


class Login:
    """The ways to sign in that the settings give."""

    def __init__(self, settings: GatewaySettings, now: Callable[[], float] = time.time) -> None:
        """``now``: the time in seconds.

        Raises:
            InvalidSettings: a setting is missing or wrong, or the users file.
        """
        if settings.public_url is not None and urlsplit(settings.public_url).path != settings.root_path:
            raise InvalidSettings(f"PUBLIC_URL: its path must be ROOT_PATH, {settings.root_path or 'which is none'}")
        self._settings = settings
        users = Users(settings.users) if settings.users is not None else None
        provider = Provider(settings) if settings.oidc_issuer is not None else None
        self._sessions = Sessions(settings, users, now)
        by_password = ByPassword(users, now) if users is not None else None
        self._handlers = Handlers(settings, self._sessions, by_password, provider)

    @classmethod
    def configured(cls, settings: GatewaySettings) -> "Login | None":
        """The login, or None where the settings name no way to sign in: then there must be no page.

        Raises:
            InvalidSettings: as above.
        """
        if settings.users is None and settings.oidc_issuer is None:
            log.info(WITHOUT)
            return None
        return cls(settings)

    def mount(self, app: FastAPI) -> None:
        """Add the addresses to sign in and out to ``app``."""
        handlers = self._handlers
        self._add(app, "/login", handlers.login, "GET", "POST")
        self._add(app, "/logout", handlers.logout, "GET", "POST")
        self._add(app, "/login/oidc", handlers.begin_oidc, "GET")
        self._add(app, CALLBACK, handlers.complete_oidc, "GET")

    def guard(self, page: ASGIApp, route: str) -> ASGIApp:
        """``page``, for those who have signed in alone; ``route``: what its requests are counted and logged as.

        Whoever is not signed in is sent to sign in where a browser navigates, else answered 401; what a page of
        another origin sends is answered 403. ``guard.signed_in`` tells ``page`` the user of a request.
        """
        middleware = self._sessions.middleware
        return middleware.cls(Guard(page, self._sessions, self._settings, route), *middleware.args, **middleware.kwargs)

    async def user(self, connection: HTTPConnection) -> User | None:
        """Who sent a request, if it came through the guard or has a session."""
        return self._sessions.user(connection.session) if "session" in connection.scope else None

    async def name(self, request: Request) -> str | None:
        """The name of who sent a request: what Gradio takes as ``auth_dependency``."""
        user = await self.user(request)
        return user.name if user is not None else None

    def _add(self, app: FastAPI, path: str, serve: Callable[[Request], Awaitable[Response]], *methods: str) -> None:
        async def named(request: Request) -> Response:
            request.scope[ROUTE] = path
            return await serve(request)

        app.router.routes.append(Route(path, named, methods=methods, middleware=[self._sessions.middleware]))
