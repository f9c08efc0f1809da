"""Where browsers find the page: Gradio writes whole addresses, and takes them from an ingress's headers."""

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send


class Addressed:
    """An ASGI application whose requests all seem to come by the public address, whatever their headers say."""

    def __init__(self, app: ASGIApp, public_url: str) -> None:
        """``app``: the page; ``public_url``: as in the settings."""
        self._app = app
        parts = urlsplit(public_url)
        self._headers = {"X-Forwarded-Proto": parts.scheme, "X-Forwarded-Host": parts.netloc}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the ingress's headers as they should be."""
        if scope["type"] == "http":
            scope["headers"] = list(scope["headers"])
            headers = MutableHeaders(scope=scope)
            for name, value in self._headers.items():
                headers[name] = value
        await self._app(scope, receive, send)
