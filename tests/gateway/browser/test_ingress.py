"""The page behind a TLS ingress, under a path prefix."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.gateway.browser.ingress import ingress, listening
from tests.gateway.browser.site import Site, serving, visit
from tests.gateway.browser.test_applicant import decide
from tests.gateway.process import LOOPBACK
from trainer.local import Service

pytestmark = pytest.mark.asyncio(loop_scope="session")
PREFIX = "/credit"


@pytest.mark.parametrize("strip", [True, False], ids=["stripped", "kept"])
async def test_people_sign_in_score_and_sign_out(
    browser: Browser, services: dict[str, Service], tmp_path: Path, *, strip: bool
) -> None:
    targets = {name: service.target for name, service in services.items()}
    on = listening()
    base = f"https://{LOOPBACK}:{on.getsockname()[1]}{PREFIX}"
    given = {"ROOT_PATH": PREFIX, "PUBLIC_URL": base, "SECURE_COOKIES": "true"}
    with serving(tmp_path, targets, **given) as direct:
        site = Site(direct.gateway, base)
        async with (
            ingress(on, f"{LOOPBACK}:{direct.gateway.port}", PREFIX, tmp_path, strip=strip),
            visit(browser, site, ignore_https_errors=True) as seen,
        ):
            await decide(seen.page)
            await seen.page.get_by_role("link", name="Français").click()
            await seen.page.wait_for_url(f"{base}/fr/")
            await seen.page.get_by_role("tab").first.wait_for()
            await seen.page.get_by_role("button", name="Se déconnecter").click()
            await expect(seen.page.locator("input[name=password]")).to_be_visible()
            assert seen.page.url == f"{base}/logout"
            cookies = await seen.page.context.cookies()
            assert all(one["secure"] and one["path"] == PREFIX for one in cookies)
