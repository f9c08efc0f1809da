"""How routes are added: each request is counted and logged by its route."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from gateway.rest.access import ROUTE

Serve = Callable[[Request], Awaitable[Response]]


def add(app: FastAPI, verb: str, path: str, serve: Serve) -> None:
    """Serve ``verb`` on ``path``."""

    async def named(request: Request) -> Response:
        request.scope[ROUTE] = path
        return await serve(request)

    app.add_route(path, named, methods=[verb])
