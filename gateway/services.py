"""The services behind the gateway, by gRPC alone: their calls and their health."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from creditrisk.api.drift.v1 import drift_pb2
from creditrisk.api.explain.v1 import explain_pb2
from creditrisk.api.feature.v1 import feature_pb2
from creditrisk.api.scoring.v1 import scoring_pb2

SERVICES: Final[Mapping[str, ServiceDescriptor]] = {
    "feature": feature_pb2.DESCRIPTOR.services_by_name["FeatureService"],
    "scoring": scoring_pb2.DESCRIPTOR.services_by_name["ScoringService"],
    "explain": explain_pb2.DESCRIPTOR.services_by_name["ExplainService"],
    "drift": drift_pb2.DESCRIPTOR.services_by_name["DriftService"],
}
"""By the name each has everywhere else."""
SERVING: Final = "SERVING"
DOWN: Final = "UNREACHABLE"


class Services:
    """One channel a service."""

    def __init__(self, channels: Mapping[str, aio.Channel]) -> None:
        """``channels``: by the names of ``SERVICES``, every one of them."""
        self._channels = channels

    def channel(self, service: str) -> aio.Channel:
        """The channel to ``service``, for its stub."""
        return self._channels[service]

    def method(self, service: str, method: MethodDescriptor) -> "aio.UnaryUnaryMultiCallable[Any, Any]":
        """What calls a unary RPC."""
        request, response = GetMessageClass(method.input_type), GetMessageClass(method.output_type)
        return self._channels[service].unary_unary(
            f"/{SERVICES[service].full_name}/{method.name}",
            request_serializer=request.SerializeToString,
            response_deserializer=response.FromString,
        )

    async def health(self, timeout: float) -> dict[str, str]:
        """Each service's own word on its health, or ``DOWN`` where there is none within ``timeout`` seconds."""
        said = await asyncio.gather(*(self._health(name, timeout) for name in SERVICES))
        return dict(zip(SERVICES, said, strict=True))

    async def _health(self, name: str, timeout: float) -> str:
        stub: Any = health_pb2_grpc.HealthStub(self._channels[name])
        request = health_pb2.HealthCheckRequest(service=SERVICES[name].full_name)
        try:
            answer = await stub.Check(request, timeout=timeout)
        except aio.AioRpcError:
            return DOWN
        return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
