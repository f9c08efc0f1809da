"""The tab Batch."""

import csv
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from creditrisk.api.scoring.v1.scoring_pb2 import ListDecisionsRequest
from creditrisk.client import Client
from tests.gateway.browser.site import Site, visit
from trainer.generator import generate

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROWS = 60
BY_ANALYST = ListDecisionsRequest(client_id="gateway/analyst", page_size=1_000)


@pytest.fixture
def lines() -> list[list[str]]:
    """A file of applications, its header first."""
    return list(csv.reader(generate(ROWS, 23).train.drop("TARGET").write_csv().splitlines()))


def write(lines: list[list[str]], file: Path) -> Path:
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(lines)
    return file


async def give(page: Page, file: Path) -> None:
    await page.get_by_role("tab", name="Batch").click()
    await page.locator("#batch input[type=file]").set_input_files(file)


async def test_a_bad_cell_is_named_and_the_other_rows_are_scored(
    browser: Browser, site: Site, bank: Client, lines: list[list[str]], tmp_path: Path
) -> None:
    lines[5][lines[0].index("AMT_CREDIT")] = "plenty"
    lines[9][lines[0].index("AMT_INCOME_TOTAL")] = "-1"
    before = sum(1 for _ in bank.decisions(BY_ANALYST))
    async with visit(browser, site) as seen:
        await give(seen.page, write(lines, tmp_path / "applications.csv"))
        problems = seen.page.get_by_role("region", name="Problems", exact=True)
        for row, column, value in ((6, "AMT_CREDIT", "plenty"), (10, "AMT_INCOME_TOTAL", "-1")):
            told = problems.locator("tr", has=seen.page.get_by_role("cell", name=str(row), exact=True))
            await expect(told).to_contain_text(column)
            await expect(told).to_contain_text(value)
        assert sum(1 for _ in bank.decisions(BY_ANALYST)) == before
        await seen.page.locator("#cr-batch-score").click()
        results = seen.page.get_by_role("button", name="Download all results (CSV)")
        await results.wait_for(timeout=60_000)
        async with seen.page.expect_download() as download:
            await results.click()
        saved = tmp_path / "results.csv"
        await (await download.value).save_as(saved)
    told = list(csv.DictReader(saved.read_text(encoding="utf-8-sig").splitlines()))
    assert len(told) == ROWS
    decided = {one["prediction_id"] for one in told if one["prediction_id"]}
    assert len(decided) == ROWS - 2
    assert decided <= {one.prediction_id for one in bank.decisions(BY_ANALYST)}
    assert all(one["raising_1"] or one["lowering_1"] for one in told if one["prediction_id"])
    assert sum(1 for _ in bank.decisions(BY_ANALYST)) == before + ROWS - 2


async def test_a_file_of_something_else_is_refused(browser: Browser, site: Site, tmp_path: Path) -> None:
    async with visit(browser, site) as seen:
        await give(seen.page, write([["name", "colour"], ["one", "red"]], tmp_path / "colours.csv"))
        await expect(seen.page.locator("#batch").get_by_role("alert")).to_contain_text("AMT_CREDIT")
        await expect(seen.page.locator("#cr-batch-score")).to_be_disabled()


async def test_a_viewer_may_look_but_not_score(
    browser: Browser, site: Site, lines: list[list[str]], tmp_path: Path
) -> None:
    async with visit(browser, site, "viewer") as seen:
        await give(seen.page, write(lines, tmp_path / "applications.csv"))
        await expect(seen.page.locator("#batch").get_by_role("alert")).to_contain_text("Your role does not allow this")
        await expect(seen.page.locator("#cr-batch-score")).to_be_disabled()
