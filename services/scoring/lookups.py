"""Decisions looked up by many ids at once: an id of no decision is its own error."""

from collections.abc import Mapping

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.decision.record import DecisionRecord
from creditrisk.errors import CreditRiskError, InvalidArgument, NotFound, Violation
from creditrisk.runtime.interceptor import status_code
from creditrisk.wire import to_recorded
from services.scoring.pipeline import MOST
from services.scoring.requests import parse_prediction_id

Asked = str | InvalidArgument
"""An id in its canonical form, or what is wrong with it."""


def read_ids(request: pb.BatchGetDecisionsRequest) -> list[Asked]:
    """What each id of a request asks for, in order.

    Raises:
        InvalidArgument: there is none, or there are more than 1,000.
    """
    if not 1 <= len(request.prediction_ids) <= MOST:
        rule = f"must be 1 to {MOST:,}, not {len(request.prediction_ids):,}"
        raise InvalidArgument([Violation("prediction_ids", rule)])
    return [_read(text) for text in request.prediction_ids]


def _read(text: str) -> Asked:
    try:
        return parse_prediction_id(text)
    except InvalidArgument as error:
        return error


def to_result(asked: Asked, found: Mapping[str, DecisionRecord]) -> pb.BatchGetDecisionsResult:
    """The result of one id, of the decisions ``found`` by id."""
    if isinstance(asked, InvalidArgument):
        return _refused(asked)
    if asked not in found:
        return _refused(not_recorded(asked))
    return pb.BatchGetDecisionsResult(decision=to_recorded(found[asked], with_vector=True))


def not_recorded(prediction_id: str) -> NotFound:
    """What is said of an id that no decision has."""
    return NotFound(f"no decision {prediction_id} is recorded")


def _refused(error: CreditRiskError) -> pb.BatchGetDecisionsResult:
    return pb.BatchGetDecisionsResult(error=pb.DecisionError(code=status_code(error).value[0], message=str(error)))
