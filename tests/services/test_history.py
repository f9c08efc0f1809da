"""The history of decisions: newest first, page by page, by every filter; malformed requests name the field."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.client import DECISION_APPROVE, DECISION_DECLINE, Client, LoanApplication
from tests.services.conftest import Refused

INVALID = grpc.StatusCode.INVALID_ARGUMENT
Applications = Callable[[int], list[LoanApplication]]


@pytest.fixture(scope="module")
def history(bank: Client, applications: Applications) -> list[pb.RecordedDecision]:
    """Seven decisions on one applicant, newest first."""
    made = applications(7)
    answers = []
    for at, application in enumerate(made):
        application.sk_id_curr = 900_000_002
        application.name_contract_type = "Revolving loans" if at % 3 == 0 else "Cash loans"
        answers.append(bank.score(application))
    return [bank.decision(answer.prediction_id) for answer in reversed(answers)]


def listed(bank: Client, **filters: Any) -> list[str]:
    found = bank.decisions(pb.ListDecisionsRequest(applicant_id=900_000_002, **filters))
    return [one.prediction_id for one in found]


def test_history_is_listed_newest_first_page_by_page(bank: Client, history: list[pb.RecordedDecision]) -> None:
    everything = [one.prediction_id for one in history]
    for size in (0, 1, 3, 7, 1000):
        assert listed(bank, page_size=size) == everything
    found = list(bank.decisions(pb.ListDecisionsRequest(applicant_id=900_000_002)))
    assert not any(one.assessment.vector for one in found)
    for one in history:
        one.assessment.ClearField("vector")
    assert found == history


def test_filters_choose(bank: Client, history: list[pb.RecordedDecision]) -> None:
    def those(keep: Callable[[pb.RecordedDecision], bool]) -> list[str]:
        return [one.prediction_id for one in history if keep(one)]

    revolving = those(lambda one: one.contract_type == "Revolving loans")
    assert listed(bank, contract_type="Revolving loans") == revolving
    assert len(revolving) == 3
    for decision in (DECISION_APPROVE, DECISION_DECLINE):
        expected = those(lambda one, decision=decision: one.assessment.decision == decision)  # type: ignore[misc]
        assert listed(bank, decision=decision) == expected
    version = history[0].assessment.model_version
    assert len(listed(bank, model_version=version, client_id="tests")) == 7
    assert listed(bank, model_version="another") == listed(bank, client_id="another") == []
    middle = history[3].decided_at
    after = Timestamp()
    after.FromDatetime(middle.ToDatetime() + timedelta(microseconds=1))
    assert listed(bank, decided_from=middle) == those(
        lambda one: one.decided_at.ToMicroseconds() >= middle.ToMicroseconds()
    )
    assert listed(bank, decided_before=middle) == those(
        lambda one: one.decided_at.ToMicroseconds() < middle.ToMicroseconds()
    )
    assert history[3].prediction_id in listed(bank, decided_from=middle, decided_before=after)


def test_a_malformed_list_request_names_its_field(
    scoring: Any, refused: Refused, history: list[pb.RecordedDecision]
) -> None:
    page = pb.ListDecisionsRequest(applicant_id=history[0].applicant_id, page_size=2)
    token = scoring.ListDecisions(page, timeout=10).next_page_token
    never = Timestamp(seconds=10**15)
    wrong = {
        "page_size": [pb.ListDecisionsRequest(page_size=-1), pb.ListDecisionsRequest(page_size=1001)],
        "page_token": [
            *(pb.ListDecisionsRequest(page_token=text) for text in ("x", "bnVsbA==", "é")),
            pb.ListDecisionsRequest(applicant_id=1, page_token=token),
        ],
        "decided_from": [pb.ListDecisionsRequest(decided_from=never)],
        "decided_before": [pb.ListDecisionsRequest(decided_before=never)],
        "decision": [pb.ListDecisionsRequest(decision=99)],  # type: ignore[arg-type]
        "contract_type": [pb.ListDecisionsRequest(contract_type="\x00")],
    }
    for field, requests in wrong.items():
        for request in requests:
            code, found = refused(scoring.ListDecisions, request)
            assert (code, list(found)) == (INVALID, [field]), request
