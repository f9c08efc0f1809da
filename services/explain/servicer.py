"""ExplainService: convert, call, convert."""

from typing import Any, Final

import numpy as np
from grpc import aio
from numpy.typing import NDArray
from prometheus_client import Counter

from creditrisk.api.explain.v1 import explain_pb2 as pb
from creditrisk.api.explain.v1 import explain_pb2_grpc
from creditrisk.errors import InvalidArgument, InvalidBundle, Violation
from creditrisk.explain.reasons import Reason, reasons
from creditrisk.model.golden import ADDITIVITY
from creditrisk.runtime.deadline import Deadline
from creditrisk.wire import vectors
from services.explain.bundles import BundleExplainer, Explained, Explainers
from services.explain.decisions import DecisionClient

USUAL_REASONS: Final = 4
MOST_REASONS: Final = 20
EXPLAINED: Final = Counter("creditrisk_explanations_total", "Explanations given.", ["subject"])


class ExplainServicer(explain_pb2_grpc.ExplainServiceServicer):
    """Explains recorded decisions, and vectors."""

    def __init__(self, explainers: Explainers, decisions: DecisionClient, most: float) -> None:
        """``most``: seconds a call may take."""
        self._explainers = explainers
        self._decisions = decisions
        self._most = most

    async def Explain(self, request: pb.ExplainRequest, context: aio.ServicerContext[Any, Any]) -> pb.ExplainResponse:
        """See explain.proto."""
        deadline = Deadline(context, self._most)
        if not 0 <= request.top_reasons <= MOST_REASONS:
            raise InvalidArgument([Violation("top_reasons", f"must be 0 to {MOST_REASONS}")])
        top = request.top_reasons or USUAL_REASONS
        match request.WhichOneof("subject"):
            case "prediction_id":
                decision = await self._decisions.get(request.prediction_id, deadline.left())
                recorded = decision.assessment
                explainer = await self._explainers.of(recorded.bundle_hash)
                vector = vectors(recorded.vector, len(explainer.bundle.schema.names))
                answer = _answer(explainer, vector, explainer.explain(vector), top)
                if not abs(answer.calibrated_margin - recorded.calibrated_margin) <= ADDITIVITY:
                    raise InvalidBundle(f"contributions of {decision.prediction_id} miss its recorded margin")
                answer.prediction_id = decision.prediction_id
                answer.calibrated_margin = recorded.calibrated_margin
            case "vector":
                explainer = await self._explainers.of(
                    request.vector.bundle_hash or self._explainers.current.bundle.hash
                )
                vector = _checked(request.vector.values, len(explainer.bundle.schema.names))
                answer = _answer(explainer, vector, explainer.explain(vector), top)
                answer.hypothetical = True
            case _:
                raise InvalidArgument([Violation("subject", "is required: prediction_id or vector")])
        EXPLAINED.labels("hypothetical" if answer.hypothetical else "decision").inc()
        return answer


def _checked(data: bytes, width: int) -> NDArray[np.float32]:
    if len(data) != 4 * width:
        rule = f"has {len(data):,} bytes; the bundle's {width} features take {4 * width:,}"
        raise InvalidArgument([Violation("vector.values", rule)])
    vector = vectors(data, width)
    if np.isinf(vector).any():
        raise InvalidArgument([Violation("vector.values", "holds an infinite value; NaN is missing")])
    return vector


def _answer(explainer: BundleExplainer, vector: NDArray[np.float32], found: Explained, top: int) -> pb.ExplainResponse:
    bundle = explainer.bundle
    attributions = [
        pb.Attribution(feature=name, value=value if value == value else None, contribution=contribution)  # noqa: PLR0124 - NaN
        for name, value, contribution in zip(
            bundle.schema.names, vector[0].tolist(), found.contributions.tolist(), strict=True
        )
    ]

    def message(reason: Reason) -> pb.Reason:
        leading = [attributions[position] for position in reason.leading]
        return pb.Reason(text=reason.text, contribution=reason.contribution, leading=leading)

    why = reasons(bundle.schema.specs, found.contributions, top)
    return pb.ExplainResponse(
        bundle_hash=bundle.hash,
        model_version=bundle.manifest.model_version,
        base_value=found.base,
        calibrated_margin=found.margin,
        attributions=attributions,
        raising=[message(reason) for reason in why.raising],
        lowering=[message(reason) for reason in why.lowering],
    )
