"""ExplainService: convert, call, convert."""

import asyncio
import logging
from typing import Any, Final

import grpc
import numpy as np
from grpc import aio
from numpy.typing import NDArray
from prometheus_client import Counter

from creditrisk.api.explain.v1 import explain_pb2 as pb
from creditrisk.api.explain.v1 import explain_pb2_grpc
from creditrisk.errors import CreditRiskError, InvalidArgument, Violation
from creditrisk.model.reports import read_report, reports
from creditrisk.runtime.deadline import Deadline
from creditrisk.runtime.interceptor import status_code
from creditrisk.wire import vectors
from services.explain.batch import Told, explain_all
from services.explain.bundles import Explainers
from services.explain.decisions import DecisionClient, check_margin
from services.explain.messages import explain_response, report_message

log = logging.getLogger("explain")

MOST: Final = 1_000
"""Decisions in one call."""
USUAL_REASONS: Final = 4
MOST_REASONS: Final = 20
EXPLAINED: Final = Counter("creditrisk_explanations_total", "Explanations given.", ["subject"])


class ExplainServicer(explain_pb2_grpc.ExplainServiceServicer):
    """Explains recorded decisions, and vectors; hands out bundles' reports."""

    def __init__(self, explainers: Explainers, decisions: DecisionClient, most: float) -> None:
        """``most``: seconds a call may take."""
        self._explainers = explainers
        self._decisions = decisions
        self._most = most

    async def Explain(self, request: pb.ExplainRequest, context: aio.ServicerContext[Any, Any]) -> pb.ExplainResponse:
        """See explain.proto."""
        deadline = Deadline(context, self._most)
        top = _top(request.top_reasons)
        match request.WhichOneof("subject"):
            case "prediction_id":
                decision = await self._decisions.get(request.prediction_id, deadline.left())
                recorded = decision.assessment
                explainer = await self._explainers.of(recorded.bundle_hash)
                vector = vectors(recorded.vector, len(explainer.bundle.schema.names))
                (found,) = explainer.explain(vector)
                check_margin(decision, found.margin)
                answer = explain_response(explainer.bundle, vector[0], found, top)
                answer.prediction_id = decision.prediction_id
                answer.calibrated_margin = recorded.calibrated_margin
            case "vector":
                explainer = await self._explainers.of(
                    request.vector.bundle_hash or self._explainers.current.bundle.hash
                )
                vector = _checked(request.vector.values, len(explainer.bundle.schema.names))
                (found,) = explainer.explain(vector)
                answer = explain_response(explainer.bundle, vector[0], found, top)
                answer.hypothetical = True
            case _:
                raise InvalidArgument([Violation("subject", "is required: prediction_id or vector")])
        EXPLAINED.labels("hypothetical" if answer.hypothetical else "decision").inc()
        return answer

    async def BatchExplain(
        self, request: pb.BatchExplainRequest, context: aio.ServicerContext[Any, Any]
    ) -> pb.BatchExplainResponse:
        """See explain.proto."""
        deadline = Deadline(context, self._most)
        top = _top(request.top_reasons)
        if not 1 <= len(request.prediction_ids) <= MOST:
            rule = f"must be 1 to {MOST:,}, not {len(request.prediction_ids):,}"
            raise InvalidArgument([Violation("prediction_ids", rule)])
        found = await self._decisions.get_all(request.prediction_ids, deadline.left())
        told = await explain_all(found, self._explainers, top, deadline)
        EXPLAINED.labels("decision").inc(sum(isinstance(one, pb.DecisionReasons) for one in told))
        return pb.BatchExplainResponse(results=[_result(one) for one in told])

    async def ListReports(
        self, request: pb.ListReportsRequest, context: aio.ServicerContext[Any, Any]
    ) -> pb.ListReportsResponse:
        """See explain.proto."""
        bundle = await self._explainers.bundle(request.bundle_hash)
        listed = await asyncio.to_thread(reports, bundle)
        return pb.ListReportsResponse(bundle_hash=bundle.hash, reports=[report_message(one) for one in listed])

    async def GetReport(
        self, request: pb.GetReportRequest, context: aio.ServicerContext[Any, Any]
    ) -> pb.GetReportResponse:
        """See explain.proto."""
        bundle = await self._explainers.bundle(request.bundle_hash)
        report, content = await asyncio.to_thread(read_report, bundle, request.name)
        return pb.GetReportResponse(bundle_hash=bundle.hash, report=report_message(report), content=content)


def _top(asked: int) -> int:
    if not 0 <= asked <= MOST_REASONS:
        raise InvalidArgument([Violation("top_reasons", f"must be 0 to {MOST_REASONS}")])
    return asked or USUAL_REASONS


def _checked(data: bytes, width: int) -> NDArray[np.float32]:
    if len(data) != 4 * width:
        rule = f"has {len(data):,} bytes; the bundle's {width} features take {4 * width:,}"
        raise InvalidArgument([Violation("vector.values", rule)])
    vector = vectors(data, width)
    if np.isinf(vector).any():
        raise InvalidArgument([Violation("vector.values", "holds an infinite value; NaN is missing")])
    return vector


def _result(told: Told) -> pb.BatchExplainResult:
    if not isinstance(told, CreditRiskError):
        return pb.BatchExplainResult(reasons=told)
    code = status_code(told)
    if code is grpc.StatusCode.INTERNAL:
        log.error("a decision is not explained", extra={"said": str(told)})
    return pb.BatchExplainResult(error=pb.ExplainError(code=code.value[0], message=str(told)))
