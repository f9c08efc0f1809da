"""The interceptor: errors as status, an opaque answer to what is unexpected, metrics, request ids."""

import asyncio
import logging
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import REGISTRY

from creditrisk import errors
from creditrisk.api.scoring.v1.scoring_pb2 import GetModelRequest
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.errors import Violation
from creditrisk.runtime.channel import outgoing
from creditrisk.runtime.interceptor import DETAILS
from creditrisk.runtime.telemetry import REQUEST_ID
from tests.runtime.calls import SERVICE, Behaviour, call, channel_to, raising

# One loop for all: gRPC's poller is one a process, and loops that come and go disturb it.
pytestmark = pytest.mark.asyncio(loop_scope="session")

TWO = [Violation("application.amt_credit", "is negative"), Violation("request_id", "is required")]
INTERNAL = (
    *(errors.InvalidData("d"), errors.InvalidPolicy("p"), errors.InvalidSettings("s")),
    *(errors.UnsupportedModel("m"), errors.InvalidBundle("b"), errors.CreditRiskError("c")),
)


async def refusal(behaviour: Behaviour, **options: Any) -> aio.AioRpcError:
    with pytest.raises(aio.AioRpcError) as refused:
        await call(behaviour, **options)
    return refused.value


def details(error: aio.AioRpcError) -> status_pb2.Status | None:
    found = [value for key, value in error.trailing_metadata() or () if key == DETAILS]
    return status_pb2.Status.FromString(found[0]) if found else None


@pytest.mark.parametrize("kind", [errors.InvalidApplication, errors.InvalidArgument])
async def test_broken_rules_are_invalid_argument_with_each_field(
    kind: type[errors.InvalidApplication | errors.InvalidArgument],
) -> None:
    error = await refusal(raising(kind(TWO)))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert error.details() == "application.amt_credit: is negative; request_id: is required"
    status = details(error)
    assert status is not None
    assert status.code == 3
    bad = error_details_pb2.BadRequest()
    assert status.details[0].Unpack(bad)
    assert [(one.field, one.description) for one in bad.field_violations] == [(v.field, v.rule) for v in TWO]


async def test_an_application_wrong_in_every_field_is_refused_in_an_answer_that_fits() -> None:
    many = [Violation(f"application.a_long_field_name_{at:03}", "is wrong: " + "é" * 90) for at in range(130)]
    error = await refusal(raising(errors.InvalidApplication(many)))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT, error.details()
    status = details(error)
    assert status is not None
    bad = error_details_pb2.BadRequest()
    status.details[0].Unpack(bad)
    assert 5 <= len(bad.field_violations) < 130
    assert f"and {130 - len(bad.field_violations)} more" in (error.details() or "")


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (errors.NotFound("no decision 7"), grpc.StatusCode.NOT_FOUND),
        (errors.RequestConflict("used before"), grpc.StatusCode.ALREADY_EXISTS),
        (errors.Unavailable("the store is away"), grpc.StatusCode.UNAVAILABLE),
        (errors.Exhausted("events wait"), grpc.StatusCode.RESOURCE_EXHAUSTED),
    ],
)
async def test_other_errors_of_the_domain_keep_their_words(
    raised: errors.CreditRiskError, code: grpc.StatusCode
) -> None:
    error = await refusal(raising(raised))
    assert (error.code(), error.details()) == (code, str(raised))


@pytest.mark.parametrize("raised", [*INTERNAL, KeyError("secret")], ids=lambda error: type(error).__name__)
async def test_what_is_not_the_callers_to_know_is_an_incident(
    raised: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    error = await refusal(raising(raised))
    assert error.code() is grpc.StatusCode.INTERNAL
    said, _, incident = (error.details() or "").rpartition(" ")
    assert said == "internal error, incident"
    (line,) = [one for one in caplog.records if (one.name, one.levelno) == ("rpc", logging.ERROR)]
    assert vars(line)["incident"] == incident
    assert len(incident) == 12
    assert line.exc_info is not None
    assert type(raised).__name__ in (line.exc_text or logging.Formatter().formatException(line.exc_info))


def counted(code: str, method: str = "GetModel", service: str = SERVICE) -> float:
    labels = {"grpc_type": "unary", "grpc_service": service, "grpc_method": method, "grpc_code": code}
    return REGISTRY.get_sample_value("grpc_server_handled_total", labels) or 0.0


async def test_calls_are_counted_by_code() -> None:
    async def fine(_: aio.ServicerContext[Any, Any]) -> None:
        pass

    async def abort(context: aio.ServicerContext[Any, Any]) -> None:
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "its own words")

    behaviours: dict[str, Behaviour] = {
        "OK": fine,
        "NOT_FOUND": raising(errors.NotFound("x")),
        "INTERNAL": raising(ValueError("x")),
        "FAILED_PRECONDITION": abort,
    }
    before = {code: counted(code) for code in behaviours}
    started = REGISTRY.get_sample_value(
        "grpc_server_started_total", {"grpc_type": "unary", "grpc_service": SERVICE, "grpc_method": "GetModel"}
    )
    for code, behaviour in behaviours.items():
        async with channel_to(behaviour) as channel:
            answer = ScoringServiceStub(channel).GetModel(GetModelRequest())
            assert (await answer.code()).name == code
    # The status leaves before the call has quite ended.
    async with asyncio.timeout(10):
        while {code: counted(code) - before[code] for code in behaviours} != dict.fromkeys(behaviours, 1.0):  # noqa: ASYNC110
            await asyncio.sleep(0.001)
    handled = REGISTRY.get_sample_value(
        "grpc_server_handling_seconds_count", {"grpc_type": "unary", "grpc_service": SERVICE, "grpc_method": "GetModel"}
    )
    assert handled
    assert handled >= (started or 0) + 4


async def test_a_call_the_client_gave_up_is_counted_as_cancelled() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def endless(_: aio.ServicerContext[Any, Any]) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    before = counted("CANCELLED")
    async with channel_to(endless) as channel:
        answer = ScoringServiceStub(channel).GetModel(GetModelRequest())
        async with asyncio.timeout(10):
            await begun.wait()
            answer.cancel()
            await ended.wait()
    assert counted("CANCELLED") == before + 1


async def test_health_of_an_unknown_service_is_not_found() -> None:
    before = counted("NOT_FOUND", "Check", "grpc.health.v1.Health")
    async with channel_to(raising(errors.NotFound("x"))) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        with pytest.raises(aio.AioRpcError) as refused:
            await stub.Check(health_pb2.HealthCheckRequest(service="another"))
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND
    assert counted("NOT_FOUND", "Check", "grpc.health.v1.Health") == before + 1


async def test_the_callers_request_id_is_in_the_log_and_passed_on(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    async def note(_: aio.ServicerContext[Any, Any]) -> None:
        seen.extend([REQUEST_ID.get(), dict(outgoing())["x-request-id"]])

    caplog.set_level(logging.DEBUG, "rpc")
    await call(note, metadata=(("x-request-id", "core-7"),))
    assert seen == ["core-7", "core-7"]
    (line,) = [one for one in caplog.records if one.name == "rpc"]
    assert line.getMessage() == f"{SERVICE}/GetModel"
    assert vars(line)["code"] == "OK"


async def test_a_call_without_a_request_id_is_given_its_own() -> None:
    seen: list[str] = []

    async def note(_: aio.ServicerContext[Any, Any]) -> None:
        seen.append(REQUEST_ID.get())

    await call(note)
    await call(note, metadata=(("x-request-id", "x" * 500),))
    assert len(seen[0]) == 32
    assert seen[1] == "x" * 128
