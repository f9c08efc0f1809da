"""Scoring as its callers see it: decisions, retries, batches, what-if, history, what is served."""

import math
import uuid
from collections.abc import Callable, Sequence
from textwrap import dedent
from typing import Any

import grpc
import numpy as np
import pytest

from creditrisk import client
from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.application import ApplicationBatch
from creditrisk.client import DECISION_APPROVE, DECISION_DECLINE, Client, LoanApplication
from creditrisk.decision.scorecard import Scorecard
from creditrisk.errors import InvalidApplication, NotFound, RequestConflict, Unavailable
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import ONNX, Bundle
from creditrisk.model.scorer import Scorer
from creditrisk.wire import vectors
from tests.services.conftest import Refused
from trainer.local import Service

INVALID = grpc.StatusCode.INVALID_ARGUMENT
RequestOf = Callable[[LoanApplication], pb.ScoreRequest]
Applications = Callable[[int], list[LoanApplication]]
BatchOf = Callable[[Sequence[LoanApplication]], ApplicationBatch]


def test_a_decision_is_the_models_score_under_the_policy(
    bank: Client, bundle: Bundle, applications: Applications, batch_of: BatchOf
) -> None:
    made = applications(40)
    expected = Scorer(bundle.read(ONNX)).score(FeaturePlan(bundle.schema).compute(batch_of(made)).matrix)
    answers = [bank.score(one).assessment for one in made]
    assert [one.probability_of_default for one in answers] == expected.pd.tolist()
    assert [one.calibrated_margin for one in answers] == expected.calibrated.tolist()
    for one in answers:
        declines = one.probability_of_default >= one.threshold
        assert one.decision == (DECISION_DECLINE if declines else DECISION_APPROVE)
        assert one.points == Scorecard().points(one.calibrated_margin)
        assert one.synthetic_model
        assert not one.vector
    assert {one.decision for one in answers} == {DECISION_APPROVE, DECISION_DECLINE}


def test_the_record_is_the_answer(bank: Client, application: LoanApplication, bundle: Bundle) -> None:
    application.application_time.FromSeconds(1_600_000_000)
    answer = bank.score(application, request_id=f"r-{uuid.uuid4().hex}", include_vector=True)
    assert uuid.UUID(answer.prediction_id).version == 7
    recorded = bank.decision(answer.prediction_id)
    assert recorded.assessment == answer.assessment
    assert (recorded.client_id, recorded.applicant_id) == ("tests", application.sk_id_curr)
    assert recorded.application_time == application.application_time
    assert recorded.decided_at == answer.decided_at
    assert recorded.contract_type == application.name_contract_type
    assert len(vectors(recorded.assessment.vector, len(bundle.schema.names))) == 1
    assert bank.decision(answer.prediction_id.upper()) == recorded


def test_a_retry_gets_the_recorded_answer_and_another_body_is_a_conflict(
    bank: Client, application: LoanApplication
) -> None:
    name = uuid.uuid4().hex
    first = bank.score(application, request_id=name, include_vector=True)
    again = bank.score(application, request_id=name, include_vector=True)
    assert (first.replayed, again.replayed) == (False, True)
    again.replayed = False
    assert again == first
    application.amt_credit += 1
    with pytest.raises(RequestConflict, match=name):
        bank.score(application, request_id=name)
    assert bank.decision(first.prediction_id).request_id == name


def test_request_ids_belong_to_a_client(
    services: dict[str, Service], bank: Client, application: LoanApplication
) -> None:
    name = uuid.uuid4().hex
    with Client(services["scoring"].target, client_id="another", timeout=10) as other:
        ids = {one.score(application, request_id=name).prediction_id for one in (bank, other)}
    assert len(ids) == 2


def test_simulate_scores_alike_and_records_nothing(bank: Client, application: LoanApplication) -> None:
    application.sk_id_curr = 900_000_001
    simulated = bank.simulate(application, include_vector=True)
    assert not list(bank.decisions(pb.ListDecisionsRequest(applicant_id=application.sk_id_curr)))
    assert bank.score(application, include_vector=True).assessment == simulated
    application.ClearField("sk_id_curr")
    nameless = bank.simulate(application, include_vector=True)
    assert (nameless.vector, nameless.probability_of_default) == (simulated.vector, simulated.probability_of_default)


def test_a_batchs_rows_have_the_bits_of_single_scores(
    bank: Client, applications: Applications, request_of: RequestOf
) -> None:
    requests = [request_of(one) for one in applications(200)]
    batch = [result.response.assessment for result in bank.score_batch(requests)]
    singly = [bank.simulate(request.application, include_vector=True) for request in requests]
    assert [one.SerializeToString(deterministic=True) for one in batch] == [
        one.SerializeToString(deterministic=True) for one in singly
    ]


