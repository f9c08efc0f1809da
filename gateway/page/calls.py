"""The services' RPCs as the page calls them: within a time, in the user's name, errors in words."""

from collections.abc import Sequence
from typing import Final, TypeVar, cast

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from grpc import aio

from creditrisk.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from creditrisk.api.explain.v1.explain_pb2_grpc import ExplainServiceStub
from creditrisk.api.feature.v1.feature_pb2_grpc import FeatureServiceStub
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.runtime.channel import outgoing
from gateway.rest.problems import Problem, of_call
from gateway.services import Services

Request = TypeVar("Request", bound=Message)
Response = TypeVar("Response", bound=Message)

CLIENT: Final = "x-client-id"


class CallFailed(Exception):
    """A service gave no answer: which one it was, and what REST would say of it."""

    def __init__(self, service: str, problem: Problem) -> None:
        """``service``: its name; ``problem``: why."""
        super().__init__(problem.detail)
        self.service = service
        self.problem = problem


class Calls:
    """What the page asks of the services."""

    def __init__(self, services: Services, within: float) -> None:
        """``within``: seconds a call may take."""
        self._services = services
        self._within = within
        self.feature = FeatureServiceStub(services.channel("feature"))
        self.scoring = ScoringServiceStub(services.channel("scoring"))
        self.explain = ExplainServiceStub(services.channel("explain"))
        self.drift = DriftServiceStub(services.channel("drift"))

    async def ask(
        self, rpc: "aio.UnaryUnaryMultiCallable[Request, Response]", request: Request, client: str = ""
    ) -> Response:
        """The answer to ``request``; ``client``: in whose name a decision is recorded.

        Raises:
            CallFailed: there is none.
        """
        named: Sequence[tuple[str, str]] = ((CLIENT, client),) if client else ()
        try:
            return await rpc(request, timeout=self._within, metadata=(*outgoing(), *named))
        except aio.AioRpcError as error:
            # creditrisk.api.SERVICE.v1
            described = cast(Descriptor, type(request).DESCRIPTOR)
            service = described.file.package.split(".")[-2]
            raise CallFailed(service, of_call(error, service, described)) from error

    async def health(self) -> dict[str, str]:
        """Each service's own word on its health."""
        return await self._services.health(self._within)
