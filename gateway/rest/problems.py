"""Errors as problem+json (RFC 9457): the services' by their gRPC status, and those of HTTP itself."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import grpc
from google.protobuf.descriptor import Descriptor
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from starlette.exceptions import HTTPException
from starlette.responses import Response

from creditrisk.errors import InvalidArgument, Violation
from creditrisk.runtime.interceptor import DETAILS
from creditrisk.runtime.telemetry import REQUEST_ID
from gateway.rest.transcode import json_path

MEDIA_TYPE: Final = "application/problem+json"
STATUSES: Final[Mapping[grpc.StatusCode, int]] = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.UNAUTHENTICATED: 401,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.ALREADY_EXISTS: 409,
    grpc.StatusCode.ABORTED: 409,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    # A service that stops ends calls with it; it is never the gateway that cancels.
    grpc.StatusCode.CANCELLED: 503,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}
"""As google.api maps them, but for CANCELLED; what is not here is 500."""
RETRY: Final[Mapping[int, str]] = {429: "1", 503: "1"}
"""Seconds to wait, by status."""
WITHOUT_A_WORD: Final[Mapping[int, str]] = {
    429: "the {} service has as many calls as it takes; retry later with the same ids",
    501: "the {} service does not know this call; is it of an older version?",
    503: "the {} service cannot be reached; retry with the same ids",
    504: "the {} service did not answer in time; what was asked may have been done, so retry with the same ids",
}
"""What is said where it is gRPC that failed, not the service that refused: its texts name addresses."""
INCIDENT: Final = "internal error, incident "
"""How services begin what they say of an unexpected error."""


class Problem(Exception):
    """A request that was not answered as asked, and why."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str | None = None,
        violations: Sequence[Violation] = (),
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        """``code``: gRPC's name of the status, where it is a service's; ``members``: further ones of the problem."""
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.violations = violations
        self.headers = dict(headers or {})
        self.members = members or {}

    def body(self, request_id: str) -> dict[str, Any]:
        """What is said of the request with that id."""
        said: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "requestId": request_id,
        }
        if self.code is not None:
            said["code"] = self.code
        if self.violations:
            said["violations"] = [{"field": one.field, "description": one.rule} for one in self.violations]
        return said | dict(self.members)

    def response(self) -> Response:
        """The problem as an answer to the request that is being served."""
        headers = {"Cache-Control": "no-store", **self.headers}
        if self.status in RETRY:
            headers["Retry-After"] = RETRY[self.status]
        content = json.dumps(self.body(REQUEST_ID.get()), ensure_ascii=False).encode()
        return Response(content, self.status, headers, MEDIA_TYPE)


def of_argument(error: InvalidArgument) -> Problem:
    """The problem of a request that is no message of its RPC."""
    return Problem(400, str(error), code="INVALID_ARGUMENT", violations=error.violations)


def of_call(error: aio.AioRpcError, service: str, request: Descriptor) -> Problem:
    """The problem of a call that ended with ``error``."""
    code = error.code()
    status = STATUSES.get(code, 500)
    details = [value for key, value in error.trailing_metadata() or () if key == DETAILS]
    said = error.details() or ""
    if not details and not said.startswith(INCIDENT):
        said = WITHOUT_A_WORD.get(status, "the {} service failed").format(service)
    return Problem(status, said, code=code.name, violations=_violations(details, request))


def of_http(error: HTTPException) -> Problem:
    """The problem of a request that no route takes."""
    details = {404: "there is nothing here; see /docs", 405: "this method is not for this path; see Allow"}
    return Problem(error.status_code, details.get(error.status_code, error.detail), headers=error.headers)


def _violations(details: Sequence[Any], request: Descriptor) -> list[Violation]:
    found = []
    for detail in (one for status in details for one in status_pb2.Status.FromString(status).details):
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(bad):
            found += [Violation(json_path(one.field, request), one.description) for one in bad.field_violations]
    return found
