"""The gateway with its page, and browsers before it."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, ConsoleMessage, Page, Playwright

from tests.gateway.process import LOOPBACK, Gateway, gateway_process

PASSWORDS = {"analyst": "planted-analyst-4711", "viewer": "planted-viewer-4711"}
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""A browser that makes no request of its own."""


def executable() -> str | None:
    """The Chromium there is: CHROMIUM, or the one on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Site:
    """A running gateway; ``base``: where browsers find it; ``cookies``: of people who have signed in, by name."""

    gateway: Gateway
    base: str
    cookies: dict[str, Any] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    def url(self, path: str) -> str:
        return f"{self.base}{path}"


@contextmanager
def serving(folder: Path, targets: Mapping[str, str], **settings: str) -> Iterator[Site]:
    """A gateway with a user of each role."""
    users = folder / "users"
    for name, password in PASSWORDS.items():
        command = [sys.executable, "-m", "gateway.login", "add", name, "--role", name, "--users", str(users)]
        subprocess.run([*command, "--password-stdin"], input=password, text=True, check=True, capture_output=True)
    given = {"USERS": str(users), "SECURE_COOKIES": "false"} | settings
    with gateway_process(folder, targets, **given) as gateway:
        yield Site(gateway, f"http://{LOOPBACK}:{gateway.port}{settings.get('ROOT_PATH', '')}")


class Visit:
    """A page of a browser and what went on behind it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hosts: set[str] = set()
        self.errors: list[str] = []
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        # As a page is left, Gradio ends its stream, and may say so as an error.
        page.on("framenavigated", lambda _: self.errors.clear())
        page.on("console", self._said)

    def _said(self, message: ConsoleMessage) -> None:
        # Behind an ingress that icon is not the gateway's to give.
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            self.errors.append(message.text)


@asynccontextmanager
async def visit(
    browser: Browser, site: Site, name: str | None = "analyst", language: str = "en", **context: Any
) -> AsyncIterator[Visit]:
    """The page as ``name`` sees it who has signed in; no other host may be asked, and no script may fail."""
    if name is not None and name not in site.cookies:
        site.cookies[name] = await _signed_in(browser, site, name)
    given = {"viewport": {"width": 1280, "height": 900}} | context
    opened = await browser.new_context(storage_state=site.cookies.get(name) if name else None, **given)
    try:
        seen = Visit(await opened.new_page())
        if name is not None:
            await seen.page.goto(site.url(f"/{language}/"))
            await seen.page.get_by_role("tab").first.wait_for()
        yield seen
        assert {host for host in seen.hosts if host} == {urlsplit(site.origin).netloc}
        assert not seen.errors, seen.errors
    finally:
        await opened.close()


async def sign_in(page: Page, name: str, password: str) -> None:
    """Fill the login's form and send it."""
    await page.locator("input[name=name]").fill(name)
    await page.locator("input[name=password]").fill(password)
    await page.locator("button[type=submit]").first.click()


async def _signed_in(browser: Browser, site: Site, name: str) -> Any:
    context = await browser.new_context(ignore_https_errors=True)
    page = await context.new_page()
    await page.goto(site.url("/login"))
    await sign_in(page, name, PASSWORDS[name])
    await page.get_by_role("tab").first.wait_for()
    state = await context.storage_state()
    await context.close()
    return state


async def launch(playwright: Playwright) -> Browser:
    return await playwright.chromium.launch(executable_path=executable(), args=QUIET)
