"""The pages for signing in and out: whole without scripts, and nothing in them is of another host."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final
from urllib.parse import urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.login.addresses import within
from gateway.login.users import User
from gateway.texts import LANGUAGES, Language, preferred

STYLE: Final = files(__package__).joinpath("templates/style.css").read_text(encoding="utf-8")
HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{HASH}'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    # With no referrer at all, browsers would not tell the origin of the form either.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Vary": "Accept-Language",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """In what language a page was asked for, and where to go on to: an address of the application, or nothing."""

    language: Language
    next: str

    @classmethod
    def by(cls, request: Request, query: Mapping[str, str], root_path: str) -> "Asked":
        """As ``query`` says; without a language there, that of the page to go on to, or the browser's."""
        target = within(root_path, query.get("next", ""))
        first = target.removeprefix(root_path).split("/")[1:2]
        for code in (query.get("language", ""), *first):
            if code in LANGUAGES:
                return cls(LANGUAGES[code], target)
        return cls(LANGUAGES[preferred(request.headers.get("Accept-Language", ""))], target)

    @property
    def query(self) -> dict[str, str]:
        """The query that asks for the same."""
        return {"language": self.language.code} | ({"next": self.next} if self.next else {})


class Pages:
    """Writes the pages."""

    def __init__(self, root_path: str, *, by_password: bool, by_provider: bool) -> None:
        """``root_path``: what addresses begin with; the others: which ways to sign in there are."""
        self._root_path = root_path
        self._by_password = by_password
        self._by_provider = by_provider
        environment = Environment(
            loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._sign_in = environment.get_template("sign_in.html")
        self._sign_out = environment.get_template("sign_out.html")

    def home(self, language: Language) -> str:
        """Where the page is, for who did not ask for any."""
        return f"{self._root_path}/{language.code}/"

    def address(self, path: str, asked: Asked) -> str:
        """The address of a path of this package's, that keeps what was asked."""
        return f"{self._root_path}{path}?{urlencode(asked.query)}"

    def sign_in(
        self,
        asked: Asked,
        status: int = 200,
        *,
        error: str = "",
        wrong: bool = False,
        notice: str = "",
        name: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The page to sign in; ``error`` says why nobody was let in, ``wrong`` that what was typed is why."""
        say = asked.language.say
        text = {
            "languages": say("Languages"),
            "provider": say("Sign in with your organisation's account"),
            "or": say("or"),
            "name": say("Name"),
            "password": say("Password"),
            "sign_in": say("Sign in"),
        }
        values = {
            "error": error,
            "notice": notice,
            "name": name,
            "wrong": wrong,
            "provider": self.address("/login/oidc", asked) if self._by_provider else "",
            "form": self.address("/login", asked) if self._by_password else "",
        }
        content = self._sign_in.render(title=say("Sign in"), text=text, **values, **self._around("/login", asked))
        return HTMLResponse(content, status, HEADERS | dict(headers or {}))

    def sign_out(self, asked: Asked, user: User) -> Response:
        """The page that asks whether to sign out."""
        say = asked.language.say
        text = {
            "languages": say("Languages"),
            "who": say("Signed in as {name}.", name=user.name),
            "sign_out": say("Sign out"),
            "back": say("Back"),
        }
        content = self._sign_out.render(
            title=say("Sign out"),
            text=text,
            form=self.address("/logout", asked),
            back=asked.next or self.home(asked.language),
            **self._around("/logout", asked),
        )
        return HTMLResponse(content, headers=HEADERS)

    def _around(self, path: str, asked: Asked) -> dict[str, Any]:
        """What every page has."""
        return {
            "language": asked.language,
            "languages": LANGUAGES.values(),
            "here": lambda language: self.address(path, Asked(language, asked.next)),
            "style": Markup(STYLE),  # noqa: S704 - our own file
        }
