"""/openapi.json and /docs: Swagger UI, all of it served from here."""

import json
from importlib.resources import files
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>creditrisk</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
# Without a URL of a validator the page would send the description to Swagger's.
START: Final = """\
SwaggerUIBundle({url: "openapi.json", dom_id: "#page", deepLinking: true, validatorUrl: null,
  defaultModelsExpandDepth: 0, tryItOutEnabled: true});
"""
POLICY: Final = (
    "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""What the browser may load and call: nothing of another host, whatever the page's scripts may ask for."""
WITH_SWAGGER_UI: Final = "fastapi_offline"
FILES: Final = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


class Docs:
    """The description and its page."""

    def __init__(self, description: object) -> None:
        """Read what is served."""
        static = files(WITH_SWAGGER_UI).joinpath("static")
        self._files = {name: (static.joinpath(name).read_bytes(), kind) for name, kind in FILES.items()}
        self._files["start.js"] = (START.encode(), "text/javascript")
        self._description = json.dumps(description, ensure_ascii=False, separators=(",", ":")).encode()

    async def openapi(self, _: Request) -> Response:
        """The description."""
        return Response(self._description, media_type="application/json")

    async def page(self, _: Request) -> Response:
        """The page; by relative addresses, so that it works under any path."""
        return HTMLResponse(PAGE, headers={"Content-Security-Policy": POLICY})

    async def file(self, request: Request) -> Response:
        """A file that the page loads."""
        name = request.path_params["name"]
        if name not in self._files:
            raise HTTPException(404)
        content, kind = self._files[name]
        return Response(content, media_type=kind, headers={"Cache-Control": "max-age=3600"})
