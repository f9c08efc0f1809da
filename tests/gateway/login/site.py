"""A gateway in this process whose page is a tiny one, with a clock to set; and the file of its users."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
from argon2 import PasswordHasher
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from gateway.login.guard import signed_in
from gateway.login.login import Login
from gateway.rest.access import Access
from gateway.settings import GatewaySettings

PASSWORD = "planted-password-4711"  # noqa: S105 - the tests' own
HTML = {"Accept": "text/html,*/*;q=0.8"}
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


class UsersFile:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.hashes: dict[str, str] = {}

    def write(self, **roles: str) -> None:
        """Users by name with their roles, all with one password."""
        for name in roles:
            self.hashes.setdefault(name, QUICK.hash(PASSWORD))
        lines = [f"{name}:{role}:{self.hashes[name]}\n" for name, role in roles.items()]
        self.path.write_text("# people\n\n" + "".join(lines), encoding="utf-8")


class Site:
    """The gateway's middleware and login, and a page at /en and /fr that tells who asks."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.clock = Clock()
        read = GatewaySettings(**settings)
        self.app = FastAPI(openapi_url=None)
        self.app.router.redirect_slashes = False
        self.app.add_middleware(Access, root_path=read.root_path)
        self.login = Login(read, self.clock)
        self.login.mount(self.app)
        for language in ("en", "fr"):
            self.app.mount(f"/{language}", self.login.guard(self.page, f"/{language}"))

    async def page(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        user = signed_in(request)
        assert await self.login.user(request) == user
        assert await self.login.name(request) == user.name
        await JSONResponse({"name": user.name, "role": user.role})(scope, receive, send)

    def browser(self, base: str = "http://bank.example") -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(self.app), base_url=base)


async def sign_in(browser: httpx2.AsyncClient, name: str, password: str = PASSWORD, **query: str) -> httpx2.Response:
    return await browser.post("/login", params=query, data={"name": name, "password": password})


async def whoami(browser: httpx2.AsyncClient, path: str = "/en/") -> tuple[str, str] | None:
    """Name and role that the page sees, or None where nobody is signed in."""
    answer = await browser.get(path)
    if answer.status_code == 401:
        assert answer.headers["content-type"] == "application/problem+json"
        return None
    found = json.loads(answer.text)
    return found["name"], found["role"]
