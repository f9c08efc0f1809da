"""Many recorded decisions explained: those of one bundle together, in turns beside the event loop."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from creditrisk.api.explain.v1 import explain_pb2 as pb
from creditrisk.api.scoring.v1.scoring_pb2 import RecordedDecision
from creditrisk.errors import CreditRiskError, InvalidBundle, NotFound, Unavailable
from creditrisk.runtime.deadline import Deadline
from creditrisk.wire import vectors
from services.explain.bundles import BundleExplainer, Explainers
from services.explain.decisions import check_margin
from services.explain.messages import decision_reasons

TURN: Final = 25
"""Decisions explained before it is asked again whether there is time: some 10 ms of work, of a deep forest 30."""

Told = pb.DecisionReasons | CreditRiskError
"""Why a decision came out as it did, or why that is not said."""


async def explain_all(
    found: Sequence[RecordedDecision | CreditRiskError], explainers: Explainers, top: int, deadline: Deadline
) -> list[Told]:
    """What is told of each decision ``found``, in order, with at most ``top`` reasons in each direction.

    Raises:
        Unavailable: there was no time for all.
    """
    told: dict[int, Told] = {}
    by_bundle: dict[str, dict[int, RecordedDecision]] = defaultdict(dict)
    for row, one in enumerate(found):
        if isinstance(one, CreditRiskError):
            told[row] = one
        else:
            by_bundle[one.assessment.bundle_hash][row] = one
    for bundle_hash, decisions in by_bundle.items():
        try:
            explainer = await explainers.of(bundle_hash)
        except NotFound as error:
            told |= dict.fromkeys(decisions, error)
            continue
        rows = list(decisions)
        for start in range(0, len(rows), TURN):
            if not deadline.left():
                raise Unavailable(f"there was no time to explain {len(found):,} decisions; ask for fewer at once")
            some = rows[start : start + TURN]
            explained = await asyncio.to_thread(_explain, explainer, [decisions[row] for row in some], top)
            told |= zip(some, explained, strict=True)
    return [told[row] for row in range(len(found))]


def _explain(explainer: BundleExplainer, decisions: Sequence[RecordedDecision], top: int) -> list[Told]:
    """What is told of decisions that the explainer's bundle made."""
    bundle = explainer.bundle
    matrix = vectors(b"".join(one.assessment.vector for one in decisions), len(bundle.schema.names))
    told: list[Told] = []
    for decision, vector, found in zip(decisions, matrix, explainer.explain(matrix), strict=True):
        try:
            check_margin(decision, found.margin)
        except InvalidBundle as error:
            told.append(error)
            continue
        reasons = decision_reasons(bundle, vector, found, top)
        reasons.prediction_id = decision.prediction_id
        reasons.calibrated_margin = decision.assessment.calibrated_margin
        told.append(reasons)
    return told
