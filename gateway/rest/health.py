"""/healthz and /metrics."""

import json
from collections.abc import Awaitable, Callable
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from gateway.rest.endpoint import MEDIA_TYPE
from gateway.rest.problems import Problem
from gateway.services import SERVING, Services

WITHIN: Final = 1.0
"""Seconds that services have to say how they are."""


def healthz(services: Services) -> Callable[[Request], Awaitable[Response]]:
    """Whether the gateway and every service behind it serve."""

    async def serve(_: Request) -> Response:
        said = await services.health(WITHIN)
        down = [name for name, status in said.items() if status != SERVING]
        if down:
            detail = f"cannot serve: {', '.join(down)}"
            raise Problem(503, detail, code="UNAVAILABLE", members={"services": said})
        return Response(json.dumps({"status": SERVING, "services": said}), media_type=MEDIA_TYPE)

    return serve


async def metrics(_: Request) -> Response:
    """This process's metrics, for Prometheus."""
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)
