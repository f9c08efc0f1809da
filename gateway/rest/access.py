"""What surrounds every request: request id, root path, metrics, access log, unexpected errors."""

import logging
import re
import time
import uuid
from typing import Final

from prometheus_client import Counter, Gauge, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from creditrisk.runtime.telemetry import LATENCY_BUCKETS, REQUEST_ID
from gateway.rest.problems import Problem

log = logging.getLogger("http")

REQUESTS: Final = Counter("http_server_requests_total", "Requests ended, by status.", ["method", "route", "status"])
HANDLING: Final = Histogram(
    "http_server_handling_seconds", "Time from begin to end of a request.", ["method", "route"], buckets=LATENCY_BUCKETS
)
SERVING: Final = Gauge("http_server_serving", "Requests being served.")
ROUTE: Final = "creditrisk.route"
"""Where in the scope a route leaves its path, without what callers fill in."""
NO_ROUTE: Final = "none"
METHODS: Final = ("GET", "HEAD", "POST")
"""The others are one label."""
HEADER: Final = "X-Request-Id"
GONE: Final = 499
"""What is counted where the client went away before it had sent its request."""


class Access:
    """An ASGI middleware around all routes."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        """``root_path``: what an ingress serves ``app`` under."""
        self._app = app
        self._root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0
        # Read anew where it could not go on as metadata.
        asked = Headers(scope=scope).get(HEADER, "")
        REQUEST_ID.set(asked if re.fullmatch(r"[!-~]{1,128}", asked) else uuid.uuid4().hex)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[HEADER] = REQUEST_ID.get()
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        SERVING.inc()
        try:
            self._place(scope)
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            status = GONE
        except Exception:
            incident = uuid.uuid4().hex[:12]
            log.exception("unexpected error", extra={"incident": incident})
            if status:
                raise
            problem = Problem(500, f"internal error, incident {incident}", code="INTERNAL")
            await problem.response()(scope, receive, answer)
        finally:
            SERVING.dec()
            _tell(scope, status, time.perf_counter() - begun)

    def _place(self, scope: Scope) -> None:
        """Say where the application is; by ASGI the path holds the root path, which an ingress may have stripped."""
        if self._root_path:
            scope["root_path"] = self._root_path
            if not f"{scope['path']}/".startswith(f"{self._root_path}/"):
                scope["path"] = self._root_path + scope["path"]


def _tell(scope: Scope, status: int, seconds: float) -> None:
    """Count the request, and log it by its route: path and query hold what applicants are known by."""
    method = scope["method"] if scope["method"] in METHODS else "other"
    route = scope.get(ROUTE, NO_ROUTE)
    REQUESTS.labels(method, route, str(status)).inc()
    HANDLING.labels(method, route).observe(seconds)
    # As the services: a line a good call would cost too much of the call.
    level = logging.DEBUG if 0 < status < 400 else logging.INFO
    if log.isEnabledFor(level):
        log.log(level, "%s %s", method, route, extra={"status": status, "ms": round(seconds * 1e3, 3)})
