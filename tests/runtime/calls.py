"""A server with the interceptor and one method whose behaviour the test gives."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from grpc import aio
from grpc_health.v1 import health, health_pb2_grpc

from creditrisk.api.scoring.v1.scoring_pb2 import GetModelRequest, GetModelResponse
from creditrisk.api.scoring.v1.scoring_pb2_grpc import (
    ScoringServiceServicer,
    ScoringServiceStub,
    add_ScoringServiceServicer_to_server,
)
from creditrisk.runtime.interceptor import CallInterceptor

Behaviour = Callable[[aio.ServicerContext[Any, Any]], Awaitable[None]]
SERVICE = "creditrisk.api.scoring.v1.ScoringService"


class Behaving(ScoringServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour

    async def GetModel(  # noqa: N802 - the proto's name
        self,
        request: GetModelRequest,  # noqa: ARG002
        context: aio.ServicerContext[Any, Any],
    ) -> GetModelResponse:
        await self._behaviour(context)
        return GetModelResponse(model_version="7")


@asynccontextmanager
async def channel_to(behaviour: Behaviour) -> AsyncIterator[aio.Channel]:
    """A channel to a server whose GetModel does ``behaviour`` first."""
    server = aio.server(interceptors=[CallInterceptor()])
    add_ScoringServiceServicer_to_server(Behaving(behaviour), server)
    health_pb2_grpc.add_HealthServicer_to_server(health.aio.HealthServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(None)


async def call(behaviour: Behaviour, **options: Any) -> GetModelResponse:
    """The answer of GetModel; raises AioRpcError as a client sees it."""
    async with channel_to(behaviour) as channel:
        return await ScoringServiceStub(channel).GetModel(GetModelRequest(), **options)


def raising(error: BaseException) -> Behaviour:
    async def behaviour(_: aio.ServicerContext[Any, Any]) -> None:
        raise error

    return behaviour
