"""The application that the gateway serves: all routes, and what is mounted beside them."""

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from gateway.login.login import Login
from gateway.rest import health
from gateway.rest.access import Access
from gateway.rest.docs import Docs
from gateway.rest.endpoint import Bound, Endpoint
from gateway.rest.openapi import describe
from gateway.rest.problems import Problem, of_http
from gateway.rest.rpcs import RPCS
from gateway.routes import add
from gateway.services import Services
from gateway.settings import GatewaySettings


def make_app(settings: GatewaySettings, services: Services) -> FastAPI:
    """The application, in front of ``services``.

    Raises:
        InvalidSettings: of signing in, see ``Login``.
    """
    # Routes and description come from the protos, so FastAPI makes none of its own.
    # Its traces would tell paths and queries, which hold what applicants are known by, to whom the environment names.
    silent: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
    app = FastAPI(title="creditrisk", openapi_url=None, docs_url=None, redoc_url=None, telemetry=silent)
    # A redirect would name the host and scheme that the ingress calls, not those that callers know.
    app.router.redirect_slashes = False
    app.add_middleware(Access, root_path=settings.root_path)
    app.add_exception_handler(Problem, _refused)
    app.add_exception_handler(HTTPException, _no_route)
    bound = Bound(settings.max_concurrent_calls)
    for rpc in RPCS:
        endpoint = Endpoint(rpc, services, bound, settings.max_deadline, settings.max_body)
        add(app, rpc.verb, rpc.path, endpoint.serve)
    docs = Docs(describe(settings.root_path))
    add(app, "GET", "/healthz", health.healthz(services))
    add(app, "GET", "/metrics", health.metrics)
    add(app, "GET", "/openapi.json", docs.openapi)
    add(app, "GET", "/docs", docs.page)
    add(app, "GET", "/docs/{name}", docs.file)
    app.state.stops = []
    login = Login.configured(settings)
    if login is not None:
        login.mount(app)
        # Gradio takes seconds to import: not where there is no page.
        from gateway.page.mount import mount_page  # noqa: PLC0415

        app.state.stops = mount_page(app, settings, services, login)
    return app


async def _refused(_: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise TypeError("no problem") from error
    return error.response()


async def _no_route(_: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError("no error of HTTP") from error
    return of_http(error).response()
