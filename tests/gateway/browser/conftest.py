"""One Chromium and one gateway for all browser tests."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.gateway.browser.site import Site, executable, launch, serving
from trainer.local import Service


@pytest.fixture(scope="session")
def _chromium() -> None:
    """Skip where there is no browser; fail there if ``CI`` is set."""
    if executable() is None:
        reason = "needs Chromium: apt-get install chromium, or set CHROMIUM to one"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(_chromium: None) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        started = await launch(playwright)
        yield started
        await started.close()


@pytest.fixture(scope="session")
def site(services: dict[str, Service], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The gateway with its page in front of all services."""
    targets = {name: service.target for name, service in services.items()}
    with serving(tmp_path_factory.mktemp("site"), targets) as started:
        yield started
