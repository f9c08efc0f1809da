"""The page in one language: header and tabs."""

from typing import Any, Final

import gradio as gr

from gateway.page.applicant import ApplicantTab
from gateway.page.batch.tab import BatchTab
from gateway.page.context import Context, reader
from gateway.page.history import HistoryTab
from gateway.page.model.tab import ModelTab
from gateway.page.monitoring.tab import MonitoringTab
from gateway.page.views.header import header
from gateway.page.what_if import WhatIfTab

AGAIN: Final = 30
"""Seconds after which the services' health is asked for again."""
AT_ONCE: Final = 32
"""Events of a kind served at once; each waits for services, not for the processor."""


def build(context: Context) -> gr.Blocks:
    """The page of ``context``."""
    say = context.language.say
    page: gr.Blocks
    with gr.Blocks(title=say("Credit decisions"), analytics_enabled=False) as page:
        top = gr.HTML(header(None, {}, context.language))
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            with gr.Tab(say("Applicant"), id="applicant", elem_id="applicant"):
                applicant = ApplicantTab(context)
            with gr.Tab(say("What-if"), id="what-if", elem_id="what-if") as tab:
                WhatIfTab(context, applicant.form).wire(tab)
            with gr.Tab(say("Batch"), id="batch", elem_id="batch"):
                BatchTab(context)
            with gr.Tab(say("History"), id="history", elem_id="history") as tab:
                HistoryTab(context).wire(tab)
            with gr.Tab(say("Monitoring"), id="monitoring", elem_id="monitoring") as tab:
                MonitoringTab(context).wire(tabs, tab)
            with gr.Tab(say("Model"), id="model", elem_id="model") as tab:
                ModelTab(context).wire(tab)

        async def greet(request: gr.Request) -> str:
            return header(reader(request), await context.calls.health(), context.language)

        async def fill() -> list[Any]:
            return await applicant.loaded()

        page.load(greet, None, top, show_progress="hidden")
        page.load(fill, None, applicant.form.components, show_progress="hidden")
        gr.Timer(AGAIN).tick(greet, None, top, show_progress="hidden")
    page.queue(default_concurrency_limit=AT_ONCE, api_open=False)
    return page
