"""The tab Model."""

import json

import pytest
from playwright.async_api import Browser, expect

from creditrisk.client import Client
from creditrisk.model.bundle import CERTIFICATE, Bundle
from tests.gateway.browser.site import Site, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_model_and_its_certificate_are_told(
    browser: Browser, site: Site, bank: Client, bundle: Bundle
) -> None:
    async with visit(browser, site, "viewer") as seen:
        await seen.page.get_by_role("tab", name="Model").click()
        model = seen.page.locator("#model")
        await expect(model.get_by_text(bank.model().model_version).first).to_be_visible()
        certified = model.get_by_role("region", name="Certificate of the export")
        rows = sum(check["rows"] for check in json.loads(bundle.read(CERTIFICATE))["checks"])
        await expect(certified).to_contain_text(f"{rows:,}")


async def test_features_are_found_by_a_word(browser: Browser, site: Site) -> None:
    async with visit(browser, site, "viewer") as seen:
        await seen.page.get_by_role("tab", name="Model").click()
        await seen.page.get_by_label("With the words").press_sequentially("EXT_SOURCE_2")
        names = seen.page.locator("#model .cr-features tbody tr")
        await expect(names.first).to_contain_text("EXT_SOURCE_2")