def test_a_bad_row_is_only_its_own_error(bank: Client, applications: Applications, request_of: RequestOf) -> None:
    requests = [request_of(one) for one in applications(6)]
    requests[1].application.amt_credit = -5
    requests[3].request_id = ""
    requests[4].application.ClearField("days_birth")
    results = bank.score_batch(requests)
    assert [result.WhichOneof("outcome") for result in results] == [
        *("response", "error", "response", "error", "error", "response")
    ]
    errors = {at: results[at].error for at in (1, 3, 4)}
    assert {error.code for error in errors.values()} == {3}
    assert [error.field_violations[0].field for error in errors.values()] == [
        *("application.amt_credit", "request_id", "application.days_birth")
    ]
    assert "outside 0 to" in errors[1].message
    alone = bank.simulate(requests[5].application, include_vector=True)
    assert results[5].response.assessment == alone


def test_a_request_id_twice_in_a_batch_is_one_decision_or_a_conflict(
    bank: Client, applications: Applications, request_of: RequestOf
) -> None:
    one, other = map(request_of, applications(2))
    same = pb.ScoreRequest()
    same.CopyFrom(one)
    other.request_id = one.request_id
    first, second, third = bank.score_batch([one, same, other])
    assert first.response.prediction_id == second.response.prediction_id
    assert third.error.code == 6
    assert len(list(bank.decisions(pb.ListDecisionsRequest(applicant_id=one.application.sk_id_curr)))) >= 1
    again = bank.score_batch([one])[0]
    assert again.response.replayed
    assert again.response.prediction_id == first.response.prediction_id


def test_a_batch_holds_1_to_1000(scoring: Any, refused: Refused, applications: Applications) -> None:
    (application,) = applications(1)
    many = [pb.ScoreRequest(request_id=f"many-{at}", application=application) for at in range(1001)]
    for requests in ([], many):
        code, found = refused(scoring.BatchScore, pb.BatchScoreRequest(requests=requests))
        assert code is INVALID
        assert f"must be 1 to 1,000, not {len(requests):,}" in found["requests"]
    answer = scoring.BatchScore(pb.BatchScoreRequest(requests=many[:1000]), timeout=30)
    assert len({one.response.prediction_id for one in answer.results}) == 1000


def test_the_model_served_is_the_bundle_published(bank: Client, bundle: Bundle) -> None:
    model = bank.model()
    assert model.bundle_hash == bundle.hash
    assert tuple(model.feature_names) == bundle.schema.names
    assert model.schema_fingerprint == bundle.schema.fingerprint
    assert model.proposed_threshold == bundle.manifest.proposed_threshold == 1 / 11
    assert (model.base_points, model.base_odds, model.points_to_double_odds) == (600, 20, 20)


def test_the_client_raises_errors_of_the_domain(bank: Client, application: LoanApplication) -> None:
    application.amt_income_total = -1
    application.ext_source_3 = math.inf
    with pytest.raises(InvalidApplication) as refused:
        bank.score(application)
    assert {one.field for one in refused.value.violations} == {
        "application.amt_income_total",
        "application.ext_source_3",
    }
    with pytest.raises(NotFound):
        bank.decision("01890000-0000-7000-8000-000000000000")
    with Client("127.0.0.1:1", timeout=0.5) as lost, pytest.raises(Unavailable):
        lost.model()
    with Client("127.0.0.1:1") as partial, pytest.raises(ValueError, match="no explain address"):
        partial.explain("x")


def test_the_clients_own_example_works_as_pasted(
    services: dict[str, Service], capsys: pytest.CaptureFixture[str]
) -> None:
    example = dedent((client.__doc__ or "").split("::\n\n", 1)[1])
    for shown, name in (("127.0.0.1:50052", "scoring"), ("127.0.0.1:50053", "explain")):
        example = example.replace(shown, services[name].target)
    exec(compile(example, "example", "exec"), {})  # noqa: S102 - our own documentation
    assert 0 < float(capsys.readouterr().out.split()[0]) < 1


def test_the_vector_is_what_the_feature_plan_computes(
    bank: Client, bundle: Bundle, application: LoanApplication, batch_of: BatchOf
) -> None:
    vector = bank.simulate(application, include_vector=True).vector
    computed = FeaturePlan(bundle.schema).compute(batch_of([application])).matrix
    assert vector == computed.astype(np.dtype("<f4")).tobytes()
