"""A service's error as an answer of HTTP: its status, its words where it spoke, and no address where it did not."""

import json
from typing import Any

import grpc
import pytest
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc import aio

from creditrisk.api.scoring.v1.scoring_pb2 import ScoreRequest
from creditrisk.runtime.interceptor import DETAILS
from gateway.rest.problems import Problem, of_call

STATUSES = {
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "RESOURCE_EXHAUSTED": 429,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "CANCELLED": 503,
    "DEADLINE_EXCEEDED": 504,
    "INTERNAL": 500,
    "UNKNOWN": 500,
    "DATA_LOSS": 500,
}


def failed(code: grpc.StatusCode, said: str, *details: tuple[str, bytes]) -> Problem:
    error = aio.AioRpcError(code, aio.Metadata(), aio.Metadata(*details), said)
    return of_call(error, "scoring", ScoreRequest.DESCRIPTOR)


def spoken(code: grpc.StatusCode, message: str, **violations: str) -> tuple[str, bytes]:
    """The details that our services send."""
    status = status_pb2.Status(code=code.value[0], message=message)
    bad = error_details_pb2.BadRequest()
    for field, description in violations.items():
        bad.field_violations.add(field=field, description=description)
    packed = any_pb2.Any()
    packed.Pack(bad)
    status.details.append(packed)
    return DETAILS, status.SerializeToString()


def body(problem: Problem) -> Any:
    return json.loads(bytes(problem.response().body))


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_a_status_is_mapped_as_google_api_does(name: str, status: int) -> None:
    code = grpc.StatusCode[name]
    said = body(failed(code, "as it is", spoken(code, "as it is")))
    assert (said["status"], said["code"], said["detail"], said["type"]) == (status, name, "as it is", "about:blank")


@pytest.mark.parametrize("name", STATUSES)
def test_where_grpc_failed_no_address_is_said(name: str) -> None:
    problem = failed(grpc.StatusCode[name], "failed to connect to ipv4:10.0.0.7:50052")
    assert "10.0.0.7" not in problem.detail
    assert "the scoring service" in problem.detail


def test_every_status_has_its_own() -> None:
    assert {code.name for code in grpc.StatusCode} == {*STATUSES, "OK"}


def test_an_incident_is_passed_on() -> None:
    assert failed(grpc.StatusCode.INTERNAL, "internal error, incident 0123456789ab").detail.endswith("0123456789ab")


def test_violations_are_said_with_jsons_names() -> None:
    code = grpc.StatusCode.INVALID_ARGUMENT
    sent = spoken(code, "x", **{"application.amt_credit": "is -1", "request_id": "is required"})
    assert body(failed(code, "x", sent))["violations"] == [
        {"field": "application.amtCredit", "description": "is -1"},
        {"field": "requestId", "description": "is required"},
    ]


@pytest.mark.parametrize(("name", "wait"), [("UNAVAILABLE", "1"), ("RESOURCE_EXHAUSTED", "1"), ("NOT_FOUND", None)])
def test_what_passes_says_when_to_retry(name: str, wait: str | None) -> None:
    assert failed(grpc.StatusCode[name], "").response().headers.get("retry-after") == wait
