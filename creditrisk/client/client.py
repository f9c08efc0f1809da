"""A blocking client of scoring, explain and drift: retries that cannot decide twice, errors as domain errors."""

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import grpc

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.api.drift.v1.drift_pb2 import LoanOutcome, RecordOutcomesRequest
from creditrisk.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from creditrisk.api.explain.v1.explain_pb2 import (
    BatchExplainRequest,
    BatchExplainResult,
    ExplainRequest,
    ExplainResponse,
)
from creditrisk.api.explain.v1.explain_pb2_grpc import ExplainServiceStub
from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.client.errors import domain_error

R = TypeVar("R")

LARGEST_MESSAGE: Final = 16 * 2**20
RETRIES: Final = {
    # Safe for Score too: a retry carries the same request id and gets the recorded answer.
    "methodConfig": [
        {
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.05s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                # CANCELLED: gRPC ends calls that reach a server as it stops, before it takes them, with this.
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        }
    ],
    "loadBalancingConfig": [{"round_robin": {}}],
}


def new_request_id() -> str:
    """A request id no one has used."""
    return uuid.uuid4().hex


class Client:
    """Calls scoring, and explain and drift where their addresses are given. Safe to share between threads.

    Every method raises: ``InvalidApplication`` (a field breaks a rule, see ``violations``),
    ``RequestConflict``, ``NotFound``, ``Unavailable`` (retry with the same request id) or
    ``CreditRiskError`` (anything else, with the service's message).
    """

    def __init__(
        self,
        scoring: str,
        *,
        explain: str | None = None,
        drift: str | None = None,
        client_id: str = "anonymous",
        timeout: float = 2.0,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        """``scoring``, ``explain``, ``drift``: host:port, or dns:///name:port. ``timeout``: seconds a call may take."""
        options = [
            ("grpc.service_config", json.dumps(RETRIES)),
            ("grpc.max_receive_message_length", LARGEST_MESSAGE),
            ("grpc.max_send_message_length", LARGEST_MESSAGE),
            # A replica that comes back is found within seconds, however long it was gone.
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 2_000),
        ]

        def connect(target: str) -> grpc.Channel:
            if credentials is None:
                return grpc.insecure_channel(target, options)
            return grpc.secure_channel(target, credentials, options)

        self._channels = {target: connect(target) for target in (scoring, explain, drift) if target is not None}
        self._scoring = ScoringServiceStub(self._channels[scoring])
        self._explain = ExplainServiceStub(self._channels[explain]) if explain is not None else None
        self._drift = DriftServiceStub(self._channels[drift]) if drift is not None else None
        self._metadata = (("x-client-id", client_id),)
        self._timeout = timeout

    def score(
        self, application: LoanApplication, *, request_id: str | None = None, include_vector: bool = False
    ) -> pb.ScoreResponse:
        """Score, decide and record. Pass ``request_id`` to be able to retry after a crash of your own."""
        request = pb.ScoreRequest(
            request_id=request_id or new_request_id(), application=application, include_vector=include_vector
        )
        return self._call(self._scoring.Score, request)

    def simulate(self, application: LoanApplication, *, include_vector: bool = False) -> pb.Assessment:
        """Score without a record: what-if work."""
        request = pb.SimulateRequest(application=application, include_vector=include_vector)
        return self._call(self._scoring.Simulate, request).assessment

    def score_batch(self, requests: Sequence[pb.ScoreRequest]) -> Sequence[pb.BatchScoreResult]:
        """Up to 1,000 decisions in one call; each result holds a response or its own error."""
        return self._call(self._scoring.BatchScore, pb.BatchScoreRequest(requests=requests)).results

    def decision(self, prediction_id: str) -> pb.RecordedDecision:
        """A recorded decision."""
        return self._call(self._scoring.GetDecision, pb.GetDecisionRequest(prediction_id=prediction_id)).decision

    def decision_batch(self, prediction_ids: Sequence[str]) -> Sequence[pb.BatchGetDecisionsResult]:
        """Up to 1,000 recorded decisions in one call, in the ids' order; each result holds one or its own error."""
        request = pb.BatchGetDecisionsRequest(prediction_ids=prediction_ids)
        return self._call(self._scoring.BatchGetDecisions, request).results

    def decisions(self, request: pb.ListDecisionsRequest | None = None) -> Iterator[pb.RecordedDecision]:
        """Recorded decisions that pass the request's filters, newest first, page by page."""
        page = pb.ListDecisionsRequest()
        page.CopyFrom(request or page)
        while True:
            found = self._call(self._scoring.ListDecisions, page)
            yield from found.decisions
            if not found.next_page_token:
                return
            page.page_token = found.next_page_token

    def model(self) -> pb.GetModelResponse:
        """What is being served."""
        return self._call(self._scoring.GetModel, pb.GetModelRequest())

    def explain(self, prediction_id: str, *, top_reasons: int = 4) -> ExplainResponse:
        """Why a recorded decision came out as it did.

        Raises:
            ValueError: the client was made without the address of explain.
        """
        request = ExplainRequest(prediction_id=prediction_id, top_reasons=top_reasons)
        return self._call(self._explaining().Explain, request)

    def explain_batch(self, prediction_ids: Sequence[str], *, top_reasons: int = 4) -> Sequence[BatchExplainResult]:
        """Reasons of up to 1,000 recorded decisions in one call; each result holds them or its own error.

        Raises:
            ValueError: as ``explain``.
        """
        request = BatchExplainRequest(prediction_ids=prediction_ids, top_reasons=top_reasons)
        return self._call(self._explaining().BatchExplain, request).results

    def record_outcomes(self, outcomes: Sequence[LoanOutcome]) -> None:
        """Say how loans turned out, up to 10,000 at once, in any order; again where in doubt.

        Raises:
            ValueError: the client was made without the address of drift.
        """
        if self._drift is None:
            raise ValueError("this client has no drift address: Client(scoring, drift=...)")
        self._call(self._drift.RecordOutcomes, RecordOutcomesRequest(outcomes=outcomes))

    def close(self) -> None:
        """Close the channels."""
        for channel in self._channels.values():
            channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _explaining(self) -> ExplainServiceStub:
        if self._explain is None:
            raise ValueError("this client has no explain address: Client(scoring, explain=...)")
        return self._explain

    def _call(self, method: Callable[..., R], request: Any) -> R:
        try:
            return method(request, timeout=self._timeout, metadata=self._metadata)
        except grpc.RpcError as error:
            raise domain_error(error) from error
