"""Signing in and out."""

import pytest
from playwright.async_api import Browser, expect

from tests.gateway.browser.site import PASSWORDS, Site, sign_in, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_wrong_password_is_refused_and_the_right_one_leads_to_the_page(browser: Browser, site: Site) -> None:
    async with visit(browser, site, None) as seen:
        await seen.page.goto(site.url("/en/"))
        assert "/login?" in seen.page.url
        await sign_in(seen.page, "viewer", "not-the-password")
        await expect(seen.page.get_by_role("alert")).to_be_visible()
        await expect(seen.page.get_by_role("tab")).to_have_count(0)
        seen.errors.clear()  # the browser tells of the 401
        await sign_in(seen.page, "viewer", PASSWORDS["viewer"])
        await expect(seen.page.get_by_text("viewer (viewer)")).to_be_visible()
        assert seen.page.url == site.url("/en/")


async def test_who_signs_out_sees_the_page_no_more(browser: Browser, site: Site) -> None:
    async with visit(browser, site, None) as seen:
        await seen.page.goto(site.url("/login"))
        await sign_in(seen.page, "analyst", PASSWORDS["analyst"])
        await seen.page.get_by_role("button", name="Sign out").click()
        await expect(seen.page.locator("input[name=password]")).to_be_visible()
        await seen.page.goto(site.url("/en/"))
        assert "/login?" in seen.page.url


async def test_a_browser_is_led_to_its_language(browser: Browser, site: Site) -> None:
    async with visit(browser, site, None, locale="fr-FR") as seen:
        await seen.page.goto(site.url("/"))
        await sign_in(seen.page, "viewer", PASSWORDS["viewer"])
        await seen.page.get_by_role("tab").first.wait_for()
        assert seen.page.url == site.url("/fr/")
