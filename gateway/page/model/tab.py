"""The tab Model: layout and events."""

from typing import Any, Final

import gradio as gr

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.model.bundle import CERTIFICATE
from gateway.page.calls import CallFailed
from gateway.page.context import Context
from gateway.page.model.features import FeatureList
from gateway.page.model.files import address
from gateway.page.model.sealed import MARKDOWN, Sealed, sealed, seen
from gateway.page.views.card import card
from gateway.page.views.certified import certified
from gateway.page.views.charts import charts
from gateway.page.views.downloads import downloads
from gateway.page.views.empty import empty
from gateway.page.views.problem import problem
from gateway.page.views.served import served

SHORT: Final = 12
"""Characters of a hash that tell bundles apart."""


class ModelTab:
    """Layout and events."""

    def __init__(self, context: Context) -> None:
        """Lay the tab out, within a Blocks."""
        self._context = context
        say = context.language.say
        self._served = gr.HTML(empty(say("The model served will be here."), context.language))
        self._bundle = gr.Dropdown(
            [],
            label=say("Bundle whose card, charts and certificate are shown"),
            info=say("The one served, and those of recent decisions and windows; of any other, its SHA-256."),
            allow_custom_value=True,
        )
        self._documents = gr.HTML("")
        self._card = gr.HTML("")
        self._charts = gr.HTML("")
        self._certificate = gr.HTML("")
        self._features = FeatureList(context)
        self._shown = gr.State("")

    def wire(self, tab: gr.Tab) -> None:
        """Events, with those of opening ``tab``."""
        told = [self._documents, self._card, self._charts, self._certificate, self._shown]
        asked = [self._bundle, self._shown]
        tab.select(self._open, self._bundle, [self._served, self._bundle], show_progress="hidden").then(
            self._read, asked, told, show_progress="minimal"
        )
        self._bundle.input(self._read, asked, told, show_progress="minimal")
        self._features.wire(tab)

    async def _open(self, chosen: str | None) -> list[Any]:
        """What is served, and the bundles to choose from; the one served is chosen where none is."""
        language, calls = self._context.language, self._context.calls
        found = await seen(calls)
        try:
            model = await calls.ask(calls.scoring.GetModel, pb.GetModelRequest())
        except CallFailed as error:
            return [problem(error, language), gr.update(choices=_choices(found))]
        now = language.say("{version}, served now", version=model.model_version)
        choices = _choices(
            {model.bundle_hash: now} | {name: at for name, at in found.items() if name != model.bundle_hash}
        )
        return [served(model, language), gr.update(choices=choices, value=chosen or model.bundle_hash)]

    async def _read(self, chosen: str | None, shown: str) -> list[Any]:
        """What is sealed in a bundle: it cannot have changed where it is shown already."""
        language = self._context.language
        if chosen and chosen == shown:
            return [gr.skip()] * 5
        try:
            found = await sealed(self._context.calls, (chosen or "").strip())
        except CallFailed as error:
            return [problem(error, language), "", "", "", ""]
        return [*self._told(found), found.listed.bundle_hash]

    def _told(self, found: Sealed) -> list[str]:
        """The cards of a bundle's documents, card, charts and certificate."""
        language = self._context.language
        addresses = {one.name: address(found.listed.bundle_hash, one.name) for one in found.listed.reports}
        markdown, certificate = found.read.get(MARKDOWN), found.read.get(CERTIFICATE)
        return [
            downloads(found.listed, language),
            empty(language.say("This bundle was sealed without a model card."), language)
            if markdown is None
            else card(markdown.decode("utf-8", "replace"), addresses, language),
            charts(found.listed, found.read, language),
            empty(language.say("This bundle was sealed without a certificate."), language)
            if certificate is None
            else certified(certificate, language),
        ]


def _choices(versions: dict[str, str]) -> list[tuple[str, str]]:
    """What bundles are called, and their hashes."""
    return [(f"{version} · {name[:SHORT]}" if version else name[:SHORT], name) for name, version in versions.items()]
