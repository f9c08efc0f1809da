"""The tab History."""

import pytest
from playwright.async_api import Browser, expect

from creditrisk.client import Client
from tests.gateway.browser.site import Site, visit
from tests.gateway.browser.test_applicant import decide

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_this_sessions_decisions_are_listed_and_opened_as_scored(
    browser: Browser, site: Site, bank: Client
) -> None:
    async with visit(browser, site) as seen:
        made = await decide(seen.page)
        await seen.page.get_by_role("tab", name="History").click()
        await seen.page.get_by_label("this session's").check()
        await seen.page.get_by_role("button", name="Show the newest").click()
        rows = seen.page.locator("#history .cr-table").first.locator("tbody tr")
        await expect(rows).to_have_count(1)
        await rows.get_by_role("button", name="Open").click()
        await expect(seen.page.locator("#cr-opened .cr-record")).to_contain_text(made)
        await seen.page.get_by_text("What was scored: all").click()
        scored = seen.page.locator("#cr-opened .cr-tall tbody tr")
        await expect(scored).to_have_count(len(bank.explain(made).attributions))


async def test_filters_hold(browser: Browser, site: Site) -> None:
    async with visit(browser, site, "viewer") as seen:
        await seen.page.get_by_role("tab", name="History").click()
        await seen.page.get_by_label("all of mine").check()
        await seen.page.get_by_role("button", name="Show the newest").click()
        await expect(seen.page.get_by_text("No decision of this kind is recorded.")).to_be_visible()
        await seen.page.get_by_label("Decided from").fill("yesterday")
        await seen.page.get_by_role("button", name="Show the newest").click()
        await expect(seen.page.get_by_role("alert")).to_contain_text("is no date")
