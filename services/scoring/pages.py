"""Requests for a page of decisions, and the tokens that lead to the next."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from creditrisk.api.scoring.v1.scoring_pb2 import DECISION_UNSPECIFIED, ListDecisionsRequest
from creditrisk.errors import InvalidArgument, Violation
from creditrisk.stores.decisions import Filters
from creditrisk.wire import from_decision, from_timestamp
from services.scoring.requests import parse_prediction_id

MOST: Final = 1_000
USUAL: Final = 50


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page: decisions that pass ``filters``, older than the id ``after``, at most ``size``."""

    filters: Filters
    after: str | None
    size: int


def read_page_request(request: ListDecisionsRequest) -> PageRequest:
    """The page a request asks for.

    Raises:
        InvalidArgument: naming the field.
    """
    if not 0 <= request.page_size <= MOST:
        raise InvalidArgument([Violation("page_size", f"must be 0 to {MOST:,}")])
    decision = from_decision(request.decision)
    if decision is None and request.decision != DECISION_UNSPECIFIED:
        raise InvalidArgument([Violation("decision", f"{request.decision} is no decision; leave it out for all")])
    filters = Filters(
        applicant_id=request.applicant_id if request.HasField("applicant_id") else None,
        decision=decision,
        contract_type=_text(request, "contract_type"),
        model_version=_text(request, "model_version"),
        client_id=_text(request, "client_id"),
        decided_from=_time(request, "decided_from"),
        decided_before=_time(request, "decided_before"),
    )
    after = None
    if request.page_token:
        try:
            after, of = json.loads(base64.urlsafe_b64decode(request.page_token))
            after = parse_prediction_id(after)
        except (ValueError, TypeError, AttributeError, InvalidArgument) as error:
            raise InvalidArgument([Violation("page_token", "is no token of this service")]) from error
        if of != _digest(filters):
            raise InvalidArgument([Violation("page_token", "belongs to other filters; start without one")])
    return PageRequest(filters, after, request.page_size or USUAL)


def _text(request: ListDecisionsRequest, field: str) -> str | None:
    if not request.HasField(field):  # type: ignore[arg-type]
        return None
    text: str = getattr(request, field)
    if not text.isprintable():
        raise InvalidArgument([Violation(field, "holds characters that cannot be printed")])
    return text


def _time(request: ListDecisionsRequest, field: str) -> datetime | None:
    if not request.HasField(field):  # type: ignore[arg-type]
        return None
    try:
        return from_timestamp(getattr(request, field))
    except (ValueError, OverflowError) as error:
        raise InvalidArgument([Violation(field, "is no time of the years 1 to 9999")]) from error


def token_after(prediction_id: str, filters: Filters) -> str:
    """The token of the page that follows ``prediction_id``."""
    return base64.urlsafe_b64encode(json.dumps([prediction_id, _digest(filters)]).encode()).decode()


def _digest(filters: Filters) -> str:
    return hashlib.sha256(repr(filters).encode()).hexdigest()[:16]
