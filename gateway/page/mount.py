"""The page's place among the gateway's routes: one mount a language, behind the login."""

import asyncio
import os
from typing import Final

# Read when Gradio is imported: it would ask its maker for its newest version, and its hub for models.
os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_OFFLINE="1")

import gradio as gr
from fastapi import FastAPI
from gradio.routes import App
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from gateway.login.login import Login
from gateway.page.address import Addressed
from gateway.page.blocks import build
from gateway.page.calls import Calls
from gateway.page.catalogue import Catalogues
from gateway.page.confined import Confined
from gateway.page.context import Context
from gateway.page.model.files import AT, report_files
from gateway.page.theme import ICON, STYLE, head, theme
from gateway.routes import Serve, add
from gateway.services import Services
from gateway.settings import GatewaySettings
from gateway.texts import LANGUAGES, preferred

UPLOAD: Final = "64mb"
"""Largest file that is taken."""


def mount_page(app: FastAPI, settings: GatewaySettings, services: Services, login: Login) -> list[asyncio.Event]:
    """Add the page to ``app``: /en/, /fr/, / that leads to the one a browser asks for, and the files they show.

    What is returned, once set, ends the streams that open pages hold.
    """
    calls = Calls(services, settings.max_deadline)
    catalogues = Catalogues(calls)
    stops = []
    for code, language in LANGUAGES.items():
        gr.mount_gradio_app(
            app,
            build(Context(language, calls, catalogues, settings.batch_rows)),
            path=f"/{code}",
            root_path=f"{settings.root_path}/{code}" if settings.root_path else None,
            theme=theme(),
            css=STYLE,
            head=head(code),
            footer_links=[],
            run_history=False,
            ssr_mode=False,
            max_file_size=UPLOAD,
        )
        mounted = app.router.routes[-1]
        if not isinstance(mounted, Mount) or not isinstance(mounted.app, App):
            raise TypeError("Gradio did not mount its page last")
        stops.append(mounted.app.stop_event)
        page: ASGIApp = Confined(mounted.app)
        if settings.public_url is not None:
            page = Addressed(page, settings.public_url)
        mounted.app = login.guard(page, f"/{code}")
    app.mount(AT, login.guard(report_files(calls), AT))
    add(app, "GET", "/", _lead(settings))
    add(app, "GET", "/favicon.ico", _icon)
    for code in LANGUAGES:
        add(app, "GET", f"/{code}", _to(f"{settings.root_path}/{code}/"))
    return stops


def _lead(settings: GatewaySettings) -> Serve:
    async def lead(request: Request) -> Response:
        code = preferred(request.headers.get("Accept-Language", ""))
        return RedirectResponse(f"{settings.root_path}/{code}/", 302, {"Vary": "Accept-Language"})

    return lead


def _to(address: str) -> Serve:
    async def lead(_: Request) -> Response:
        return RedirectResponse(address, 301)

    return lead


async def _icon(_: Request) -> Response:
    return Response(ICON, media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})
