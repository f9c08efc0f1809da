"""The page's times: until it serves, from a click to the answer, a file of 10,000, and twenty people at once.

*From a click* is measured in Chromium, by its own clock: from the click to the change of the page. *Its calls* are the
gRPC calls that the click makes, made in the same order by a client without a page, a round after each click. The
twenty are pages of one Chromium on the same machine, whose cost is then in the figures, and after that the same
requests without browsers.

    python -m benchmarks.page --home var --rounds 50
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseDict
from grpc import aio
from playwright.async_api import Browser, Page, async_playwright, expect

from benchmarks.page_session import Session
from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.api.drift.v1.drift_pb2 import GetReferenceRequest
from creditrisk.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from creditrisk.api.explain.v1.explain_pb2 import ExplainRequest
from creditrisk.api.explain.v1.explain_pb2_grpc import ExplainServiceStub
from creditrisk.api.scoring.v1.scoring_pb2 import GetModelRequest, ListDecisionsRequest, ScoreRequest
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.client import Client
from gateway.examples import EXAMPLES
from gateway.page.views.explanation import strongest
from gateway.page.views.population import SHOWN
from tests.gateway.browser.site import Site, launch, serving, visit
from trainer.generator import generate
from trainer.local import running
from trainer.paths import Home

STARTS = 5
PEOPLE = 20
EACH = 5
ROWS = 10_000
CLICK = """(selectors) => new Promise((resolve) => {
  const begun = performance.now(), found = {};
  const look = () => {
    for (const [name, selector] of Object.entries(selectors))
      if (!(name in found) && document.querySelector(selector)) found[name] = performance.now() - begun;
    if (Object.keys(found).length === Object.keys(selectors).length) { observer.disconnect(); resolve(found); }
  };
  const observer = new MutationObserver(look);
  for (const selector of Object.values(selectors)) document.querySelectorAll(selector).forEach((old) => old.remove());
  observer.observe(document.body, {childList: true, subtree: true, attributes: true});
  document.getElementById('cr-score').click();
})"""
SEEN = {"decision": ".cr-verdict", "reasons": ".cr-waterfall"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--rounds", type=int, default=50)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        home.bundles.symlink_to((chosen.home / "bundles").resolve())
        home.policy.write_text((chosen.home / "policy.toml").read_text())
        with running(home, 0) as services:
            targets = {name: service.target for name, service in services.items()}
            starts(targets, home.root)
            with serving(home.root, targets) as site:
                asyncio.run(measure(site, targets, chosen.rounds))


def starts(targets: Mapping[str, str], folder: Path) -> None:
    """Time from the process's start until it answers."""
    with serving(folder, targets):
        pass
    for name, users in (("with the page", str(folder / "users")), ("REST alone", "")):
        times = [_start(targets, users) for _ in range(STARTS)]
        print(f"start, {name}: median {statistics.median(times):.2f} s of {STARTS}")


def _start(targets: Mapping[str, str], users: str) -> float:
    environment = {f"{name.upper()}_TARGET": target for name, target in targets.items()} | {"PORT": "0"}
    if users:
        environment["USERS"] = users
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway"], env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if '"serving"' in line:
            break
    taken = time.perf_counter() - begun
    process.terminate()
    process.wait()
    return taken


async def measure(site: Site, targets: Mapping[str, str], rounds: int) -> None:
    async with async_playwright() as playwright:
        browser = await launch(playwright)
        calls = Calls(targets)
        clicks: dict[str, list[float]] = {name: [] for name in SEEN}
        bare: dict[str, list[float]] = {name: [] for name in SEEN}
        async with visit(browser, site) as seen:
            for number in range(rounds + 1):
                took, called = await _click(seen.page, number), await calls.make()
                if number:  # the first is a warm-up
                    for name in SEEN:
                        clicks[name].append(took[name])
                        bare[name].append(called[name])
            await _file(seen.page, site)
        for name in SEEN:
            told = f"click to {name}: {_told(clicks[name])}; its gRPC calls: {_told(bare[name])}"
            ratios = [one / other for one, other in zip(clicks[name], bare[name], strict=True)]
            print(f"{told}; median ratio {statistics.median(ratios):.0f}")
        pages = [await _open(browser, site) for _ in range(PEOPLE)]
        await _together("in Chromium", targets, [_score(page) for page in pages])
        await browser.close()
        await calls.close()
    sessions = [Session(site) for _ in range(PEOPLE)]
    for session in sessions:
        await session.open()
        await session.click()
    await _together("without browsers", targets, [_click_on(session) for session in sessions])
    for session in sessions:
        await session.close()


