"""A bundle's reports as files behind the login: pictures that the page shows, and all of them to download.

Browsers fetch a picture when it comes into view, and keep it; nothing is kept here.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from creditrisk.api.explain.v1 import explain_pb2 as pb
from gateway.page.calls import CallFailed, Calls

AT: Final = "/reports"
PICTURE: Final = "image/png"
KEPT: Final = 3_600
"""Seconds that a browser keeps a file; it is sealed, but who has signed out shall not have it for good."""
SAFE: Final[Mapping[str, str]] = {
    "Cache-Control": f"private, max-age={KEPT}",
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "X-Content-Type-Options": "nosniff",
}
"""Whatever a bundle holds, it runs nothing in the page's name and fetches nothing."""


def address(bundle_hash: str, name: str) -> str:
    """Where the report ``name`` of a bundle is, seen from a page."""
    return f"..{AT}/{quote(bundle_hash, safe='')}/{quote(name, safe='')}"


def report_files(calls: Calls) -> Router:
    """What serves reports, to be mounted at ``AT``."""

    async def serve(request: Request) -> Response:
        asked = pb.GetReportRequest(**request.path_params)
        try:
            found = await calls.ask(calls.explain.GetReport, asked)
        except CallFailed as error:
            return error.problem.response()
        report = found.report
        headers = {**SAFE, "ETag": f'"{report.sha256}"'}
        if report.media_type != PICTURE:
            named = quote(f"{found.bundle_hash[:8]}-{report.name}")
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{named}"
        return Response(found.content, media_type=report.media_type, headers=headers)

    return Router([Route("/{bundle_hash}/{name}", serve)])
