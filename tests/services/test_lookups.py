"""Decisions looked up by many ids at once: each as if it were asked for alone."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.client import Client, LoanApplication
from tests.services.conftest import Refused

INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNKNOWN = "01890000-0000-7000-8000-000000000000"
Applications = Callable[[int], list[LoanApplication]]


@pytest.fixture(scope="module")
def decided(bank: Client, applications: Applications) -> list[str]:
    """Ids of recorded decisions."""
    return [bank.score(one).prediction_id for one in applications(20)]


@pytest.fixture(scope="module")
def ids(decided: Sequence[str]) -> st.SearchStrategy[list[str]]:
    """Ids of decisions, of none, and what is no id; some twice."""
    known = st.sampled_from(decided)
    none = st.sampled_from([UNKNOWN, "", "7", "é\0", "../x"]) | st.uuids().map(str)
    return st.lists(known | known.map(str.upper) | none, min_size=1, max_size=12)


def alone(method: Any, request: Any) -> Any:
    """The answer to one request, or the status and text it fails with."""
    try:
        return method(request, timeout=10)
    except grpc.RpcError as failed:
        error: Any = failed
        return error.code().value[0], error.details()


def test_each_id_gets_what_it_would_alone(scoring: Any, ids: st.SearchStrategy[list[str]]) -> None:
    @settings(max_examples=25)
    @given(ids)
    def law(asked: list[str]) -> None:
        results = scoring.BatchGetDecisions(pb.BatchGetDecisionsRequest(prediction_ids=asked), timeout=10).results
        assert len(results) == len(asked)
        for one, result in zip(asked, results, strict=True):
            expected = alone(scoring.GetDecision, pb.GetDecisionRequest(prediction_id=one))
            if result.WhichOneof("outcome") == "decision":
                assert result.decision == expected.decision
                assert result.decision.assessment.vector
            else:
                assert (result.error.code, result.error.message) == expected

    law()


def test_what_an_id_lacks_is_said(scoring: Any, decided: Sequence[str]) -> None:
    request = pb.BatchGetDecisionsRequest(prediction_ids=["7", decided[0], UNKNOWN])
    malformed, found, unknown = scoring.BatchGetDecisions(request, timeout=10).results
    assert (malformed.error.code, malformed.error.message) == (
        *(3, "prediction_id: is no UUID; take it from ScoreResponse"),
    )
    assert found.decision.prediction_id == decided[0]
    assert (unknown.error.code, unknown.error.message) == (5, f"no decision {UNKNOWN} is recorded")


def test_a_thousand_decisions_come_in_the_ids_order(
    scoring: Any, refused: Refused, application: LoanApplication
) -> None:
    requests = [pb.ScoreRequest(request_id=uuid.uuid4().hex, application=application) for _ in range(1_000)]
    made = [one.response.prediction_id for one in scoring.BatchScore(pb.BatchScoreRequest(requests=requests)).results]
    asked = made[::-1]
    results = scoring.BatchGetDecisions(pb.BatchGetDecisionsRequest(prediction_ids=asked), timeout=10).results
    assert [one.decision.prediction_id for one in results] == asked
    for wrong in ([], [*asked, asked[0]]):
        code, found = refused(scoring.BatchGetDecisions, pb.BatchGetDecisionsRequest(prediction_ids=wrong))
        assert code is INVALID
        assert found == {"prediction_ids": f"must be 1 to 1,000, not {len(wrong):,}"}
