"""Errors of calls as domain errors."""

from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from creditrisk.errors import (
    CreditRiskError,
    InvalidApplication,
    NotFound,
    RequestConflict,
    Unavailable,
    Violation,
)


def domain_error(error: Any) -> CreditRiskError:
    """The domain's error of a call that ended with ``error``, a grpc.RpcError."""
    code, message = error.code(), error.details() or ""
    match code:
        case grpc.StatusCode.INVALID_ARGUMENT:
            return InvalidApplication(_violations(error) or [Violation("request", message)])
        case grpc.StatusCode.NOT_FOUND:
            return NotFound(message)
        case grpc.StatusCode.ALREADY_EXISTS:
            return RequestConflict(message)
        case (
            grpc.StatusCode.UNAVAILABLE
            | grpc.StatusCode.CANCELLED
            | grpc.StatusCode.DEADLINE_EXCEEDED
            | grpc.StatusCode.RESOURCE_EXHAUSTED
        ):
            return Unavailable(f"{code.name}: {message}")
        case _:
            return CreditRiskError(f"{code.name}: {message}")


def _violations(error: Any) -> list[Violation]:
    found = []
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                bad = error_details_pb2.BadRequest()
                if detail.Unpack(bad):
                    found += [Violation(one.field, one.description) for one in bad.field_violations]
    return found
