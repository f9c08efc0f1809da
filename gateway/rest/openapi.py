"""The OpenAPI description of what is exposed, by the protos and their comments."""

import re
from typing import Any, Final

from creditrisk import __version__
from gateway.rest.comments import comments
from gateway.rest.endpoint import CLIENT, MEDIA_TYPE, TIMEOUT
from gateway.rest.examples import EXAMPLES, PROBLEMS, REQUEST_ID
from gateway.rest.problems import MEDIA_TYPE as PROBLEM_TYPE
from gateway.rest.problems import RETRY, STATUSES
from gateway.rest.rpcs import RPCS, Rpc
from gateway.rest.schemas import Schema, Schemas
from gateway.services import SERVICES

ABOUT: Final = """\
The RPCs of creditrisk's services as JSON over HTTP. The protos are the reference, and JSON is protobuf's own mapping of
them: field names are lowerCamelCase (a proto's own names are taken too), 64-bit integers are written as strings, bytes
as base64, times by RFC 3339. A field that is not known is left out; null is the same. Answers hold every field that
has no presence, also where it is 0, false or empty.

Errors are problem+json (RFC 9457); `violations` name each field and the rule it breaks.

`POST /v1/score` decides once: send the same body with the same `requestId` again to retry, from the same `X-Client-Id`.
Every answer has an `X-Request-Id`, the request's own where it had one; it is in the logs of all services.
"""
ERRORS: Final = re.compile(r"\n*Errors:((?: |\n).*)", re.DOTALL)
ERROR: Final = re.compile(r"^ *((?:[A-Z_]+(?:, )?)+): (.*?)(?=^ *[A-Z_]+(?:, [A-Z_]+)*: |\Z)", re.DOTALL | re.MULTILINE)
USUAL: Final = {
    400: "The request is no message of this call: malformed, or with a field that is unknown or of another type.",
    429: "More calls at once than are taken; retry later.",
    500: "Unexpected; `detail` has an id to quote.",
    503: "The service cannot be reached; retry.",
    504: "There was no answer in time; retry.",
}
OF_A_BODY: Final = {
    408: "The body did not arrive in time.",
    413: "The body is larger than is taken.",
    415: "The body is not application/json in UTF-8.",
}
PROBLEM: Final[Schema] = {
    "type": "object",
    "description": "Why a request was not answered as asked (RFC 9457).",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "about:blank: title and status say it."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer", "description": "The status of HTTP.", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong, and what would be right."},
        "requestId": {"type": "string", "description": "The X-Request-Id, to find this request in the logs."},
        "code": {"type": "string", "description": "The status as gRPC names it, where it is of a call to a service."},
        "violations": {
            "type": "array",
            "description": "One entry a broken rule.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "description": "Path of the field, such as application.amtCredit."},
                    "description": {"type": "string", "description": "What is wrong, and what would be right."},
                },
                "required": ["field", "description"],
            },
        },
        "services": {
            "type": "object",
            "description": "Of /healthz: the health of each service.",
            "additionalProperties": {"type": "string"},
        },
    },
    "required": ["type", "title", "status", "detail", "requestId"],
}
HEALTH: Final[Schema] = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["SERVING"]},
        "services": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["status", "services"],
}


def describe(root_path: str) -> dict[str, Any]:
    """The description, as OpenAPI 3.1; ``root_path``: what the gateway is served under."""
    schemas = Schemas()
    paths: dict[str, Any] = {}
    for rpc in RPCS:
        paths.setdefault(rpc.path, {})[rpc.verb.lower()] = _operation(rpc, schemas)
    paths["/healthz"] = {"get": _own("healthz", "Whether the gateway and every service serve", MEDIA_TYPE, HEALTH)}
    paths["/healthz"]["get"]["responses"]["503"] = _problem(503, "A service cannot serve; `services` say which.")
    paths["/metrics"] = {"get": _own("metrics", "This process's metrics", "text/plain", {"type": "string"})}
    tags = [{"name": name, "description": comments()[service.full_name]} for name, service in SERVICES.items()]
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "creditrisk",
            "version": __version__,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": root_path or "/"}],
        "tags": [*tags, {"name": "gateway", "description": "The gateway itself."}],
        "paths": paths,
        "components": {"schemas": {**schemas.named, "Problem": PROBLEM}, "parameters": _headers()},
    }


