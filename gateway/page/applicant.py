"""The tab Applicant: an application, decided on and explained."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

import gradio as gr
import uuid_utils
from google.protobuf.json_format import ParseDict

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.api.explain.v1 import explain_pb2
from creditrisk.api.scoring.v1 import scoring_pb2
from creditrisk.errors import InvalidArgument
from gateway.examples import EXAMPLES
from gateway.page.calls import CallFailed
from gateway.page.context import Context, analyst, client_of
from gateway.page.form.entries import applicant_id
from gateway.page.form.form import Form
from gateway.page.views.empty import empty
from gateway.page.views.explanation import explanation
from gateway.page.views.population import population
from gateway.page.views.problem import Forbidden, problem
from gateway.page.views.result import refer_band, result

REASONS: Final = 4


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request for a decision whose answer did not arrive: asked for again, it is the same request."""

    request_id: str
    application: bytes


class ApplicantTab:
    """Layout and events; ``form`` is what other tabs start from."""

    def __init__(self, context: Context) -> None:
        """Lay the tab out, within a Blocks."""
        self._context = context
        say = context.language.say
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=320, elem_classes="cr-form"):
                examples = [(say(one.title), place) for place, one in enumerate(EXAMPLES)]
                self._example = gr.Dropdown(examples, value=0, label=say("Start from an example (of nobody)"))
                with gr.Row(elem_classes="cr-find"):
                    self._applicant = gr.Textbox("", label=say("Or find an applicant's decisions by id"))
                    self._find = gr.Button(say("Find"), scale=0, min_width=140)
                self.form = Form(context.language, _example(0))
                gr.HTML(
                    f'<p class="cr-hint">{say("* required. What is left empty is not known, which is not zero.")}</p>'
                )
                self._score = gr.Button(
                    say("Score and record"), variant="primary", elem_id="cr-score", elem_classes="cr-sticky"
                )
            with gr.Column(scale=6, min_width=320, elem_id="cr-answer"):
                self._result = gr.HTML(empty(say("The decision will be here."), context.language))
                self._why = gr.HTML("")
                self._beside = gr.HTML("")
        self._unanswered = gr.State(None)
        self._wire()

    def _wire(self) -> None:
        shown = [self._result, self._why, self._beside]
        self._example.input(self._fill, self._example, self.form.components, show_progress="hidden")
        self._score.click(
            self._decide, [self._unanswered, *self.form.components], [*shown, self._unanswered], show_progress="minimal"
        )
        gr.on(
            [self._find.click, self._applicant.submit], self._look_up, self._applicant, shown, show_progress="minimal"
        )

    async def loaded(self) -> list[Any]:
        """Updates of the form's components for a page just opened: days count from today, the model may be another."""
        catalogue = await self._context.catalogues.held()
        return self.form.update(_example(0), catalogue.categories)

    def _fill(self, place: int) -> list[Any]:
        return self.form.show(_example(place))

    async def _decide(self, request: gr.Request, unanswered: Attempt | None, *shown: Any) -> AsyncIterator[list[Any]]:
        """The recorded decision, then why."""
        language = self._context.language
        try:
            user = analyst(request)
            application = self.form.read(shown)
            attempt = _attempt(unanswered, application)
        except (Forbidden, InvalidArgument) as error:
            yield [problem(error, language), "", "", unanswered]
            return
        calls = self._context.calls
        asked = scoring_pb2.ScoreRequest(request_id=attempt.request_id, application=application)
        try:
            answer, model = await asyncio.gather(
                calls.ask(calls.scoring.Score, asked, client=client_of(user)),
                calls.ask(calls.scoring.GetModel, scoring_pb2.GetModelRequest()),
            )
        except CallFailed as error:
            yield [problem(error, language), "", "", attempt]
            return
        band = refer_band(model, answer.assessment.policy_hash, application.name_contract_type)
        record = [(language.say("Decision"), answer.prediction_id)]
        card = result(answer.assessment, band, record, language, replayed=answer.replayed)
        yield [card, gr.skip(), gr.skip(), None]
        yield [gr.skip(), *await self._explained(answer.prediction_id), gr.skip()]

    async def _look_up(self, written: str) -> list[str]:
        """The newest decision on an applicant."""
        language, calls = self._context.language, self._context.calls
        try:
            applicant = applicant_id(written)
            asked = scoring_pb2.ListDecisionsRequest(applicant_id=applicant, page_size=1)
            found, model = await asyncio.gather(
                calls.ask(calls.scoring.ListDecisions, asked),
                calls.ask(calls.scoring.GetModel, scoring_pb2.GetModelRequest()),
            )
        except (CallFailed, InvalidArgument) as error:
            return [problem(error, language), "", ""]
        if not found.decisions:
            return [empty(language.say("No decision on applicant {id} is recorded.", id=applicant), language), "", ""]
        newest = found.decisions[0]
        record = [
            (language.say("Decision"), newest.prediction_id),
            (language.say("Applicant"), str(newest.applicant_id)),
            (language.say("Decided"), language.time(newest.decided_at.ToDatetime())),
            (language.say("Asked for by"), newest.client_id),
        ]
        band = refer_band(model, newest.assessment.policy_hash, newest.contract_type)
        card = result(newest.assessment, band, record, language, replayed=True)
        return [card, *await self._explained(newest.prediction_id)]

    async def _explained(self, prediction_id: str) -> list[str]:
        """The cards of why, and of the population beside."""
        language, calls = self._context.language, self._context.calls
        catalogue = await self._context.catalogues.held()
        try:
            asked = explain_pb2.ExplainRequest(prediction_id=prediction_id, top_reasons=REASONS)
            explained = await calls.ask(calls.explain.Explain, asked)
        except CallFailed as error:
            return [problem(error, language), ""]
        why = explanation(explained, catalogue, language)
        try:
            return [why, await population(explained, calls, catalogue, language)]
        except CallFailed as error:
            return [why, problem(error, language)]


def _example(place: int) -> LoanApplication:
    return ParseDict(EXAMPLES[place].application, LoanApplication())


def _attempt(unanswered: Attempt | None, application: LoanApplication) -> Attempt:
    """The same request again where the last one on this application had no answer; a new one otherwise."""
    body = application.SerializeToString(deterministic=True)
    if unanswered and unanswered.application == body:
        return unanswered
    return Attempt(str(uuid_utils.uuid7()), body)
