"""The scoring service as explain sees it: the keeper of decisions."""

from collections.abc import Sequence
from typing import Final

import grpc
from grpc import aio

from creditrisk.api.scoring.v1.scoring_pb2 import BatchGetDecisionsRequest, GetDecisionRequest, RecordedDecision
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.errors import CreditRiskError, InvalidArgument, InvalidBundle, NotFound, Unavailable, Violation
from creditrisk.model.golden import ADDITIVITY
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
            if error.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.INVALID_ARGUMENT):
                raise _refusal(error.code().value[0], error.details() or "no such decision") from error
            raise _failure(error) from error
        return response.decision

    async def get_all(self, prediction_ids: Sequence[str], timeout: float) -> list[RecordedDecision | CreditRiskError]:
        """The decisions of up to 1,000 ids in order, or what ``get`` would raise of one.

        Raises:
            Unavailable: the scoring service did not answer.
        """
        request = BatchGetDecisionsRequest(prediction_ids=prediction_ids)
        try:
            response = await self._stub.BatchGetDecisions(request, timeout=timeout, metadata=outgoing())
        except aio.AioRpcError as error:
            raise _failure(error) from error
        return [
            one.decision if one.HasField("decision") else _refusal(one.error.code, one.error.message)
            for one in response.results
        ]


def check_margin(decision: RecordedDecision, margin: float) -> None:
    """Raise InvalidBundle unless ``margin``, base plus contributions, is the decision's within ``ADDITIVITY``."""
    if not abs(margin - decision.assessment.calibrated_margin) <= ADDITIVITY:
        raise InvalidBundle(f"contributions of {decision.prediction_id} miss its recorded margin")


def _refusal(code: int, said: str) -> CreditRiskError:
    """What is wrong with an id, by the status code and the text that say so."""
    if code == grpc.StatusCode.NOT_FOUND.value[0]:
        return NotFound(said)
    return InvalidArgument([Violation("prediction_id", "is no UUID; take it from ScoreResponse")])


def _failure(error: aio.AioRpcError) -> Exception:
    """What a call that was not answered is to its caller."""
    if error.code() in GONE:
        return Unavailable(f"the scoring service did not answer ({error.code().name})")
    return error
