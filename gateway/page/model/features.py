"""Features looked for by theme, by words and by their part in the model, page by page."""

from collections.abc import Iterable
from typing import Any, Final

import gradio as gr

from creditrisk.api.feature.v1 import feature_pb2 as pb
from gateway.page.calls import CallFailed
from gateway.page.context import Context
from gateway.page.views.empty import empty
from gateway.page.views.features import begun, features
from gateway.page.views.problem import problem
from gateway.texts import Language

PAGE: Final = 50
EVERY, TAKEN, LEFT, PROTECTED = "every", "taken", "left", "protected"


class FeatureList:
    """Layout and events."""

    def __init__(self, context: Context) -> None:
        """Lay the list out, within a Blocks."""
        self._context = context
        say = context.language.say
        with gr.Column(elem_classes="cr-card"):
            gr.HTML(f"<h2>{say('Features')}</h2>")
            with gr.Row(elem_classes="cr-filters"):
                self._text = gr.Textbox("", label=say("With the words"), placeholder="EXT_SOURCE", max_length=100)
                self._theme = gr.Dropdown([(say("any theme"), "")], value="", label=say("Theme"))
                parts = [
                    (say("any"), EVERY),
                    (say("in the model"), TAKEN),
                    (say("not in the model"), LEFT),
                    (say("protected attributes"), PROTECTED),
                ]
                self._part = gr.Dropdown(parts, value=EVERY, label=say("Part in the model"))
            self._list = gr.HTML("")
            with gr.Row():
                self._back = gr.Button(say("Previous page"), interactive=False)
                self._on = gr.Button(say("Next page"), interactive=False)
        self._first = gr.State(0)

    def wire(self, tab: gr.Tab) -> None:
        """Events, with those of opening ``tab``."""
        filters = [self._text, self._theme, self._part]
        shown = [self._list, self._back, self._on, self._first]
        tab.select(self._themes, None, self._theme, show_progress="hidden")
        # Text that is pasted is a change, no input. While one page is under way only the last letter waits.
        for change in (tab.select, self._text.change, self._theme.input, self._part.input):
            change(self._begin, filters, shown, show_progress="hidden", trigger_mode="always_last")
        self._back.click(self._before, [self._first, *filters], shown, show_progress="hidden")
        self._on.click(self._after, [self._first, *filters], shown, show_progress="hidden")

    async def _themes(self) -> Any:
        """The themes that features have, to choose from; a theme chosen stays."""
        language = self._context.language
        held = await self._context.catalogues.held()
        themes = sorted({one.reason for one in held.features.values()}, key=language.say)
        return gr.update(
            choices=[(language.say("any theme"), ""), *((begun(language.say(one)), one) for one in themes)]
        )

    async def _begin(self, *filters: str) -> list[Any]:
        return await self._page(0, *filters)

    async def _before(self, first: int, *filters: str) -> list[Any]:
        return await self._page(max(first - PAGE, 0), *filters)

    async def _after(self, first: int, *filters: str) -> list[Any]:
        return await self._page(first + PAGE, *filters)

    async def _page(self, first: int, text: str, theme: str, part: str) -> list[Any]:
        """The features from place ``first`` on, and whether there are any before and after."""
        language = self._context.language
        no = gr.update(interactive=False)
        try:
            catalogue = await self._context.catalogues.get()
        except CallFailed as error:
            return [problem(error, language), no, no, 0]
        found = matching(catalogue.features.values(), text, theme, part, language)
        if not found:
            return [empty(language.say("No feature is like that."), language), no, no, 0]
        shown = features(found[first : first + PAGE], first, len(found), language)
        return [shown, gr.update(interactive=first > 0), gr.update(interactive=first + PAGE < len(found)), first]


def matching(found: Iterable[pb.Feature], text: str, theme: str, part: str, language: Language) -> list[pb.Feature]:
    """Those of ``found`` of a ``theme`` (empty: any) and a ``part`` that have every word of ``text`` in their texts."""
    words = text.casefold().split()
    return [
        one
        for one in found
        if theme in {"", one.reason} and _has(part, one) and all(word in _texts(one, language) for word in words)
    ]


def _has(part: str, feature: pb.Feature) -> bool:
    if part == PROTECTED:
        return bool(feature.protected_attribute)
    return part == EVERY or feature.HasField("position") == (part == TAKEN)


def _texts(feature: pb.Feature, language: Language) -> str:
    told = (feature.meaning, feature.reason, feature.unit, feature.missing, feature.protected_attribute)
    return " ".join((feature.name, *feature.source_columns, *map(language.say, told))).casefold()
