"""The tab Batch: a file is checked, then scored; what came of it is shown and can be downloaded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, Final

import gradio as gr

from gateway.login.users import Role
from gateway.page.batch.batch import Batch
from gateway.page.batch.check import Check
from gateway.page.batch.columns import REQUIRED, BadFile
from gateway.page.batch.outcome import gather
from gateway.page.batch.outcome_part import OutcomePart, Updates
from gateway.page.batch.scoring import Scoring
from gateway.page.calls import CallFailed
from gateway.page.context import Context, analyst, client_of, reader
from gateway.page.views.batch import bad_file, checking, ended, progress, report
from gateway.page.views.empty import empty
from gateway.page.views.problem import Forbidden, problem

LOOK: Final = 0.5
"""Seconds after which it is told how far a run is."""


class BatchTab:
    """Layout and events."""

    def __init__(self, context: Context) -> None:
        """Lay the tab out, within a Blocks."""
        self._context = context
        say = context.language.say
        needed = say(
            "One row an application, columns as Home Credit calls them; {names} are needed, a cell left empty is not "
            "known. CSV in UTF-8 or parquet, at most {most} rows.",
            names=", ".join(REQUIRED),
            most=context.language.number(context.most_rows),
        )
        again = say(
            "The same file scored again gives the decisions that are recorded, and records none twice; one that was "
            "changed is another file."
        )
        gr.HTML(f'<p class="cr-hint">{needed} {again}</p>')
        self._file = gr.File(
            label=say("File of applications (CSV or parquet)"),
            file_types=[".csv", ".tsv", ".txt", ".parquet"],
            height=140,
            elem_id="cr-file",
        )
        self._found = gr.HTML(
            empty(say("What is wrong with the file will be here, before anything is recorded."), context.language)
        )
        self._problems = gr.DownloadButton(say("Download all problems (CSV)"), visible=False, size="sm")
        with gr.Row():
            self._score = gr.Button(
                say("Score and record"), variant="primary", interactive=False, elem_id="cr-batch-score"
            )
            self._stop = gr.Button(say("Stop"), variant="stop", visible=False, elem_id="cr-batch-stop")
        self._state = gr.HTML("", elem_id="cr-batch-state")
        self._outcome = OutcomePart(context)
        self._batch = gr.State(None, delete_callback=_discard)
        self._wire()

    def _wire(self) -> None:
        said = [self._found, self._problems, self._score, self._stop, self._state]
        every = [self._file, *said, self._batch, *self._outcome.outputs]
        # Not stopped by Gradio's cancels: a last word of what is cancelled could come after that of what cancels it.
        self._file.upload(self._check, [self._file, self._batch], every, show_progress="hidden")
        self._score.click(self._run, self._batch, every, show_progress="hidden")
        self._stop.click(self._halt, self._batch, every, show_progress="hidden")
        self._file.clear(self._clear, self._batch, every, show_progress="hidden")

    async def _check(self, request: gr.Request, upload: str, before: Batch | None) -> AsyncIterator[Updates]:
        """Check a file; nothing of it is recorded."""
        language, calls = self._context.language, self._context.calls
        _discard(before)
        batch = Batch(Path(upload), Path(self._file.GRADIO_CACHE), language)
        yield {
            **self._nothing(),
            self._file: str(batch.file),
            self._batch: batch,
            self._found: checking(batch.name, 0.0, language),
            self._stop: gr.update(visible=True),
        }
        check = Check(batch, calls, language, self._context.most_rows)
        try:
            async with aclosing(check.run()) as shares:
                async for share in shares:
                    yield {self._found: checking(batch.name, share, language)}
            if batch.discarded:
                yield self._silence()
                return
        except (BadFile, CallFailed) as error:
            why = bad_file(error, batch.name, language) if isinstance(error, BadFile) else problem(error, language)
            yield {**self._nothing(), self._found: why}
            return
        allowed = reader(request).role is Role.ANALYST
        yield {
            self._found: report(batch, language) + ("" if allowed else problem(Forbidden(), language)),
            self._problems: gr.update(visible=bool(batch.problems.total), value=str(batch.problems.file)),
            self._score: self._offer(batch, allowed=allowed),
            self._stop: gr.update(visible=False),
        }

    async def _run(self, request: gr.Request, batch: Batch | None) -> AsyncIterator[Updates]:
        """Score what is left of the file, and say how far it is."""
        language = self._context.language
        try:
            user = analyst(request)
        except Forbidden as error:
            yield {self._state: problem(error, language)}
            return
        if batch is None or not batch.checked:
            yield {self._state: empty(language.say("Choose a file first."), language)}
            return
        scoring = batch.scoring
        if scoring is None or scoring.done:
            scoring = Scoring(batch, self._context.calls, client_of(user), language)
        scoring.watched = True
        try:
            yield {self._score: gr.update(interactive=False), self._stop: gr.update(visible=True)}
            while not (scoring.done or batch.discarded):
                yield {self._state: progress(batch, scoring, language)}
                await scoring.wait(LOOK)
            updates = await self._ended(batch, scoring)
        finally:
            # Also where the page was left.
            scoring.stop()
            scoring.watched = False
        yield self._silence() if batch.discarded else updates

    async def _halt(self, batch: Batch | None) -> Updates:
        """Stop what is under way; of a run, what was sent is waited for."""
        language = self._context.language
        if batch is None or batch.scoring is None:
            _discard(batch)
            why = empty(language.say("The check was stopped, nothing is recorded. Choose a file again."), language)
            return {**self._nothing(), self._file: None, self._found: why}
        batch.scoring.stop()
        if batch.scoring.watched:
            return {self._stop: gr.update(visible=False)}
        await batch.scoring.wait()
        return await self._ended(batch, batch.scoring)

    async def _clear(self, batch: Batch | None) -> Updates:
        """Forget the file."""
        _discard(batch)
        language = self._context.language
        return {**self._nothing(), self._found: empty(language.say("Choose a file."), language)}

    async def _ended(self, batch: Batch, scoring: Scoring) -> Updates:
        """What is seen once a run has ended, however it did; nothing where the file is forgotten."""
        language = self._context.language
        if batch.discarded:
            return {}
        failure = scoring.failure()
        said = ended(batch, language)
        with batch.held():
            found = await asyncio.to_thread(gather, batch)
        return {
            self._state: said + problem(failure, language) if failure else said,
            self._score: self._offer(batch, allowed=True),
            self._stop: gr.update(visible=False),
            **(await asyncio.to_thread(self._outcome.show, found) if found else {}),
        }

    def _offer(self, batch: Batch, *, allowed: bool) -> Any:
        """What the button says that scores."""
        say, number = self._context.language.say, self._context.language.number
        if batch.checked and not batch.left and batch.scored:
            return gr.update(value=say("All is scored and recorded"), interactive=False)
        count = number(batch.sound)
        text = say("Score and record {count} applications", count=count)
        if batch.scored:
            text = say("Go on: {count} are left", count=number(batch.sound - batch.explained))
        return gr.update(value=text, interactive=allowed and batch.left)

    def _silence(self) -> Updates:
        """The last word of what was stopped, which changes nothing: Gradio says a last word twice."""
        return {self._stop: gr.skip()}

    def _nothing(self) -> Updates:
        """The tab without a file."""
        say = self._context.language.say
        return {
            self._problems: gr.update(visible=False, value=None),
            self._score: gr.update(value=say("Score and record"), interactive=False),
            self._stop: gr.update(visible=False),
            self._state: "",
            self._batch: None,
            **self._outcome.hide(),
        }


def _discard(batch: Batch | None) -> None:
    if batch is not None:
        batch.discard()
