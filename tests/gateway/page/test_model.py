"""The tab Model in front of running services, and a bundle's reports behind the login."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import gradio as gr
import httpx2
import pytest
from fastapi import FastAPI

from creditrisk.client import Client, LoanApplication
from creditrisk.model.bundle import Bundle, BundleStore
from creditrisk.model.reports import ChartText, index
from creditrisk.runtime.channel import open_channel
from gateway.login.login import Login
from gateway.login.passwords import hash_password
from gateway.page.calls import Calls
from gateway.page.catalogue import Catalogues
from gateway.page.context import Context
from gateway.page.model.features import EVERY, LEFT, PAGE, PROTECTED, TAKEN
from gateway.page.model.files import AT, report_files
from gateway.page.model.tab import ModelTab
from gateway.page.mount import mount_page
from gateway.services import SERVICES, Services
from gateway.settings import GatewaySettings
from gateway.texts import ENGLISH
from tests.model.reported import reported
from trainer.local import Service
from trainer.paths import Home

NOBODY = "127.0.0.1:1"
"""Where no service is."""
PICTURE = b"\x89PNG\r\n\x1a\n"
ATTACK = b"<script>alert(1)</script>"
FILES = {
    "reports/model_card.md": b"# Card\n\n## 1. Summary\n\nSee [the page](report.html). " + ATTACK,
    "reports/model_card.html": ATTACK,
    "reports/report.html": ATTACK,
    "reports/data.png": PICTURE,
    "reports/data.json": b"{}",
    "reports/index.json": index([ChartText("data", "Data", "What there is", "Much is seen.", "All rows.")]).encode(),
}
Made = Callable[..., Any]


@pytest.fixture(scope="module")
def read(bundle: Bundle, home: Home, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The hash of a bundle with reports, which is in the store and not served."""
    made = reported(bundle, tmp_path_factory.mktemp("read") / "it", FILES)
    return BundleStore(home.bundles).publish(made.directory, "read").hash


@pytest.fixture
async def front(services: Mapping[str, Service]) -> AsyncIterator[Made]:
    """Makes the gateway's services, some of them elsewhere."""
    async with AsyncExitStack() as held:

        def make(**elsewhere: str) -> Services:
            targets = {name: one.target for name, one in services.items()} | elsewhere
            channels = {name: open_channel(at, [SERVICES[name].full_name]) for name, at in targets.items()}
            for channel in channels.values():
                held.push_async_callback(channel.close)
            return Services(channels)

        yield make


@pytest.fixture
def page(front: Made) -> Made:
    """Makes the tab in front of the running services, some of them elsewhere."""

    def make(**elsewhere: str) -> ModelTab:
        calls = Calls(front(**elsewhere), 10.0)
        with gr.Blocks(analytics_enabled=False):
            return ModelTab(Context(ENGLISH, calls, Catalogues(calls), 1_000))

    return make


async def test_what_is_served_is_shown_and_chosen(page: Made, bundle: Bundle) -> None:
    shown, bundles = await page()._open(None)
    assert "Generated data." in shown
    assert bundle.manifest.model_version in shown
    assert bundle.hash in shown
    assert bundles["value"] == bundle.hash
    assert bundles["choices"][0] == (f"{bundle.manifest.model_version}, served now · {bundle.hash[:12]}", bundle.hash)


async def test_bundles_of_recent_decisions_are_offered_once(
    page: Made, bank: Client, application: LoanApplication, bundle: Bundle, read: str
) -> None:
    bank.score(application)
    tab = page()
    _, bundles = await tab._open(read)
    assert bundles["value"] == read
    assert [name for _, name in bundles["choices"]].count(bundle.hash) == 1


async def test_a_bundle_with_reports_is_read(page: Made, read: str) -> None:
    documents, card, charts, certificate, shown = await page()._read(read, "")
    assert shown == read
    assert f'href="../reports/{read}/report.html" download' in documents
    assert "<h3>1. Summary</h3>" in card
    assert f'href="../reports/{read}/report.html"' in card
    assert "&lt;script&gt;" in card
    assert f'src="../reports/{read}/data.png" lang="en" alt="Much is seen."' in charts
    assert "Passed" in certificate
    assert not any("<script" in one for one in (documents, card, charts, certificate))


async def test_what_is_shown_already_stays_as_it_is(page: Made, read: str) -> None:
    assert await page()._read(read, read) == [gr.skip()] * 5


async def test_a_bundle_without_reports_says_so(page: Made, bundle: Bundle) -> None:
    documents, card, charts, certificate, shown = await page()._read(bundle.hash, "")
    assert shown == bundle.hash
    assert "Measures (JSON)" in documents
    assert "This bundle was sealed without a model card." in card
    assert "This bundle was sealed without charts." in charts
    assert "Passed" in certificate


