"""The tab Monitoring."""

from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from tests.gateway.browser.site import Site, serving, visit
from tests.gateway.drifted import ROWS
from trainer.local import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def watched(services: dict[str, Service], drifted: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The page in front of a drift service that has judged windows."""
    targets = {name: service.target for name, service in services.items()} | {"drift": drifted.target}
    with serving(tmp_path_factory.mktemp("watched"), targets) as site:
        yield site


async def test_a_drifted_feature_is_seen_and_opened(browser: Browser, watched: Site) -> None:
    async with visit(browser, watched, "viewer") as seen:
        await seen.page.get_by_role("tab", name="Monitoring").click()
        drift = seen.page.locator(".cr-heat")
        await expect(drift.locator(".cr-alarm").first).to_be_visible()
        await expect(seen.page.locator(".cr-table", has_text="Window").first).to_contain_text(f"{ROWS}")
        alarmed = drift.locator("tbody tr", has=seen.page.locator(".cr-alarm"), has_text="income").first
        feature = alarmed.locator(".cr-name")
        named = await feature.inner_text()
        await feature.click()
        opened = seen.page.locator("#cr-quantity")
        await expect(opened).to_contain_text(named)
        await expect(opened.locator(".cr-pairs")).to_be_visible()


async def test_an_alert_opens_what_it_is_of(browser: Browser, watched: Site) -> None:
    async with visit(browser, watched, "viewer") as seen:
        await seen.page.get_by_role("tab", name="Monitoring").click()
        alert = seen.page.locator(".cr-alerts tbody tr").first
        named = (await alert.get_by_role("rowheader").inner_text()).splitlines()[0]
        await alert.get_by_role("button", name="Open").click()
        await expect(seen.page.locator("#cr-quantity")).to_contain_text(named)
