"""The server: health by name, reflection, drain, and ports that are taken."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any
from urllib.request import urlopen

import grpc
import pytest
import pytest_asyncio
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from creditrisk.api.scoring.v1.scoring_pb2 import GetModelRequest
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub, add_ScoringServiceServicer_to_server
from creditrisk.errors import InvalidSettings
from creditrisk.runtime.server import Server
from services.scoring.settings import ScoringSettings
from tests.runtime.calls import SERVICE, Behaving

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Gate:
    """Lets calls begin, and end when told."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.end = asyncio.Event()

    async def __call__(self, _: aio.ServicerContext[Any, Any]) -> None:
        self.begun.set()
        await self.end.wait()


def made(gate: Gate, port: int = 0, metrics_port: int = 0) -> Server:
    def register(server: aio.Server) -> None:
        add_ScoringServiceServicer_to_server(Behaving(gate), server)

    return Server(ScoringSettings(port=port, metrics_port=metrics_port, drain=10), SERVICE, register)


@pytest_asyncio.fixture(loop_scope="session")
async def gate() -> Gate:
    return Gate()


@pytest_asyncio.fixture(loop_scope="session")
async def server(gate: Gate) -> AsyncIterator[Server]:
    started = made(gate)
    await started.start()
    yield started
    gate.end.set()
    await started.drain()


@pytest_asyncio.fixture(loop_scope="session")
async def channel(server: Server) -> AsyncIterator[aio.Channel]:
    async with aio.insecure_channel(f"127.0.0.1:{server.port}") as opened:
        yield opened


async def test_health_is_serving_for_the_server_and_its_service(channel: aio.Channel) -> None:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    for name in ("", SERVICE):
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_reflection_names_the_service_and_its_messages(channel: aio.Channel) -> None:
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)
    asked = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE),
    ]
    listed, described = [answer async for answer in stub.ServerReflectionInfo(iter(asked))]
    assert {one.name for one in listed.list_services_response.service} >= {SERVICE, "grpc.health.v1.Health"}
    files = [FileDescriptorProto.FromString(one) for one in described.file_descriptor_response.file_descriptor_proto]
    assert any(message.name == "ScoreRequest" for file in files for message in file.message_type)


async def test_a_drain_lets_calls_in_flight_finish_and_says_so_to_health(
    server: Server, channel: aio.Channel, gate: Gate
) -> None:
    health: Any = health_pb2_grpc.HealthStub(channel)
    watched = health.Watch(health_pb2.HealthCheckRequest(service=SERVICE))
    assert (await watched.read()).status == health_pb2.HealthCheckResponse.SERVING
    call = ScoringServiceStub(channel).GetModel(GetModelRequest())
    async with asyncio.timeout(10):
        await gate.begun.wait()
        draining = asyncio.create_task(server.drain())
        assert (await watched.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        watched.cancel()
        gate.end.set()
        assert (await call).model_version == "7"
        await draining
    with pytest.raises(aio.AioRpcError) as refused:
        await ScoringServiceStub(channel).GetModel(GetModelRequest(), timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


async def test_a_port_that_is_taken_is_named(server: Server) -> None:
    with pytest.raises(InvalidSettings, match=f"^PORT {server.port}"):
        await made(Gate(), server.port).start()
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        taken = held.getsockname()[1]
        with pytest.raises(InvalidSettings, match=f"^METRICS_PORT {taken}"):
            await made(Gate(), 0, taken).start()


async def test_metrics_are_served_over_http(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "server")
    gate = Gate()
    started = made(gate)
    await started.start()
    (line,) = [one for one in caplog.records if one.getMessage() == "serving"]
    port = vars(line)["metrics_port"]
    text = (await asyncio.to_thread(lambda: urlopen(f"http://127.0.0.1:{port}/metrics").read())).decode()
    assert "# TYPE grpc_server_handled_total counter" in text
    assert "# TYPE grpc_server_handling_seconds histogram" in text
    await started.drain()
