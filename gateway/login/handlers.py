"""What the addresses for signing in and out do."""

import logging
from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.login.addresses import foreign
from gateway.login.by_password import ByPassword
from gateway.login.form import read_form
from gateway.login.oidc import Provider
from gateway.login.pages import Asked, Pages
from gateway.login.refusals import NotLetIn, Why
from gateway.login.sessions import BY, PROVIDER, Sessions
from gateway.login.users import Entry, User
from gateway.settings import GatewaySettings

log = logging.getLogger("login")

ASKED: Final = "asked"
"""Where in the session is what was asked, while a person is at the provider."""


class Handlers:
    """Serves the addresses; requests must have sessions."""

    def __init__(
        self, settings: GatewaySettings, sessions: Sessions, by_password: ByPassword | None, provider: Provider | None
    ) -> None:
        """``by_password``, ``provider``: the ways to sign in that there are."""
        self._settings = settings
        self._sessions = sessions
        self._by_password = by_password
        self._provider = provider
        ways = {"by_password": by_password is not None, "by_provider": provider is not None}
        self._pages = Pages(settings.root_path, **ways)

    async def login(self, request: Request) -> Response:
        """The page to sign in, and what its form sends."""
        asked = self._asked(request, request.query_params)
        if request.method == "POST":
            return await self._read_and_let_in(request, asked)
        if self._sessions.user(request.session) is not None:
            return self._on(asked)
        return self._pages.sign_in(asked)

    async def logout(self, request: Request) -> Response:
        """Ask whether to sign out, and do it where the page's form asks for it: a link alone must not."""
        asked = self._asked(request, request.query_params)
        say = asked.language.say
        user = self._sessions.user(request.session)
        if request.method != "POST":
            return self._pages.sign_out(asked, user) if user is not None else self._pages.sign_in(asked)
        if foreign(request.headers, self._settings.public_url):
            return self._refuse(asked, _foreign())
        notice = say("You are signed out.")
        if request.session.get(BY) == PROVIDER:
            notice = say("You are signed out here; your organisation's account stays signed in.")
        request.session.clear()
        if user is not None:
            log.info("signed out", extra={"user": user.name})
        return self._pages.sign_in(asked, notice=notice)

    async def begin_oidc(self, request: Request) -> Response:
        """Send the browser to the provider."""
        asked = self._asked(request, request.query_params)
        try:
            sent = await self._known_provider().begin(request)
        except NotLetIn as error:
            return self._refuse(asked, error)
        request.session[ASKED] = asked.query
        return sent

    async def complete_oidc(self, request: Request) -> Response:
        """Let in who comes back from the provider."""
        asked = self._asked(request, request.session.pop(ASKED, {}))
        try:
            user = await self._known_provider().complete(request)
        except NotLetIn as error:
            return self._refuse(asked, error)
        return self._let_in(request, asked, user, None)

    async def _read_and_let_in(self, request: Request, asked: Asked) -> Response:
        if self._by_password is None:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if foreign(request.headers, self._settings.public_url):
            return self._refuse(asked, _foreign())
        form = await read_form(request)
        try:
            entry = await self._by_password.let_in(form)
        except NotLetIn as error:
            return self._refuse(asked, error, form.get("name", ""))
        return self._let_in(request, asked, entry.user, entry)

    def _let_in(self, request: Request, asked: Asked, user: User, entry: Entry | None) -> Response:
        self._sessions.begin(request.session, user, entry)
        log.info("signed in", extra={"user": user.name, "role": user.role, "by": request.session[BY]})
        return self._on(asked)

    def _refuse(self, asked: Asked, error: NotLetIn, name: str = "") -> Response:
        log.log(logging.WARNING if error.status >= 500 else logging.INFO, "not signed in: %s", error.told)
        headers = {"Retry-After": str(error.wait)} if error.wait else {}
        words = error.words(asked.language)
        return self._pages.sign_in(asked, error.status, error=words, wrong=error.wrong, name=name, headers=headers)

    def _on(self, asked: Asked) -> Response:
        return RedirectResponse(asked.next or self._pages.home(asked.language), 303, {"Cache-Control": "no-store"})

    def _asked(self, request: Request, query: Mapping[str, str]) -> Asked:
        return Asked.by(request, query, self._settings.root_path)

    def _known_provider(self) -> Provider:
        if self._provider is None:
            raise HTTPException(404)
        return self._provider


def _foreign() -> NotLetIn:
    told = "a page of another origin sent the form; behind an ingress that changes Host, set PUBLIC_URL"
    return NotLetIn(Why.FOREIGN, told)
