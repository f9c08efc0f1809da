"""The tab What-if."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from creditrisk.client import Client
from tests.gateway.browser.site import Site, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def pd(page: Page) -> str:
    return str(await page.locator("#what-if .cr-figures dd").first.inner_text())


async def test_a_lever_rescores_as_it_moves_and_records_nothing(browser: Browser, site: Site, bank: Client) -> None:
    before = sum(1 for _ in bank.decisions())
    async with visit(browser, site, "viewer") as seen:
        await seen.page.get_by_role("tab", name="What-if").click()
        await expect(seen.page.get_by_text("simulated, not recorded")).to_be_visible()
        first = await pd(seen.page)
        lever = seen.page.get_by_role("slider", name=re.compile("External score 2"))
        await lever.focus()
        for _ in range(60):
            await lever.press("ArrowRight")
        await expect(seen.page.locator("#what-if .cr-figures dd").first).not_to_have_text(first)
        await expect(seen.page.locator("#what-if .cr-figures dd").nth(2)).to_have_text(first)
        await seen.page.get_by_role("button", name="Back to the application").click()
        await expect(seen.page.locator("#what-if .cr-figures dd").first).to_have_text(first)
    assert sum(1 for _ in bank.decisions()) == before


async def test_the_curve_is_along_the_field_chosen(browser: Browser, site: Site) -> None:
    async with visit(browser, site) as seen:
        await seen.page.get_by_role("tab", name="What-if").click()
        await seen.page.get_by_label("Curve of the PD along").click()
        await seen.page.get_by_role("option", name="Age, years").click()
        await expect(seen.page.get_by_role("img", name="PD along: Age, years")).to_be_visible()
        await seen.page.locator("#what-if summary", has_text="Numbers").click()
        rows = seen.page.locator("#what-if .cr-chart tbody tr")
        await expect(rows.first).to_contain_text("19")
        await expect(rows.last).to_contain_text("80")
