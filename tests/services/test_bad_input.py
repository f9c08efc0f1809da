"""Bad input: refused with the field and the rule, or scored with a warning that names the field."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.application import COLUMNS, Kind
from creditrisk.client import LoanApplication
from tests.services.conftest import Refused

INVALID = grpc.StatusCode.INVALID_ARGUMENT
RequestOf = Callable[[LoanApplication], pb.ScoreRequest]

BROKEN: dict[str, tuple[str, Any, str]] = {
    "infinite": ("amt_credit", math.inf, "outside"),
    "minus infinite": ("ext_source_2", -math.inf, "outside"),
    "NaN": ("amt_annuity", math.nan, "is NaN; leave the field out"),
    "NaN where required": ("amt_income_total", math.nan, "is NaN"),
    "negative income": ("amt_income_total", -1.0, "outside 0 to"),
    "17 years": ("days_birth", -math.floor(17.99 * 365.25), "18 to 100 years"),
    "101 years": ("days_birth", -math.ceil(101 * 365.25), "18 to 100 years"),
    "born in the future": ("days_birth", 1, "18 to 100 years"),
    "score above 1": ("ext_source_1", 1.5, "outside 0 to 1"),
    "employed tomorrow": ("days_employed", 1, "365243: not applicable"),
    "hour 24": ("hour_appr_process_start", 24, "outside 0 to 23"),
}


@pytest.mark.parametrize(("field", "value", "rule"), BROKEN.values(), ids=BROKEN)
def test_a_value_that_cannot_be_true_is_refused(
    *,
    scoring: Any,
    refused: Refused,
    request_of: RequestOf,
    application: LoanApplication,
    field: str,
    value: Any,
    rule: str,
) -> None:
    setattr(application, field, value)
    code, found = refused(scoring.Score, request_of(application))
    assert code is INVALID
    assert list(found) == [f"application.{field}"]
    assert rule in found[f"application.{field}"]
    assert refused(scoring.Simulate, pb.SimulateRequest(application=application)) == (code, found)


@pytest.mark.parametrize("field", ["sk_id_curr", *(column.field for column in COLUMNS if column.required)])
def test_what_is_required_must_be_sent(
    scoring: Any, refused: Refused, request_of: RequestOf, application: LoanApplication, field: str
) -> None:
    application.ClearField(field)  # type: ignore[arg-type]
    code, found = refused(scoring.Score, request_of(application))
    assert (code, list(found)) == (INVALID, [f"application.{field}"])
    assert "is required" in found[f"application.{field}"]


def test_everything_wrong_is_named_at_once(scoring: Any, refused: Refused, request_of: RequestOf) -> None:
    code, found = refused(scoring.Score, request_of(LoanApplication(sk_id_curr=1, ext_source_1=2.0)))
    required = {f"application.{column.field}" for column in COLUMNS if column.required}
    assert (code, set(found)) == (INVALID, required | {"application.ext_source_1"})


def test_an_application_wrong_in_every_number_is_still_invalid_argument(
    scoring: Any, refused: Refused, request_of: RequestOf, application: LoanApplication
) -> None:
    for column in COLUMNS:
        if column.kind is Kind.NUMBER:
            setattr(application, column.field, math.nan)
    code, found = refused(scoring.Score, request_of(application))
    assert code is INVALID
    assert len(found) >= 10


@pytest.mark.parametrize("request_id", ["", "x" * 129, "tab\there", "nul\x00"])
def test_a_request_id_is_1_to_128_printable_characters(
    scoring: Any, refused: Refused, application: LoanApplication, request_id: str
) -> None:
    code, found = refused(scoring.Score, pb.ScoreRequest(request_id=request_id, application=application))
    assert (code, list(found)) == (INVALID, ["request_id"])


@pytest.mark.parametrize(
    "time", [Timestamp(seconds=int((datetime.now(UTC) + timedelta(days=2)).timestamp())), Timestamp(seconds=10**15)]
)
def test_an_application_time_is_no_more_than_a_day_ahead(
    scoring: Any, refused: Refused, request_of: RequestOf, application: LoanApplication, time: Timestamp
) -> None:
    application.application_time.CopyFrom(time)
    code, found = refused(scoring.Score, request_of(application))
    assert (code, list(found)) == (INVALID, ["application.application_time"])


def test_a_call_without_an_application_is_refused(scoring: Any, refused: Refused) -> None:
    assert refused(scoring.Score, pb.ScoreRequest(request_id="x"))[0] is INVALID
    assert refused(scoring.Simulate, pb.SimulateRequest())[0] is INVALID


UNUSUAL: dict[str, tuple[str, Any, str]] = {
    "unknown category": ("name_income_type", "Astronaut", "'Astronaut' is not a category the model knows"),
    "unknown contract type": ("name_contract_type", "Leasing", "'Leasing' is not a category"),
    "long category": ("occupation_type", "x" * 10_000, f"'{'x' * 40}' is not a category"),
    "implausible income": ("amt_income_total", 2e9, "2e+09 is implausible (expected 0 to 1e+08); scored as missing"),
    "implausible children": ("cnt_children", 99, "99 is implausible"),
}


@pytest.mark.parametrize(("field", "value", "said"), UNUSUAL.values(), ids=UNUSUAL)
def test_a_value_that_may_be_an_error_is_scored_with_a_warning(
    *, scoring: Any, request_of: RequestOf, application: LoanApplication, field: str, value: Any, said: str
) -> None:
    assert not scoring.Score(request_of(application), timeout=10).assessment.warnings
    setattr(application, field, value)
    answer = scoring.Score(request_of(application), timeout=10)
    assert [one.field for one in answer.assessment.warnings] == [field]
    assert answer.assessment.warnings[0].description.startswith(said)
    recorded = scoring.GetDecision(pb.GetDecisionRequest(prediction_id=answer.prediction_id), timeout=10).decision
    assert recorded.assessment == answer.assessment


def test_an_implausible_value_scores_as_a_missing_one(
    scoring: Any, request_of: RequestOf, application: LoanApplication
) -> None:
    application.amt_annuity = 5e8
    implausible = scoring.Score(request_of(application), timeout=10).assessment
    application.ClearField("amt_annuity")
    missing = scoring.Score(request_of(application), timeout=10).assessment
    assert implausible.vector == missing.vector
    assert implausible.calibrated_margin == missing.calibrated_margin


def test_ids_of_decisions_are_checked_and_looked_up(scoring: Any, refused: Refused) -> None:
    assert refused(scoring.GetDecision, pb.GetDecisionRequest(prediction_id="7")) == (
        INVALID,
        {"prediction_id": "is no UUID; take it from ScoreResponse"},
    )
    unknown = pb.GetDecisionRequest(prediction_id="01890000-0000-7000-8000-000000000000")
    assert refused(scoring.GetDecision, unknown)[0] is grpc.StatusCode.NOT_FOUND


def test_a_client_id_too_long_to_keep_whole_is_refused(
    scoring: Any, refused: Refused, request_of: RequestOf, applications: Callable[[int], list[LoanApplication]]
) -> None:
    """Cut short, two clients could share their request ids."""
    request = request_of(applications(1)[0])

    def score(asked: pb.ScoreRequest, timeout: float) -> pb.ScoreResponse:
        return scoring.Score(asked, timeout=timeout, metadata=(("x-client-id", "c" * 129),))

    code, violations = refused(score, request)
    assert code is INVALID
    assert violations == {"x-client-id": "must be at most 128 characters"}