async def test_where_nothing_is_chosen_the_served_bundle_is_read(page: Made, bundle: Bundle) -> None:
    assert (await page()._read(None, ""))[-1] == bundle.hash


@pytest.mark.parametrize("unknown", ["0" * 64, "no hash", "../x"])
async def test_a_bundle_that_is_not_there_is_told(page: Made, unknown: str) -> None:
    told, *others = await page()._read(unknown, "")
    assert "There is no such thing" in told
    assert others == [""] * 4


async def test_each_service_that_is_away_is_named(page: Made, bundle: Bundle) -> None:
    tab = page(explain=NOBODY)
    told, *others = await tab._read(bundle.hash, "")
    assert "The explain service does not answer" in told
    assert others == [""] * 4
    shown, bundles = await page(scoring=NOBODY, drift=NOBODY)._open(None)
    assert "The scoring service does not answer" in shown
    assert bundles["choices"] == []
    told, *_ = await page(feature=NOBODY)._features._begin("", "", EVERY)
    assert "The feature service does not answer" in told


async def test_features_are_paged(page: Made, bundle: Bundle) -> None:
    tab = page()._features
    filters = ("", "", EVERY)
    total = len((await tab._context.catalogues.get()).features)
    assert total > 2 * PAGE
    shown, back, on, first = await tab._begin(*filters)
    assert (back["interactive"], on["interactive"], first) == (False, True, 0)
    assert shown.count('<th scope="row">') == PAGE
    assert bundle.schema.names[0] in shown
    shown, back, on, first = await tab._after(first, *filters)
    assert (back["interactive"], first) == (True, PAGE)
    assert f"51 to 100 of {total} features" in shown
    assert (await tab._before(first, *filters))[-1] == 0
    while on["interactive"]:
        shown, back, on, first = await tab._after(first, *filters)
    assert f"to {total} of {total} features" in shown


async def test_features_are_filtered(page: Made, bundle: Bundle) -> None:
    tab = page()._features
    taken, *_ = await tab._begin("", "", TAKEN)
    assert f"of {len(bundle.schema.names)} features" in taken
    protected, *_ = await tab._begin("sex", "", PROTECTED)
    assert "kept out: protected" in protected
    none, back, on, first = await tab._begin("no feature has these words", "", LEFT)
    assert "No feature is like that." in none
    assert (back["interactive"], on["interactive"], first) == (False, False, 0)
    themes = (await tab._themes())["choices"]
    assert themes[0] == ("any theme", "")
    assert len(themes) > 10
    one, *_ = await tab._begin("", themes[1][1], EVERY)
    assert re.search(r"1 to \d+ of \d+ features", one)


def asking(app: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://gateway")


async def test_a_report_is_a_file_that_runs_nothing(front: Made, read: str) -> None:
    app = FastAPI()
    app.mount(AT, report_files(Calls(front(), 10.0)))
    async with asking(app) as browser:
        picture = await browser.get(f"{AT}/{read}/data.png")
        assert (picture.content, picture.headers["content-type"]) == (PICTURE, "image/png")
        assert "content-disposition" not in picture.headers
        written = await browser.get(f"{AT}/{read}/report.html")
        assert written.content == ATTACK
        assert written.headers["content-disposition"] == f"attachment; filename*=UTF-8''{read[:8]}-report.html"
        for answer in (picture, written):
            assert answer.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "private, max-age=3600"
        for missing in (f"{read}/model.onnx", f"{read}/..%2Fmodel.onnx", f"{'0' * 64}/report.html", read):
            assert (await browser.get(f"{AT}/{missing}")).status_code == 404


async def test_reports_need_the_explain_service(front: Made, read: str) -> None:
    app = FastAPI()
    app.mount(AT, report_files(Calls(front(explain=NOBODY), 10.0)))
    async with asking(app) as browser:
        answer = await browser.get(f"{AT}/{read}/report.html")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_nobody_reads_reports_who_has_not_signed_in(front: Made, read: str, tmp_path: Path) -> None:
    users = tmp_path / "users"
    users.write_text(f"anna:viewer:{hash_password('a password of hers')}\n")
    settings = GatewaySettings(users=users)
    app = FastAPI()
    mount_page(app, settings, front(), Login(settings))
    async with asking(app) as browser:
        for path in ("data.png", "report.html"):
            answer = await browser.get(f"{AT}/{read}/{path}")
            assert answer.status_code == 401
            assert PICTURE not in answer.content
