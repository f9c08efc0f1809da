"""The tab What-if: an application's main fields moved, scored without a record."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import gradio as gr

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.errors import InvalidArgument
from gateway.page.calls import CallFailed
from gateway.page.context import Context
from gateway.page.form.form import Form
from gateway.page.levers import LEVERS
from gateway.page.views.empty import empty
from gateway.page.views.lines import Axis, Rule, Series, lines
from gateway.page.views.problem import problem
from gateway.page.views.result import refer_band, result

POINTS: Final = 25
"""Of the curve."""
BY_NAME: Final = {lever.name: lever for lever in LEVERS}

Moved = dict[str, float]
"""Values of the levers that were moved, by lever."""


class WhatIfTab:
    """Layout and events; starts from ``form``."""

    def __init__(self, context: Context, form: Form) -> None:
        """Lay the tab out, within a Blocks."""
        self._context, self._form = context, form
        say = context.language.say
        gr.HTML(
            f'<p class="cr-hint">{say("Starts from the application on the first tab; nothing here is recorded.")}</p>'
        )
        with gr.Row(equal_height=False):
            with gr.Column(scale=4, min_width=300):
                self._sliders = {
                    lever.name: gr.Slider(0, 1, value=0, step=lever.step, label=lever.title(context.language))
                    for lever in LEVERS
                }
                self._reset = gr.Button(say("Back to the application"))
            with gr.Column(scale=6, min_width=320):
                self._result = gr.HTML(empty(say("Move a slider."), context.language))
                choices = [(lever.title(context.language), lever.name) for lever in LEVERS]
                self._along = gr.Dropdown(choices, value=LEVERS[0].name, label=say("Curve of the PD along"))
                self._curve = gr.HTML("")
        self._base = gr.State(b"")
        self._moved: gr.State = gr.State({})

    def wire(self, tab: gr.Tab) -> None:
        """Events, with those of opening ``tab``."""
        shown = [self._result, self._curve]
        state = [self._base, self._moved, self._along]
        begun = [self._base, self._moved, *self._sliders.values()]
        gr.on([tab.select, self._reset.click], self._begin, self._form.components, begun, show_progress="hidden").then(
            self._score, state, shown, show_progress="hidden"
        )
        for name, slider in self._sliders.items():
            # While one answer is under way only the last move waits: as fast as answers come, never a queue of moves.
            slider.input(
                self._move(name),
                [slider, *state],
                [self._moved, *shown],
                show_progress="hidden",
                trigger_mode="always_last",
            )
        self._along.input(self._score, state, shown, show_progress="hidden", trigger_mode="always_last")

    def _begin(self, *form: Any) -> list[Any]:
        """The form's application, no lever moved, sliders around its values."""
        try:
            application = self._form.read(form)
        except InvalidArgument:
            application = LoanApplication()
        sliders = [lever.around(application) for lever in LEVERS]
        updates = [gr.update(minimum=low, maximum=high, value=value) for low, value, high in sliders]
        return [application.SerializeToString(), {}, *updates]

    def _move(self, name: str) -> Any:
        async def moved(value: float, base: bytes, before: Moved, along: str) -> list[Any]:
            after = {**before, name: value}
            return [after, *await self._score(base, after, along)]

        return moved

    async def _score(self, base: bytes, moved: Moved, along: str) -> list[str]:
        """The card of the application as moved, and the curve along a lever."""
        language = self._context.language
        origin = LoanApplication.FromString(base)
        application = _with(origin, moved)
        lever = BY_NAME[along]
        value = lever.value(application)
        grid = lever.grid(origin, POINTS, value)
        asked = [origin, application, *(_with(application, {along: value}) for value in grid)]
        try:
            model, (before, now, *others) = await asyncio.gather(
                self._model(), asyncio.gather(*map(self._simulate, asked))
            )
        except CallFailed as error:
            return [problem(error, language), ""]
        band = refer_band(model, now.policy_hash, application.name_contract_type)
        declined = band[1] if band else now.threshold
        beside = (language.say("As applied for"), language.percent(before.probability_of_default))
        card = result(now, band, (), language, beside=beside, simulated=True)
        points = [(value, one.probability_of_default) for value, one in zip(grid, others, strict=True)]
        curve = lines(
            language.say("PD along: {field}", field=lever.title(language)),
            [Series(language.say("PD"), points)],
            Axis(lever.title(language), lambda at: language.number(at, lever.places), grid[0], grid[-1]),
            Axis(language.say("PD"), lambda at: language.percent(at, 1), 0.0),
            language,
            rules=[Rule(declined, language.say("declined from {pd}", pd=language.percent(declined)))],
            mark=None if value is None else (value, now.probability_of_default),
        )
        return [card, f'<div class="cr-card">{curve}</div>']

    async def _model(self) -> pb.GetModelResponse:
        calls = self._context.calls
        return await calls.ask(calls.scoring.GetModel, pb.GetModelRequest())

    async def _simulate(self, application: LoanApplication) -> pb.Assessment:
        calls = self._context.calls
        answer = await calls.ask(calls.scoring.Simulate, pb.SimulateRequest(application=application))
        return answer.assessment


def _with(application: LoanApplication, moved: Mapping[str, float]) -> LoanApplication:
    """A copy of ``application`` with levers moved."""
    changed = LoanApplication()
    changed.CopyFrom(application)
    for name, value in moved.items():
        BY_NAME[name].put(changed, value)
    return changed
