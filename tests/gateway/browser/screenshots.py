"""Pictures of a running system's page, for the documentation and to be looked at.

python -m tests.gateway.browser.screenshots http://127.0.0.1:50055 analyst docs/screenshots < file-with-the-password
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.gateway.browser.site import launch, sign_in
from tests.gateway.browser.test_everyone import AT_REST
from trainer.generator import generate

Prepare = Callable[[Page], Awaitable[None]]
ROWS = 400
SIZE = {"width": 1280, "height": 1000}


async def applicant(page: Page) -> None:
    await page.locator("#cr-score").click()
    await page.locator(".cr-histogram").first.wait_for()


async def what_if(page: Page) -> None:
    await page.locator("#what-if").get_by_role("img").last.wait_for()


async def batch(page: Page) -> None:
    frame = generate(ROWS, 5).train.drop("TARGET")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "applications.csv"
        lines = frame.write_csv().splitlines()
        amount = frame.columns.index("AMT_CREDIT")
        for row in (7, 31):
            cells = lines[row].split(",")
            cells[amount] = "plenty"
            lines[row] = ",".join(cells)
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        await page.locator("#batch input[type=file]").set_input_files(file)
        await page.get_by_role("region", name="Problems", exact=True).wait_for()
    await page.locator("#cr-batch-score").click()
    await page.get_by_role("button", name="Download all results (CSV)").wait_for()
    await page.locator("#cr-batch-score").evaluate("button => button.scrollIntoView()")


async def history(page: Page) -> None:
    await page.locator("#history .cr-open").first.click()
    await page.locator("#cr-opened .cr-waterfall").wait_for()


async def monitoring(page: Page) -> None:
    await page.locator("#monitoring .cr-heat").scroll_into_view_if_needed()


async def model(page: Page) -> None:
    await page.locator("#model .cr-card").first.wait_for()


TABS: dict[str, tuple[int, Prepare]] = {
    "applicant": (0, applicant),
    "what-if": (1, what_if),
    "batch": (2, batch),
    "history": (3, history),
    "monitoring": (4, monitoring),
    "model": (5, model),
}
"""By name: the tab's place, and what is done there."""


async def take(origin: str, name: str, password: str, folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        for language, tabs in (("en", TABS), ("fr", {"french": TABS["applicant"]})):
            page = await browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
            await page.goto(f"{origin}/{language}/")
            await sign_in(page, name, password)
            await page.get_by_role("tab").first.wait_for()
            for picture, (place, prepare) in tabs.items():
                await page.get_by_role("tab").nth(place).click()
                await prepare(page)
                await page.evaluate(AT_REST)
                await page.screenshot(path=folder / f"{picture}.png")
                print(folder / f"{picture}.png")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take(sys.argv[1], sys.argv[2], sys.stdin.readline().strip(), Path(sys.argv[3])))
