"""The part of the tab where results are: figures, downloads, and the table page by page."""

from typing import Any, Final

import gradio as gr

from gateway.page.batch.outcome import DECISIONS, NONE, Outcome
from gateway.page.context import Context
from gateway.page.views.batch import outcome, results
from gateway.page.views.result import decision_words

SHOWN: Final = 25
"""Rows of the table."""
ANY: Final = ""

Updates = dict[Any, Any]
"""What changes, by component."""


class OutcomePart:
    """Layout and events; not seen until there is an outcome. ``outputs``: what ``show`` and ``hide`` change."""

    def __init__(self, context: Context) -> None:
        """Lay the part out, within a Blocks."""
        self._language = context.language
        say = context.language.say
        with gr.Column(visible=False) as self._whole:
            self._figures = gr.HTML("")
            with gr.Row():
                self._csv = gr.DownloadButton(say("Download all results (CSV)"))
                self._parquet = gr.DownloadButton(say("Download all results (parquet)"))
            words = decision_words(context.language)
            kinds = [(say("any"), ANY), *((words[one], one) for one in DECISIONS), (say("No decision"), NONE)]
            self._kind = gr.Dropdown(kinds, value=ANY, label=say("Decision"))
            self._table = gr.HTML("")
            with gr.Row():
                self._back = gr.Button(say("Previous rows"), interactive=False)
                self._on = gr.Button(say("Next rows"), interactive=False)
        self._found = gr.State(None)
        self._start = gr.State(0)
        paged = [self._table, self._back, self._on, self._start]
        self.outputs = [self._whole, self._figures, self._csv, self._parquet, self._kind, self._found, *paged]
        self._wire(paged)

    def show(self, found: Outcome) -> Updates:
        """Updates that show ``found``, its first rows."""
        return {
            self._whole: gr.update(visible=True),
            self._figures: outcome(found, self._language),
            self._csv: gr.update(value=str(found.csv)),
            self._parquet: gr.update(value=str(found.results)),
            self._kind: ANY,
            self._found: found,
            **self._page(found, ANY, 0),
        }

    def hide(self) -> Updates:
        """Updates that show nothing."""
        return {self._whole: gr.update(visible=False), self._found: None}

    def _wire(self, paged: list[Any]) -> None:
        held = [self._found, self._kind]
        self._kind.input(self._first, held, paged, show_progress="hidden")
        self._on.click(self._next, [*held, self._start], paged, show_progress="hidden")
        self._back.click(self._previous, [*held, self._start], paged, show_progress="hidden")

    # Not coroutines: they read files, so Gradio runs them beside the event loop.
    def _first(self, found: Outcome, kind: str) -> Updates:
        return self._page(found, kind, 0)

    def _next(self, found: Outcome, kind: str, start: int) -> Updates:
        return self._page(found, kind, start + SHOWN)

    def _previous(self, found: Outcome, kind: str, start: int) -> Updates:
        return self._page(found, kind, max(start - SHOWN, 0))

    def _page(self, found: Outcome, kind: str, start: int) -> Updates:
        """The table from ``start`` on."""
        return {
            self._table: results(found, kind, start, SHOWN, self._language),
            self._back: gr.update(interactive=start > 0),
            self._on: gr.update(interactive=start + SHOWN < found.total(kind)),
            self._start: start,
        }
