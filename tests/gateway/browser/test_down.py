"""The page while services are down."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.gateway.browser.site import serving, visit
from trainer.local import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOWHERE = "127.0.0.1:1"


@pytest.mark.parametrize("away", ["feature", "scoring", "explain", "drift"])
async def test_it_says_which_service_is_down_and_serves_the_rest(
    browser: Browser, services: dict[str, Service], tmp_path: Path, away: str
) -> None:
    targets = {name: service.target for name, service in services.items()} | {away: NOWHERE}
    with serving(tmp_path, targets, MAX_DEADLINE="2") as site:
        async with visit(browser, site) as seen:
            await expect(seen.page.locator(".cr-down")).to_have_text(f"{away} does not answer")
            await seen.page.locator("#cr-score").click()
            alert = seen.page.get_by_role("alert")
            if away == "feature":
                # Scoring has a way of its own to it.
                await expect(seen.page.locator(".cr-waterfall")).to_be_visible()
            else:
                await expect(alert.first).to_contain_text(f"The {away} service does not answer")
            if away in {"explain", "drift"}:
                await expect(seen.page.locator(".cr-verdict")).to_be_visible()
