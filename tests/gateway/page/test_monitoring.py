"""The tab Monitoring on a drift state that the test knows: two windows that were judged, one that was not."""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import grpc
import numpy as np
import pytest

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from creditrisk.api.event.v1.event_pb2 import PredictionEvent
from creditrisk.runtime.channel import open_channel
from creditrisk.wire import to_timestamp
from gateway.page.calls import Calls
from gateway.page.catalogue import Catalogues
from gateway.page.context import Context
from gateway.page.monitoring import tab as monitoring
from gateway.page.monitoring.reports import Reports
from gateway.page.monitoring.tab import DECISIONS, WINDOWS, MonitoringTab
from gateway.services import SERVICES, Services
from gateway.texts import ENGLISH
from tests.gateway.drifted import FIRST, settings
from tests.gateway.page.test_monitoring_views import rows
from trainer.local import Service, start
from trainer.paths import Home

NOBODY = "127.0.0.1:1"
"""Where no service is."""
USUAL = (WINDOWS, 200, "ALL", 12)
"""What the choices are at first."""


class Asked(Calls):
    """Calls that are counted by RPC."""

    def __init__(self, services: Services) -> None:
        super().__init__(services, 10.0)
        self.counted: Counter[str] = Counter()

    async def ask(self, rpc: Any, request: Any, client: str = "") -> Any:
        self.counted[type(request).__name__.removesuffix("Request")] += 1
        return await super().ask(rpc, request, client)


@pytest.fixture(scope="module")
def events(drifted_events: list[PredictionEvent]) -> list[PredictionEvent]:
    return drifted_events


@pytest.fixture(scope="module")
def drift(drifted: Service) -> Service:
    return drifted


Page = Callable[[str], MonitoringTab]


@pytest.fixture
async def page(services: dict[str, Service]) -> AsyncIterator[Page]:
    """Makes the tab in front of the running services, with another drift service."""
    async with AsyncExitStack() as held:

        def make(target: str) -> MonitoringTab:
            targets = {name: one.target for name, one in services.items()} | {"drift": target}
            channels = {name: open_channel(at, [SERVICES[name].full_name]) for name, at in targets.items()}
            for channel in channels.values():
                held.push_async_callback(channel.close)
            calls = Asked(Services(channels))
            with gr.Blocks(analytics_enabled=False):
                return MonitoringTab(Context(ENGLISH, calls, Catalogues(calls), 1_000))

        yield make


def keys(html: str) -> list[str]:
    return [one.replace("&#34;", '"') for one in re.findall(r'data-open="([^"]*)"', html)]


def click(key: str) -> Any:
    return SimpleNamespace(_data={"open": key})


def counted(tab: MonitoringTab) -> Counter[str]:
    """Calls of the tab since the last look."""
    calls: Any = tab._context.calls
    found, calls.counted = calls.counted, Counter()
    return found


async def test_a_refresh_shows_everything(page: Page, drift: Service) -> None:
    said, seen, heat, expected, segment, realised, alerts, *_ = await page(drift.target)._all("", 12, *USUAL)
    assert said.count('class="cr-up"') == 4
    by_day = rows(seen)
    assert list(by_day) == ["2024-03-06", "2024-03-05", "2024-03-04"]
    assert "not yet" in by_day["2024-03-06"]
    assert "▲" in by_day["2024-03-05"]
    assert "none" in by_day["2024-03-04"]
    shown = rows(heat)
    assert list(shown)[:2] == ["Probability of default", "Decision"]
    none, verdict, open_ = re.findall(r"<button.*?</button>", shown["Income of the applicant"], re.DOTALL)
    assert "▲" not in none
    assert "△" not in none
    assert "▲" in verdict
    assert "△" in open_
    assert "fitted on generated data" in heat
    assert expected.count('cr-chart"') == 5
    assert "concept drift" in expected
    assert [value for _, value in segment["choices"]] == ["ALL", "Cash loans"]
    assert "No outcome is known" in realised
    assert "Income of the applicant" in alerts


async def test_a_second_refresh_asks_only_for_what_is_new(page: Page, drift: Service) -> None:
    tab = page(drift.target)
    await tab._all("", 12, *USUAL)
    first = counted(tab)
    assert first == {
        "ListWindows": 1,
        "GetDriftReport": 3,
        "ListVintages": 1,
        "ListAlerts": 1,
        "ListFeatures": 1,
        "ListFields": 1,
    }
    before = await tab._all("", 12, *USUAL)
    assert counted(tab) == {"ListWindows": 1, "ListVintages": 1, "ListAlerts": 1}
    assert (await tab._all("", 12, *USUAL))[1:] == before[1:]


async def test_every_cell_and_every_alert_opens(page: Page, drift: Service) -> None:
    tab = page(drift.target)
    _, _, heat, _, _, _, alerts, *_ = await tab._all("", 12, *USUAL)
    for key in {*keys(heat)[:4], *keys(alerts)[:2]}:
        card = await tab._open(click(key), 12)
        assert "<h2>" in card
        assert card.count('aria-current="true"') == 1
        assert "Training data" in card
    income = next(key for key in keys(heat) if key.startswith('["AMT_INCOME_TOTAL"'))
    card = await tab._open(click(income), 12)
    assert "Alarm: it drifted." in card
    assert "Kolmogorov" in card
    (other, *_) = keys(card)
    assert "No alarm." in await tab._open(click(other), 12)