def _operation(rpc: Rpc, schemas: Schemas) -> dict[str, Any]:
    said = comments()[rpc.method.full_name]
    errors = ERRORS.search(said)
    about = said[: errors.start()] if errors else said
    operation: dict[str, Any] = {
        "operationId": rpc.method.name,
        "tags": [rpc.service],
        "summary": re.split(r"[.:] |\.\n|\.$", about.replace("\n", " "), maxsplit=1)[0],
        "description": about,
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _headers()],
    }
    if rpc.verb == "GET":
        operation["parameters"] += _parameters(rpc, schemas)
    else:
        content: dict[str, Any] = {"schema": schemas.of(rpc.request, sent=True)}
        if rpc.method.name in EXAMPLES:
            content["example"] = EXAMPLES[rpc.method.name]
        operation["requestBody"] = {"required": True, "content": {MEDIA_TYPE: content}}
    answer = {"schema": schemas.of(rpc.response, sent=False)}
    operation["responses"] = {
        "200": {"description": "The answer.", "content": {MEDIA_TYPE: answer}},
        **{str(status): _problem(status, text) for status, text in sorted(_errors(rpc, errors).items())},
    }
    return operation


def _parameters(rpc: Rpc, schemas: Schemas) -> list[dict[str, Any]]:
    found = []
    for field in rpc.request.fields:
        in_path = field.json_name in rpc.in_path
        said = comments()[field.full_name]
        found.append(
            {
                "name": field.json_name,
                "in": "path" if in_path else "query",
                "required": in_path or "REQUIRED." in said,
                "description": said,
                "schema": schemas.parameter(field),
            }
        )
    return found


def _errors(rpc: Rpc, errors: "re.Match[str] | None") -> dict[int, str]:
    """What each status of an RPC's errors means: its comment's words, after those that hold for all."""
    found = USUAL | (OF_A_BODY if rpc.verb == "POST" else {})
    by_name = {code.name: status for code, status in STATUSES.items()}
    for names, text in ERROR.findall(errors[1]) if errors else ():
        for name in names.split(", "):
            status = by_name[name]
            meant = " ".join(text.split())
            found[status] = f"{found[status]}\n\n{name}: {meant}" if status in found else f"{name}: {meant}"
    return found


def _problem(status: int, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": text,
        "content": {
            PROBLEM_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": PROBLEMS[status].body(REQUEST_ID),
            }
        },
    }
    if status in RETRY:
        answer["headers"] = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
    return answer


def _own(name: str, summary: str, media_type: str, schema: Schema) -> dict[str, Any]:
    answer = {"description": "The answer.", "content": {media_type: {"schema": schema}}}
    return {"operationId": name, "tags": ["gateway"], "summary": summary, "responses": {"200": answer}}


def _headers() -> dict[str, Any]:
    described = {
        CLIENT: (
            "The calling system, at most 128 characters; request ids are unique within it. Left out: anonymous.",
            {"type": "string", "pattern": "^[ -~]*$"},
        ),
        "X-Request-Id": (
            "An id for logs, 1 to 128 printable ASCII characters without spaces; what is none is replaced.",
            {"type": "string"},
        ),
        TIMEOUT: (
            "Seconds the call may take; the gateway's own bound holds too.",
            {"type": "number", "exclusiveMinimum": 0},
        ),
    }
    return {
        name: {"name": name, "in": "header", "description": text, "schema": schema}
        for name, (text, schema) in described.items()
    }
