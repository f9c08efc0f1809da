"""The tab Applicant."""

import pytest
from playwright.async_api import Browser, Page, expect

from creditrisk.api.scoring.v1.scoring_pb2 import ListDecisionsRequest
from creditrisk.client import Client
from tests.gateway.browser.site import Site, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")
BY_ANALYST = ListDecisionsRequest(client_id="gateway/analyst", page_size=1_000)
BY_VIEWER = ListDecisionsRequest(client_id="gateway/viewer")


async def decide(page: Page) -> str:
    """Score what the form shows; the recorded decision's id."""
    await page.get_by_role("button", name="Score and record").click()
    await page.locator(".cr-waterfall").wait_for()
    await page.locator("summary", has_text="Record").click()
    return str(await page.locator(".cr-record div", has_text="Decision").locator("dd").first.inner_text())


async def test_an_example_is_scored_recorded_and_explained(browser: Browser, site: Site, bank: Client) -> None:
    async with visit(browser, site) as seen:
        recorded = bank.decision(await decide(seen.page))
        assessment = recorded.assessment
        assert recorded.client_id == "gateway/analyst"
        assert recorded.applicant_id == 100001
        verdict = {1: "Approve", 2: "Refer to a person", 3: "Decline"}[assessment.decision]
        await expect(seen.page.locator(".cr-verdict")).to_contain_text(verdict)
        figures = await seen.page.locator(".cr-figures dd").all_inner_texts()
        assert figures[:2] == [f"{assessment.probability_of_default:.1%}", f"{assessment.points}"]
        explained = bank.explain(recorded.prediction_id)
        strongest = max(explained.attributions, key=lambda one: abs(one.contribution))
        first = seen.page.locator(".cr-waterfall tbody tr").nth(1)
        await expect(first).to_contain_text(f"{abs(strongest.contribution):.2f}")
        for tone, reasons in (("raising", explained.raising), ("lowering", explained.lowering)):
            told = await seen.page.locator(f".cr-{tone}-text").all_inner_texts()
            assert [one.rpartition(" ")[0].lower() for one in told] == [one.text.lower() for one in reasons]
        await expect(seen.page.locator(".cr-histogram .cr-here").first).to_be_attached()


async def test_a_field_out_of_range_is_named_and_nothing_recorded(browser: Browser, site: Site, bank: Client) -> None:
    async with visit(browser, site) as seen:
        before = [one.prediction_id for one in bank.decisions(BY_ANALYST)]
        await seen.page.get_by_label("Amount of the loan *").fill("-5")
        await seen.page.get_by_role("button", name="Score and record").click()
        alert = seen.page.get_by_role("alert")
        await expect(alert).to_contain_text("Amount of the loan")
        await expect(alert).to_contain_text("outside 0 to 1e+12")
        assert [one.prediction_id for one in bank.decisions(BY_ANALYST)] == before


async def test_what_is_no_date_is_named(browser: Browser, site: Site) -> None:
    async with visit(browser, site) as seen:
        await seen.page.get_by_label("Date of birth").fill("30/04/1985")
        await seen.page.get_by_role("button", name="Score and record").click()
        await expect(seen.page.get_by_role("alert")).to_contain_text("such as 1985-04-30")


async def test_an_applicants_newest_decision_is_found_by_id(browser: Browser, site: Site) -> None:
    async with visit(browser, site) as seen:
        made = await decide(seen.page)
        found = seen.page.get_by_label("Or find an applicant's decisions by id")
        await found.fill("100001")
        await found.press("Enter")
        await expect(seen.page.get_by_text("recorded before")).to_be_visible()
        await seen.page.locator("summary", has_text="Record").click()
        await expect(seen.page.locator(".cr-record")).to_contain_text(made)
        await found.fill("999999999")
        await found.press("Enter")
        await expect(seen.page.get_by_text("No decision on applicant 999999999 is recorded.")).to_be_visible()


async def test_another_example_fills_the_form(browser: Browser, site: Site) -> None:
    async with visit(browser, site) as seen:
        await seen.page.get_by_label("Start from an example").click()
        await seen.page.get_by_role("option", name="Pensioner, small revolving loan").click()
        await expect(seen.page.get_by_label("Applicant's id *")).to_have_value("100003")
        await expect(seen.page.get_by_label("Has no employment")).to_be_checked()
        await expect(seen.page.get_by_label("Kind of loan")).to_have_value("Revolving loans")


async def test_a_viewer_may_not_decide(browser: Browser, site: Site, bank: Client) -> None:
    async with visit(browser, site, "viewer") as seen:
        await seen.page.get_by_role("button", name="Score and record").click()
        await expect(seen.page.get_by_role("alert")).to_contain_text("Your role does not allow this")
        assert not list(bank.decisions(BY_VIEWER))
