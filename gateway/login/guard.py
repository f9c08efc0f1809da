"""What stands before the page: nobody passes who has not signed in."""

from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.login.addresses import foreign
from gateway.login.sessions import Sessions
from gateway.login.users import User
from gateway.rest.access import ROUTE
from gateway.rest.problems import Problem
from gateway.settings import GatewaySettings

USER: Final = "creditrisk.user"
"""Where in the scope the user is."""
SAFE: Final = ("GET", "HEAD")


def signed_in(connection: HTTPConnection) -> User:
    """Who sent a request that has passed the guard, with the role that held when it came.

    In a handler of Gradio's, which gets a ``gr.Request``, this is ``signed_in(request.request)``: the request that
    Gradio wraps, also for what went through its queue. ``gr.Request.username`` is the name alone, and its ``session``
    a copy of what the cookie says, from before the users file was asked.
    """
    user = connection.scope[USER]
    if not isinstance(user, User):
        raise TypeError("no user")
    return user


class Guard:
    """An ASGI middleware around a page; inside the sessions' own."""

    def __init__(self, app: ASGIApp, sessions: Sessions, settings: GatewaySettings, route: str) -> None:
        """``route``: what requests are counted and logged as."""
        self._app = app
        self._sessions = sessions
        self._settings = settings
        self._route = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its user, or refuse it."""
        if scope["type"] == "websocket":
            # The page has none, and browsers hold them to no origin.
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            scope[ROUTE] = self._route
            refusal = self._refuse(Request(scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refuse(self, request: Request) -> Response | None:
        user = self._sessions.user(request.session)
        if user is None:
            address = f"{self._settings.root_path}/login"
            if request.method not in SAFE or "text/html" not in request.headers.get("Accept", ""):
                return Problem(401, f"nobody is signed in, or no longer; sign in at {address}").response()
            target = quote(request.scope["path"], safe="/!$&'()*+,;=:@~")
            query = request.scope["query_string"].decode("latin-1")
            parameters = urlencode({"next": f"{target}?{query}" if query else target})
            return RedirectResponse(f"{address}?{parameters}", 303, {"Cache-Control": "no-store"})
        if request.method not in SAFE and foreign(request.headers, self._settings.public_url):
            return Problem(403, "a page of another origin sent this; it was not done").response()
        request.scope[USER] = user
        return None
