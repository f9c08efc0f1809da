"""ScoringService: convert, call, convert."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import uuid_utils
from grpc import aio

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.api.scoring.v1 import scoring_pb2_grpc
from creditrisk.decision.record import Assessment, DecisionRecord
from creditrisk.errors import CreditRiskError, InvalidApplication, InvalidArgument, Violation
from creditrisk.runtime.deadline import Deadline
from creditrisk.runtime.interceptor import metadata, status_code, violations
from creditrisk.stores.decisions import DecisionStore, Outcome
from creditrisk.wire import body_hash, from_timestamp, to_assessment, to_recorded, to_timestamp
from services.scoring import metrics
from services.scoring.lookups import not_recorded, read_ids, to_result
from services.scoring.pages import read_page_request, token_after
from services.scoring.pipeline import MOST, Pipeline
from services.scoring.requests import LONGEST_ID, application_violations, parse_prediction_id, request_violations

ANONYMOUS: Final = "anonymous"


class ScoringServicer(scoring_pb2_grpc.ScoringServiceServicer):
    """Scores, decides and records."""

    def __init__(
        self,
        pipeline: Pipeline,
        store: DecisionStore,
        model: pb.GetModelResponse,
        most: float,
        admit: Callable[[], None],
    ) -> None:
        """``model``: what GetModel answers; ``most``: seconds a call may take.

        ``admit`` raises ``Exhausted`` while no more decisions may be made.
        """
        self._pipeline = pipeline
        self._store = store
        self._model = model
        self._most = most
        self._admit = admit

    async def Score(self, request: pb.ScoreRequest, context: aio.ServicerContext[Any, Any]) -> pb.ScoreResponse:
        """See scoring.proto."""
        deadline, client = Deadline(context, self._most), _client(context)
        self._admit()
        _refuse(request_violations(request))
        assessment = await self._pipeline.assess(request.application, deadline.left())
        record = _record(request, assessment, client, datetime.now(UTC))
        (outcome,) = await self._store.record([record], deadline.left())
        return _answer(outcome, request)

    async def Simulate(
        self, request: pb.SimulateRequest, context: aio.ServicerContext[Any, Any]
    ) -> pb.SimulateResponse:
        """See scoring.proto."""
        deadline = Deadline(context, self._most)
        _refuse(application_violations(request.application, needs_applicant=False))
        assessment = await self._pipeline.assess(request.application, deadline.left())
        return pb.SimulateResponse(assessment=to_assessment(assessment, with_vector=request.include_vector))

    async def BatchScore(
        self, request: pb.BatchScoreRequest, context: aio.ServicerContext[Any, Any]
    ) -> pb.BatchScoreResponse:
        """See scoring.proto."""
        deadline, client = Deadline(context, self._most), _client(context)
        self._admit()
        if not 1 <= len(request.requests) <= MOST:
            raise InvalidArgument([Violation("requests", f"must be 1 to {MOST:,}, not {len(request.requests):,}")])
        errors: dict[int, CreditRiskError] = {}
        for row, one in enumerate(request.requests):
            if found := request_violations(one):
                errors[row] = InvalidApplication(found)
        sound = [row for row in range(len(request.requests)) if row not in errors]
        records: dict[int, DecisionRecord] = {}
        if sound:
            now = datetime.now(UTC)
            applications = [request.requests[row].application for row in sound]
            assessed = await self._pipeline.assess_all(applications, deadline.left())
            for row, found_or_made in zip(sound, assessed, strict=True):
                if isinstance(found_or_made, InvalidApplication):
                    errors[row] = found_or_made
                else:
                    records[row] = _record(request.requests[row], found_or_made, client, now)
        outcomes: dict[int, Outcome] = {}
        if records:
            stored = await self._store.record(list(records.values()), deadline.left())
            outcomes = dict(zip(records, stored, strict=True))
        return pb.BatchScoreResponse(
            results=[_result(errors.get(row) or outcomes[row], one) for row, one in enumerate(request.requests)]
        )

    async def GetDecision(
        self, request: pb.GetDecisionRequest, context: aio.ServicerContext[Any, Any]
    ) -> pb.GetDecisionResponse:
        """See scoring.proto."""
        deadline = Deadline(context, self._most)
        prediction_id = parse_prediction_id(request.prediction_id)
        record = await self._store.get(prediction_id, deadline.left())
        if record is None:
            raise not_recorded(prediction_id)
        return pb.GetDecisionResponse(decision=to_recorded(record, with_vector=True))

    async def BatchGetDecisions(
        self, request: pb.BatchGetDecisionsRequest, context: aio.ServicerContext[Any, Any]
    ) -> pb.BatchGetDecisionsResponse:
        """See scoring.proto."""
        deadline = Deadline(context, self._most)
        asked = read_ids(request)
        found = await self._store.get_all([one for one in asked if isinstance(one, str)], deadline.left())
        return pb.BatchGetDecisionsResponse(results=[to_result(one, found) for one in asked])

    async def ListDecisions(
        self, request: pb.ListDecisionsRequest, context: aio.ServicerContext[Any, Any]
    ) -> pb.ListDecisionsResponse:
        """See scoring.proto."""
        deadline = Deadline(context, self._most)
        page = read_page_request(request)
        # One more than asked for tells whether there is a next page.
        found = await self._store.find(page.filters, page.after, page.size + 1, deadline.left())
        more = len(found) > page.size
        shown = found[: page.size]
        return pb.ListDecisionsResponse(
            decisions=[to_recorded(record, with_vector=False) for record in shown],
            next_page_token=token_after(shown[-1].prediction_id, page.filters) if more else "",
        )

    async def GetModel(
        self, request: pb.GetModelRequest, context: aio.ServicerContext[Any, Any]
    ) -> pb.GetModelResponse:
        """See scoring.proto."""
        return self._model


def _refuse(found: Sequence[Violation]) -> None:
    if found:
        raise InvalidApplication(found)


def _client(context: aio.ServicerContext[Any, Any]) -> str:
    client = metadata(context, "x-client-id") or ANONYMOUS
    if len(client) > LONGEST_ID:
        # Cut short, two clients could share their request ids.
        raise InvalidArgument([Violation("x-client-id", f"must be at most {LONGEST_ID} characters")])
    return client


def _record(request: pb.ScoreRequest, assessment: Assessment, client: str, now: datetime) -> DecisionRecord:
    application = request.application
    made = from_timestamp(application.application_time) if application.HasField("application_time") else now
    return DecisionRecord(
        prediction_id=str(uuid_utils.uuid7()),
        client_id=client,
        request_id=request.request_id,
        body_hash=body_hash(application),
        applicant_id=application.sk_id_curr,
        contract_type=application.name_contract_type,
        application_time=made,
        decided_at=now,
        assessment=assessment,
    )


def _answer(outcome: Outcome, request: pb.ScoreRequest) -> pb.ScoreResponse:
    if isinstance(outcome, CreditRiskError):
        raise outcome
    metrics.count(outcome)
    record = outcome.record
    return pb.ScoreResponse(
        prediction_id=record.prediction_id,
        assessment=to_assessment(record.assessment, with_vector=request.include_vector),
        decided_at=to_timestamp(record.decided_at),
        replayed=outcome.replayed,
    )


def _result(outcome: Outcome, request: pb.ScoreRequest) -> pb.BatchScoreResult:
    if not isinstance(outcome, CreditRiskError):
        return pb.BatchScoreResult(response=_answer(outcome, request))
    return pb.BatchScoreResult(
        error=pb.ScoreError(
            code=status_code(outcome).value[0],
            message=str(outcome),
            field_violations=[pb.FieldViolation(field=one.field, description=one.rule) for one in violations(outcome)],
        )
    )