@pytest.mark.parametrize("key", ["", "nonsense", '["PD", "Barter", "", 0, 5]', '["NONSENSE", "ALL", "", 0, 5]'])
async def test_what_cannot_be_opened_is_said(page: Page, drift: Service, key: str) -> None:
    assert "cr-problem" in await page(drift.target)._open(click(key), 12)


async def test_the_last_decisions_are_seen_as_no_verdict(page: Page, drift: Service) -> None:
    tab = page(drift.target)
    _, heat, *_ = await tab._drift(DECISIONS, 200, "Cash loans", 12)
    assert "This is no verdict" in heat
    assert "The last 200 decisions, in Cash loans" in heat
    assert "no window: this is no verdict" in await tab._open(click(keys(heat)[0]), 12)
    _, heat, *_ = await tab._drift(DECISIONS, 200, "Barter", 12)
    assert "cr-problem" in heat


async def test_a_segment_that_nothing_was_decided_in_is_empty(page: Page, drift: Service) -> None:
    seen, heat, expected, segment = await page(drift.target)._drift(WINDOWS, 200, "Barter", 12)
    assert "2024-03-05" in seen
    assert "No decision of this segment" in heat
    assert "No decision of this segment" in expected
    assert "Barter" in [value for _, value in segment["choices"]]


async def test_alerts_come_page_by_page(page: Page, drift: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    tab = page(drift.target)
    whole = keys((await tab._first())[0])
    monkeypatch.setattr(monitoring, "PAGE", len(whole) - 1)
    newest, older, at, following = await tab._first()
    assert keys(newest) == whole[:-1]
    assert older["interactive"]
    assert at == ""
    rest, older, at, end = await tab._listed(following)
    assert keys(rest)[0] == whole[-1]
    assert at == following
    assert older["interactive"] == bool(end)


async def test_outcomes_are_seen_beside_what_was_expected(
    page: Page, drift: Service, events: list[PredictionEvent]
) -> None:
    defaulted = np.random.default_rng(2).random(len(events))
    outcomes = [
        pb.LoanOutcome(
            prediction_id=event.prediction_id,
            defaulted=bool(draw < event.assessment.probability_of_default),
            observed_at=to_timestamp(FIRST + timedelta(days=80)),
        )
        for event, draw in zip(events, defaulted, strict=True)
    ]
    tab = page(drift.target)
    with grpc.insecure_channel(drift.target) as channel:
        DriftServiceStub(channel).RecordOutcomes(pb.RecordOutcomesRequest(outcomes=outcomes), timeout=30)
    realised = rows(await tab._realised(2))
    assert list(realised) == ["2024-03"]
    assert "no outcome known" not in realised["2024-03"]
    assert re.search(r"\d\.\d% \(", realised["2024-03"])


async def test_a_drift_service_that_is_away_is_said_once(page: Page) -> None:
    tab = page(NOBODY)
    said, *others = await tab._all("", 12, *USUAL)
    assert said.count('class="cr-up"') == 3
    assert said.count('class="cr-down"') == 1
    assert "".join(one for one in others if isinstance(one, str)).count("cr-problem") == 1
    assert "The drift service does not answer" in others[0]
    assert "cr-problem" in await tab._realised(12)
    assert "cr-problem" in (await tab._first())[0]
    assert "cr-problem" in await tab._open(click('["PD", "ALL", "", 0, 5]'), 12)


async def test_without_decisions_there_is_nothing_to_see(page: Page, home: Home, tmp_path: Path) -> None:
    service = start("drift", home, 0, settings(tmp_path))
    try:
        _, seen, heat, expected, _, realised, alerts, *_ = await page(service.target)._all("", 12, *USUAL)
    finally:
        service.stop()
    assert "No decision was counted yet." in seen
    assert (heat, expected, realised) == ("", "", "")
    assert "No alert was raised." in alerts


async def test_a_report_is_asked_for_again_once_there_is_more_in_its_window() -> None:
    window = pb.Window(bundle_hash="b", begin=to_timestamp(FIRST), rows=5)
    asked = []

    class Answers:
        drift = SimpleNamespace(ListWindows="ListWindows", GetDriftReport="GetDriftReport")

        async def ask(self, rpc: str, request: Any) -> Any:
            asked.append(rpc)
            if rpc == "ListWindows":
                return pb.ListWindowsResponse(windows=[window])
            return pb.GetDriftReportResponse(rows=window.rows, segment=request.segment)

    answers: Any = Answers()
    reports = Reports(answers)
    for segment, rows_, judged, calls in (
        ("ALL", 5, None, 2),
        ("ALL", 5, None, 1),
        ("Cash loans", 5, None, 2),
        ("ALL", 6, None, 2),
        ("ALL", 6, to_timestamp(FIRST), 2),
        ("ALL", 6, to_timestamp(FIRST), 1),
    ):
        window.rows = rows_
        window.judged_at.CopyFrom(judged or pb.Window().judged_at)
        asked.clear()
        (found,) = await reports.newest(12, segment)
        assert found.report == pb.GetDriftReportResponse(rows=rows_, segment=segment)
        assert len(asked) == calls
