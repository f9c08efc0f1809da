"""The page for everyone: by keyboard, on a phone, in the dark, in French, for who cannot see it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.gateway.browser.site import Site, visit
from tests.gateway.browser.test_applicant import decide

pytestmark = pytest.mark.asyncio(loop_scope="session")
BARRED = {"serious", "critical"}
AT_REST = """() => new Promise((resolve) => {
  let waiting;
  const watched = new MutationObserver(() => { clearTimeout(waiting); wait(); });
  const wait = () => { waiting = setTimeout(() => { watched.disconnect(); resolve(); }, 500); };
  watched.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
  wait();
})"""
"""Half a second without a change: what Gradio waits for is faded until then."""


async def barriers(page: Page) -> list[str]:
    """What axe finds that keeps people out."""
    found: Any = await Axe().run(page)
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found.response["violations"]
        if one["impact"] in BARRED
        for node in one["nodes"]
    ]


async def tabs(page: Page) -> AsyncIterator[str]:
    """Opens each tab, and waits for what it shows."""
    for tab in await page.get_by_role("tab").all():
        await tab.click()
        shown = page.get_by_role("tabpanel").filter(visible=True)
        await shown.locator(".cr-card, .cr-table, .cr-empty").first.wait_for()
        await page.evaluate(AT_REST)
        yield await tab.inner_text()


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("fr", "dark")])
async def test_no_tab_has_a_serious_barrier(browser: Browser, site: Site, scheme: str, language: str) -> None:
    async with visit(browser, site, language=language, color_scheme=scheme) as seen:
        page = seen.page
        await page.locator("#cr-score").click()
        await page.locator(".cr-waterfall").wait_for()
        async for tab in tabs(page):
            assert await barriers(page) == [], tab


async def test_a_barrier_would_be_found(browser: Browser, site: Site) -> None:
    async with visit(browser, site) as seen:
        await seen.page.evaluate("document.body.insertAdjacentHTML('beforeend', '<button></button>')")
        assert [one for one in await barriers(seen.page) if one.startswith("button-name")]


@pytest.mark.parametrize("width", [360, 768])
async def test_nothing_is_wider_than_the_screen(browser: Browser, site: Site, width: int) -> None:
    async with visit(browser, site, viewport={"width": width, "height": 800}) as seen:
        await decide(seen.page)
        async for tab in tabs(seen.page):
            assert await seen.page.evaluate("document.documentElement.scrollWidth") <= width, tab


async def test_a_decision_needs_no_mouse(browser: Browser, site: Site) -> None:
    async with visit(browser, site) as seen:
        await seen.page.get_by_label("Applicant's id *").focus()
        for _ in range(200):
            await seen.page.keyboard.press("Tab")
            if await seen.page.evaluate("document.activeElement.id") == "cr-score":
                break
        await seen.page.keyboard.press("Enter")
        await expect(seen.page.locator(".cr-verdict")).to_be_visible()


async def test_the_french_page_is_french(browser: Browser, site: Site) -> None:
    async with visit(browser, site, language="fr") as seen:
        assert await seen.page.evaluate("document.documentElement.lang") == "fr"
        await seen.page.locator("#cr-score").click()
        await expect(seen.page.locator(".cr-waterfall")).to_contain_text("Demandeur moyen")
        await expect(seen.page.locator(".cr-figures dd").first).to_contain_text(" %")
        await seen.page.get_by_role("link", name="English").click()
        await expect(seen.page.get_by_role("button", name="Score and record")).to_be_visible()
