"""The tab Monitoring: layout and events.

A refresh is 7 calls, 4 of them health, and 1 for each window that has more decisions or a verdict since it was
last reported on (all of them the first time); 1 more for the last decisions, where those are chosen, and 2 where
the catalogue is older than a minute.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

import gradio as gr

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.errors import InvalidArgument
from gateway.page.calls import CallFailed
from gateway.page.context import Context
from gateway.page.history import OPENED
from gateway.page.monitoring.reports import Reported, Reports
from gateway.page.monitoring.subject import read_subject
from gateway.page.views.alerts import alerts
from gateway.page.views.empty import empty
from gateway.page.views.heat import by_window, of_last
from gateway.page.views.naming import ALL, segment_name
from gateway.page.views.performance import performance
from gateway.page.views.problem import problem
from gateway.page.views.quantity import quantity
from gateway.page.views.services import services
from gateway.page.views.vintages import vintages
from gateway.page.views.windows import windows

AGAIN: Final = 60
"""Seconds after which an open tab is refreshed."""
COUNTS: Final = (6, 12, 24)
"""Windows to see."""
LAST: Final = (200, 1_000, 5_000, 20_000)
"""Last decisions to see."""
MATURITIES: Final = (3, 6, 12, 18, 24)
"""Months."""
MONTH: Final = 365.25 / 12 * 86_400
"""Seconds of a month, on the average."""
PAGE: Final = 20
"""Alerts at a time."""
WINDOWS, DECISIONS = "windows", "decisions"
NOT_FOUND: Final = 404
TO_OPENED: Final = """() => {
  const opened = document.getElementById('cr-quantity');
  opened.tabIndex = -1;
  opened.focus({preventScroll: true});
  opened.scrollIntoView({behavior: 'smooth'});
}"""


class MonitoringTab:
    """Layout and events."""

    def __init__(self, context: Context) -> None:
        """Lay the tab out, within a Blocks."""
        self._context = context
        self._reports = Reports(context.calls)
        language = context.language
        say = language.say
        with gr.Row(elem_classes="cr-filters"):
            views = [(say("by window"), WINDOWS), (say("of the last decisions"), DECISIONS)]
            self._view = gr.Radio(views, value=WINDOWS, label=say("Drift"))
            self._last = gr.Dropdown(
                [(language.number(one), one) for one in LAST], value=LAST[1], label=say("Last decisions"), visible=False
            )
            self._segment = gr.Dropdown([(segment_name(ALL, language), ALL)], value=ALL, label=say("Segment"))
            self._count = gr.Dropdown(list(COUNTS), value=COUNTS[1], label=say("Windows to see"))
            self._refresh = gr.Button(say("Refresh"), variant="primary", scale=0, min_width=140)
        self._services = gr.HTML("")
        self._windows = gr.HTML(empty(say("Windows will be here."), language))
        self._heat = gr.HTML("", js_on_load=OPENED)
        self._opened = gr.HTML("", js_on_load=OPENED, elem_id="cr-quantity")
        self._performance = gr.HTML("")
        months = [(say("{months} months", months=one), one) for one in MATURITIES]
        with gr.Row():
            self._maturity = gr.Dropdown(
                months, value=MATURITIES[2], label=say("Outcomes taken after"), scale=0, min_width=240
            )
        self._vintages = gr.HTML("")
        self._alerts = gr.HTML("", js_on_load=OPENED)
        with gr.Row():
            self._newest = gr.Button(say("Newest alerts"), scale=0, min_width=160)
            self._older = gr.Button(say("Older alerts"), interactive=False, scale=0, min_width=160)
        self._page = gr.State("")
        self._next = gr.State("")
        self._timer = gr.Timer(AGAIN, active=False)

    def wire(self, tabs: gr.Tabs, tab: gr.Tab) -> None:
        """Events, with those of opening ``tab`` of ``tabs``."""
        choices = [self._view, self._last, self._segment, self._count]
        drifted = [self._windows, self._heat, self._performance, self._segment]
        listed = [self._alerts, self._older, self._page, self._next]
        everything = [self._services, *drifted, self._vintages, *listed]
        asked = [self._page, self._maturity, *choices]
        title = tab.label

        def while_open(event: gr.SelectData) -> gr.Timer:
            return gr.Timer(active=event.value == title)

        tabs.select(while_open, None, self._timer, show_progress="hidden")
        gr.on([tab.select, self._refresh.click], self._all, asked, everything, show_progress="minimal")
        self._timer.tick(self._all, asked, everything, show_progress="hidden")
        self._view.change(_of_view, self._view, self._last, show_progress="hidden")
        chosen = [self._view.input, self._last.input, self._segment.input, self._count.input]
        gr.on(chosen, self._drift, choices, drifted, show_progress="minimal")
        self._maturity.input(self._realised, self._maturity, self._vintages, show_progress="minimal")
        self._newest.click(self._first, None, listed, show_progress="minimal")
        self._older.click(self._listed, self._next, listed, show_progress="minimal")
        gr.on(
            [self._heat.click, self._alerts.click, self._opened.click],
            self._open,
            self._count,
            self._opened,
            show_progress="minimal",
        ).then(None, js=TO_OPENED)

    async def _all(self, page: str, months: int, *choices: Any) -> list[Any]:
        """Everything but what is opened; what fails is said once."""
        said, drifted, realised, listed = await asyncio.gather(
            self._context.calls.health(), self._drift(*choices), self._realised(months), self._listed(page)
        )
        seen = drifted[0]
        realised, listed[0] = ("" if one == seen else one for one in (realised, listed[0]))
        return [services(said, datetime.now(UTC), self._context.language), *drifted, realised, *listed]

    async def _drift(self, view: str, decisions: int, segment: str, count: int) -> list[Any]:
        """Windows, drift, expected performance, and the segments to choose from."""
        language = self._context.language
        try:
            found = await self._reports.newest(count, segment)
        except CallFailed as error:
            return [problem(error, language), "", "", gr.skip()]
        seen = windows(found, language)
        if not found:
            return [seen, "", "", gr.skip()]
        heat = await (self._of_last(decisions, segment) if view == DECISIONS else self._by_window(found, segment))
        choices = [(segment_name(one, language), one) for one in _segments(found, segment)]
        return [seen, heat, performance(found, segment, language), gr.update(choices=choices)]

    async def _by_window(self, found: list[Reported], segment: str) -> str:
        return by_window(found, segment, await self._context.catalogues.held(), self._context.language)

    async def _of_last(self, decisions: int, segment: str) -> str:
        language = self._context.language
        try:
            report = await self._reports.last(decisions, segment)
        except CallFailed as error:
            return problem(error, language)
        return of_last(report, decisions, await self._context.catalogues.held(), language)

    async def _realised(self, months: int) -> str:
        language, calls = self._context.language, self._context.calls
        asked = pb.ListVintagesRequest()
        asked.maturity.FromSeconds(round(months * MONTH))
        try:
            answer = await calls.ask(calls.drift.ListVintages, asked)
        except CallFailed as error:
            # Of the newest decision, so it is there, or there is no decision at all.
            return vintages((), language) if error.problem.status == NOT_FOUND else problem(error, language)
        return vintages(answer.vintages, language)

    async def _first(self) -> list[Any]:
        return await self._listed("")

    async def _listed(self, page: str) -> list[Any]:
        """A page of alerts, whether there are older ones, its token and the next one's."""
        language, calls = self._context.language, self._context.calls
        try:
            asked = pb.ListAlertsRequest(page_size=PAGE, page_token=page)
            answer = await calls.ask(calls.drift.ListAlerts, asked)
        except CallFailed as error:
            return [problem(error, language), gr.update(interactive=False), page, ""]
        seen = alerts(answer.alerts, await self._context.catalogues.held(), language)
        return [seen, gr.update(interactive=bool(answer.next_page_token)), page, answer.next_page_token]

    async def _open(self, event: gr.EventData, count: int) -> str:
        """A quantity of a window, and how it came over the newest ones."""
        language = self._context.language
        try:
            subject = read_subject(str(event._data.get("open", "")))  # noqa: SLF001 - what trigger() was given
            report, found = await asyncio.gather(
                self._reports.opened(subject), self._reports.newest(count, subject.segment)
            )
        except (CallFailed, InvalidArgument) as error:
            return problem(error, language)
        return quantity(report, subject, found, await self._context.catalogues.held(), language)


def _of_view(view: str) -> Any:
    return gr.update(visible=view == DECISIONS)


def _segments(found: list[Reported], chosen: str) -> list[str]:
    """All, then those that decisions of the windows are in, and the one that is chosen."""
    named = {one.segment for seen in found if seen.report for one in seen.report.segments}
    return [ALL, *sorted((named | {chosen}) - {ALL})]
