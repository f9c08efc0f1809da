"""The tab History: recorded decisions, and each exactly as it was scored."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import gradio as gr

from creditrisk.api.explain.v1 import explain_pb2
from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.errors import InvalidArgument, Violation
from gateway.page.calls import CallFailed
from gateway.page.context import Context, client_of, reader
from gateway.page.form.entries import applicant_id
from gateway.page.views.decisions import decisions, scored
from gateway.page.views.empty import empty
from gateway.page.views.explanation import explanation
from gateway.page.views.problem import problem
from gateway.page.views.result import decision_words, refer_band, result

PAGE: Final = 25
SESSION, MINE, ALL = "session", "mine", "all"
OPENED: Final = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-open]');
  if (button) trigger('click', {open: button.dataset.open});
});
"""
"""A click on a row's button says which row's."""


class HistoryTab:
    """Layout and events."""

    def __init__(self, context: Context) -> None:
        """Lay the tab out, within a Blocks."""
        self._context = context
        say = context.language.say
        words = decision_words(context.language)
        kinds = [(words[name], pb.Decision.Value(f"DECISION_{name}")) for name in words]
        with gr.Row(elem_classes="cr-filters"):
            whose = [(say("this session's"), SESSION), (say("all of mine"), MINE), (say("everyone's"), ALL)]
            self._whose = gr.Radio(whose, value=ALL, label=say("Decisions"))
            self._applicant = gr.Textbox("", label=say("Applicant's id"))
            self._kind = gr.Dropdown([(say("any"), 0), *kinds], value=0, label=say("Decision"))
            self._from = gr.Textbox("", label=say("Decided from"), placeholder="2026-04-30", max_length=10)
            self._until = gr.Textbox("", label=say("until (inclusive)"), placeholder="2026-04-30", max_length=10)
        with gr.Row():
            self._newest = gr.Button(say("Show the newest"), variant="primary")
            self._older = gr.Button(say("Older"), interactive=False)
        self._list = gr.HTML(empty(say("Choose what to see."), context.language), js_on_load=OPENED)
        self._opened = gr.HTML("", elem_id="cr-opened")
        self._token = gr.State("")
        self._begun = gr.State(lambda: datetime.now(UTC).timestamp())

    def wire(self, tab: gr.Tab) -> None:
        """Events, with those of opening ``tab``."""
        filters = [self._begun, self._whose, self._applicant, self._kind, self._from, self._until]
        shown = [self._list, self._older, self._token]
        gr.on(
            [tab.select, self._newest.click, self._applicant.submit],
            self._first,
            filters,
            shown,
            show_progress="minimal",
        )
        self._older.click(self._next, [self._token, *filters], shown, show_progress="minimal")
        self._list.click(self._open, None, self._opened, show_progress="minimal").then(
            None, js="() => document.getElementById('cr-opened').scrollIntoView({behavior: 'smooth'})"
        )

    async def _first(self, request: gr.Request, *filters: Any) -> list[Any]:
        return await self._page(request, "", *filters)

    async def _next(self, request: gr.Request, token: str, *filters: Any) -> list[Any]:
        return await self._page(request, token, *filters)

    async def _page(
        self,
        request: gr.Request,
        token: str,
        begun: float,
        whose: str,
        applicant: str,
        kind: int,
        first: str,
        last: str,
    ) -> list[Any]:
        """A page of decisions, newest first."""
        language, calls = self._context.language, self._context.calls
        try:
            asked = pb.ListDecisionsRequest(page_size=PAGE, page_token=token, decision=kind)  # type: ignore[arg-type]
            if applicant.strip():
                asked.applicant_id = applicant_id(applicant)
            if whose in {SESSION, MINE}:
                asked.client_id = client_of(reader(request))
            if whose == SESSION:
                asked.decided_from.FromDatetime(datetime.fromtimestamp(begun, UTC))
            if first.strip():
                asked.decided_from.FromDatetime(_day(first, "decided_from"))
            if last.strip():
                asked.decided_before.FromDatetime(_day(last, "decided_before") + timedelta(days=1))
            answer = await calls.ask(calls.scoring.ListDecisions, asked)
        except (CallFailed, InvalidArgument) as error:
            return [problem(error, language), gr.update(interactive=False), ""]
        if not answer.decisions:
            seen = empty(language.say("No decision of this kind is recorded."), language)
        else:
            seen = decisions(answer.decisions, language)
        return [seen, gr.update(interactive=bool(answer.next_page_token)), answer.next_page_token]

    async def _open(self, event: gr.EventData) -> str:
        """A decision, why it came out as it did, and all that was scored."""
        language, calls = self._context.language, self._context.calls
        chosen = str(event._data.get("open", ""))  # noqa: SLF001 - Gradio's way to what trigger() was given
        try:
            found, explained, model = await asyncio.gather(
                calls.ask(calls.scoring.GetDecision, pb.GetDecisionRequest(prediction_id=chosen)),
                calls.ask(calls.explain.Explain, explain_pb2.ExplainRequest(prediction_id=chosen)),
                calls.ask(calls.scoring.GetModel, pb.GetModelRequest()),
            )
        except CallFailed as error:
            return problem(error, language)
        decision = found.decision
        catalogue = await self._context.catalogues.held()
        record = [
            (language.say("Decision"), decision.prediction_id),
            (language.say("Request"), decision.request_id),
            (language.say("Asked for by"), decision.client_id),
            (language.say("Applicant"), str(decision.applicant_id)),
            (language.say("Kind of loan"), language.say(decision.contract_type)),
            (language.say("Applied"), language.time(decision.application_time.ToDatetime())),
            (language.say("Decided"), language.time(decision.decided_at.ToDatetime())),
        ]
        band = refer_band(model, decision.assessment.policy_hash, decision.contract_type)
        return "".join(
            (
                result(decision.assessment, band, record, language, replayed=True),
                explanation(explained, catalogue, language),
                scored(explained, catalogue, language),
            )
        )


def _day(text: str, field: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text.strip()), datetime.min.time(), UTC)
    except ValueError as error:
        raise InvalidArgument([Violation(field, f"{text[:20]!r} is no date; write it as 2026-04-30")]) from error
