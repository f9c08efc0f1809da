"""The scoring service as explain sees it: the keeper of decisions."""

from typing import Final

import grpc
from grpc import aio

from creditrisk.api.scoring.v1.scoring_pb2 import GetDecisionRequest, RecordedDecision
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.errors import InvalidArgument, NotFound, Unavailable, Violation
from creditrisk.runtime.channel import GONE, outgoing

SERVICE: Final = "creditrisk.api.scoring.v1.ScoringService"


class DecisionClient:
    """Fetches recorded decisions."""

    def __init__(self, channel: aio.Channel) -> None:
        """Use ``channel``."""
        self._stub = ScoringServiceStub(channel)

    async def get(self, prediction_id: str, timeout: float) -> RecordedDecision:
        """The decision of an id, within ``timeout`` seconds.

        Raises:
            InvalidArgument: the id is no UUID.
            NotFound: no such decision is recorded.
            Unavailable: the scoring service did not answer.
        """
        request = GetDecisionRequest(prediction_id=prediction_id)
        try:
            response = await self._stub.GetDecision(request, timeout=timeout, metadata=outgoing())
        except aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                raise NotFound(error.details() or "no such decision") from error
            if error.code() is grpc.StatusCode.INVALID_ARGUMENT:
                raise InvalidArgument([Violation("prediction_id", "is no UUID; take it from ScoreResponse")]) from error
            if error.code() in GONE:
                raise Unavailable(f"the scoring service did not answer ({error.code().name})") from error
            raise
        return response.decision