async def _file(page: Page, site: Site) -> None:
    """A file of applications checked, then scored and explained, in a page; and the gateway's memory for it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "applications.csv"
        generate(ROWS, 5).train.drop("TARGET").write_csv(file)
        await page.get_by_role("tab", name="Batch").click()
        idle = _memory(site, "VmRSS")
        begun = time.perf_counter()
        await page.locator("#batch input[type=file]").set_input_files(file)
        await expect(page.locator("#cr-batch-score")).to_be_enabled(timeout=600_000)
        checked = time.perf_counter()
        await page.locator("#cr-batch-score").click()
        results = page.get_by_role("button", name="Download all results (CSV)")
        await results.wait_for(timeout=600_000)
        taken = time.perf_counter() - checked
    print(f"{ROWS:,} rows of CSV: checked in {checked - begun:.1f} s, scored and explained in {taken:.1f} s")
    print(f"  the gateway's memory: {idle} MB before, at most {_memory(site, 'VmHWM')} MB")


def _memory(site: Site, name: str) -> int:
    """Megabytes, as Linux counts them."""
    status = Path(f"/proc/{site.gateway.process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name)) // 1024


async def _together(how: str, targets: Mapping[str, str], people: Sequence[Coroutine[Any, Any, list[float]]]) -> None:
    before, begun = _decisions(targets), time.perf_counter()
    every = [one for times in await asyncio.gather(*people) for one in times]
    rate = len(every) / (time.perf_counter() - begun)
    made = _decisions(targets) - before
    print(f"{len(people)} sessions {how}, {EACH} clicks each: {_told(every)} to the decision, {rate:.1f} a second")
    print(f"  decisions recorded: {made} of {len(every)}")


async def _open(browser: Browser, site: Site) -> Page:
    context = await browser.new_context(storage_state=site.cookies["analyst"])
    page: Page = await context.new_page()
    await page.goto(site.url("/en/"))
    await page.locator("#cr-score").wait_for()
    return page


async def _score(page: Page) -> list[float]:
    return [(await _click(page, number))["decision"] for number in range(EACH)]


async def _click_on(session: Session) -> list[float]:
    return [await session.click() for _ in range(EACH)]


async def _click(page: Page, number: int) -> dict[str, float]:
    """Milliseconds from a click to each of ``SEEN``; every application is another, or nothing would change."""
    await page.get_by_label("External score 2").first.fill(f"{0.2 + 0.01 * number:.2f}")
    took: dict[str, float] = await page.evaluate(CLICK, SEEN)
    return took


class Calls:
    """The calls of a click, without a page."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._channels = [aio.insecure_channel(targets[name]) for name in ("scoring", "explain", "drift")]
        scoring, explain, drift = self._channels
        self._scoring, self._explain, self._drift = (
            ScoringServiceStub(scoring),
            ExplainServiceStub(explain),
            DriftServiceStub(drift),
        )
        self._application = ParseDict(EXAMPLES[0].application, LoanApplication())

    async def make(self) -> dict[str, float]:
        """Milliseconds to the decision, and to the reasons."""
        begun = time.perf_counter()
        request = ScoreRequest(request_id=uuid.uuid4().hex, application=self._application)
        answer, _ = await asyncio.gather(self._scoring.Score(request), self._scoring.GetModel(GetModelRequest()))
        decided = time.perf_counter() - begun
        explained = await self._explain.Explain(ExplainRequest(prediction_id=answer.prediction_id))
        names = [one.feature for one in strongest(explained, SHOWN)]
        await self._drift.GetReference(GetReferenceRequest(bundle_hash=explained.bundle_hash, quantities=names))
        return {"decision": 1e3 * decided, "reasons": 1e3 * (time.perf_counter() - begun)}

    async def close(self) -> None:
        for channel in self._channels:
            await channel.close()


def _decisions(targets: Mapping[str, str]) -> int:
    with Client(targets["scoring"]) as bank:
        return sum(1 for _ in bank.decisions(ListDecisionsRequest(page_size=1_000)))


def _told(times: Sequence[float]) -> str:
    ordered = sorted(times)
    return f"p50 {statistics.median(ordered):.1f} ms, p95 {ordered[int(0.95 * (len(ordered) - 1))]:.1f} ms"


if __name__ == "__main__":
    main()
