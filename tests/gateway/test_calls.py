"""Calls over REST are the services' calls: the same answers to the bit, the same records, the same errors."""

import base64
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

from creditrisk.api.drift.v1 import drift_pb2
from creditrisk.api.explain.v1 import explain_pb2
from creditrisk.api.feature.v1 import feature_pb2
from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.client import Client, LoanApplication
from creditrisk.model.bundle import Bundle
from gateway.rest.rpcs import RPCS
from gateway.services import SERVICES
from tests.gateway.process import Gateway, gateway_process
from tests.model.reported import reported
from trainer.local import Service, start
from trainer.paths import Home

Applications = Callable[[int], list[LoanApplication]]
LEFT_OUT = {"ComputeFeatures", "WatchAlerts"}


def scoring(application: LoanApplication, **others: Any) -> dict[str, Any]:
    return {"requestId": uuid.uuid4().hex, "application": MessageToDict(application)} | others


def test_every_rpc_is_exposed_or_left_out_on_purpose() -> None:
    every = {method.name for service in SERVICES.values() for method in service.methods}
    exposed = [rpc.method.name for rpc in RPCS]
    assert sorted(exposed) == sorted(every - LEFT_OUT)
    assert len({(rpc.verb, rpc.path) for rpc in RPCS}) == len(RPCS)


def test_a_score_is_the_services_to_the_bit(gateway: Gateway, bank: Client, applications: Applications) -> None:
    for application in applications(10):
        answer = gateway.post("/v1/score", scoring(application, includeVector=True)).into(pb.ScoreResponse())
        assert answer.assessment == bank.simulate(application, include_vector=True)
        recorded = bank.decision(answer.prediction_id)
        assert recorded.assessment == answer.assessment
        assert recorded.decided_at == answer.decided_at
        assert recorded.client_id == "anonymous"
        shown = gateway.get(f"/v1/decisions/{answer.prediction_id}").into(pb.GetDecisionResponse())
        assert shown.decision == recorded


def test_a_retry_is_replayed_and_another_body_is_a_conflict(gateway: Gateway, application: LoanApplication) -> None:
    request = scoring(application)
    first = gateway.post("/v1/score", request, X_Client_Id="core").json
    again = gateway.post("/v1/score", request, X_Client_Id="core").json
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again | {"replayed": False} == first
    # Another system's requests are others, whatever they are called.
    assert gateway.post("/v1/score", request, X_Client_Id="web").json["predictionId"] != first["predictionId"]
    request["application"]["amtCredit"] += 1
    problem = gateway.post("/v1/score", request, X_Client_Id="core").problem(409)
    assert problem["code"] == "ALREADY_EXISTS"


def test_a_batch_holds_answers_and_errors(gateway: Gateway, bank: Client, applications: Applications) -> None:
    sound, broken = applications(2)
    broken.amt_credit = -1
    answer = gateway.post("/v1/score:batch", {"requests": [scoring(sound), scoring(broken)]})
    first, second = answer.into(pb.BatchScoreResponse()).results
    assert first.response.assessment == bank.simulate(sound)
    assert second.error.code == 3
    assert list(answer.json["results"][1]) == ["error"]


def test_a_simulation_is_not_recorded(gateway: Gateway, bank: Client, application: LoanApplication) -> None:
    application.sk_id_curr = 987_654_321
    answer = gateway.post("/v1/simulate", {"application": MessageToDict(application)}).into(pb.SimulateResponse())
    assert answer.assessment == bank.simulate(application)
    assert not gateway.get("/v1/decisions?applicantId=987654321").json["decisions"]


def test_a_decision_is_explained_by_its_id_and_by_its_vector(
    gateway: Gateway, bank: Client, application: LoanApplication
) -> None:
    decided = bank.score(application, include_vector=True)
    why = gateway.post("/v1/explain", {"predictionId": decided.prediction_id, "topReasons": 2})
    expected = bank.explain(decided.prediction_id, top_reasons=2)
    assert why.into(explain_pb2.ExplainResponse()) == expected
    vector = base64.b64encode(decided.assessment.vector).decode()
    hypothetical = gateway.post("/v1/explain", {"vector": {"values": vector}, "topReasons": 2})
    found = hypothetical.into(explain_pb2.ExplainResponse())
    assert found.hypothetical
    assert found.attributions == expected.attributions


def test_decisions_of_many_ids_are_explained(gateway: Gateway, bank: Client, application: LoanApplication) -> None:
    made = bank.score(application).prediction_id
    answer = gateway.post("/v1/explain:batch", {"predictionIds": [made, "7"], "topReasons": 2})
    told, malformed = answer.into(explain_pb2.BatchExplainResponse()).results
    expected = bank.explain(made, top_reasons=2)
    assert (list(told.reasons.raising), list(told.reasons.lowering)) == (
        *(list(expected.raising), list(expected.lowering)),
    )
    assert told.reasons.calibrated_margin == expected.calibrated_margin
    assert malformed.error.code == 3


def test_reports_are_listed_and_read(gateway: Gateway, bundle: Bundle) -> None:
    listed = gateway.get("/v1/reports").into(explain_pb2.ListReportsResponse())
    assert listed.bundle_hash == bundle.hash
    assert [one.name for one in listed.reports] == ["certificate.json", "metrics.json", "feature_importance.csv"]
    for path in ("/v1/reports/metrics.json", f"/v1/reports/metrics.json?bundleHash={bundle.hash}"):
        read = gateway.get(path).into(explain_pb2.GetReportResponse())
        assert read.content == bundle.read("metrics.json")
        assert read.report == listed.reports[1]
    for path in (
        "/v1/reports/model.onnx",
        "/v1/reports/x?bundleHash=0",
        "/v1/reports/..%5Cx",
        "/v1/reports?bundleHash=0",
    ):
        assert gateway.get(path).problem(404)["code"] == "NOT_FOUND"
    assert "code" not in gateway.get("/v1/reports/..%2Fmodel.onnx").problem(404)


def test_a_page_of_megabytes_comes_whole(services: dict[str, Service], bundle: Bundle, tmp_path: Path) -> None:
    page = "é".encode() * 2**21
    made = reported(bundle, tmp_path / "it", {"reports/report.html": page})
    explain = start("explain", Home(tmp_path / "home"), 0, {"BUNDLE": str(made.directory)})
    try:
        targets = {name: service.target for name, service in services.items()} | {"explain": explain.target}
        with gateway_process(tmp_path, targets) as gateway:
            read = gateway.get("/v1/reports/report.html").into(explain_pb2.GetReportResponse())
            assert read.content == page
    finally:
        explain.stop()


def test_decisions_are_listed_page_by_page(gateway: Gateway, bank: Client, application: LoanApplication) -> None:
    application.sk_id_curr = 555_000_111
    made = [bank.score(application).prediction_id for _ in range(5)]
    listed: list[str] = []
    token = ""
    while True:
        path = f"/v1/decisions?applicantId=555000111&pageSize=2&pageToken={token}"
        page = gateway.get(path).into(pb.ListDecisionsResponse())
        assert 1 <= len(page.decisions) <= 2
        listed += [one.prediction_id for one in page.decisions]
        if not (token := page.next_page_token):
            break
    assert listed == made[::-1]
    named = gateway.get("/v1/decisions?applicant_id=555000111&decision=DECISION_REFER&client_id=tests")
    assert named.json == {"decisions": [], "nextPageToken": ""}
    since = "decidedFrom=2999-01-01T00:00:00%2B01:00&decidedBefore=2999-01-02T00:00:00Z"
    assert gateway.get(f"/v1/decisions?{since}").json["decisions"] == []


def test_decisions_of_many_ids_come_with_their_errors(
    gateway: Gateway, bank: Client, application: LoanApplication
) -> None:
    made = bank.score(application).prediction_id
    answer = gateway.post("/v1/decisions:batchGet", {"predictionIds": ["7", made]})
    malformed, found = answer.into(pb.BatchGetDecisionsResponse()).results
    assert malformed.error.code == 3
    assert found.decision == bank.decision(made)


def test_model_and_catalogue_are_those_served(gateway: Gateway, bank: Client) -> None:
    assert gateway.get("/v1/model").into(pb.GetModelResponse()) == bank.model()
    catalogue = gateway.get("/v1/features").into(feature_pb2.ListFeaturesResponse())
    names = [one.name for one in catalogue.features if one.HasField("position")]
    assert names == list(bank.model().feature_names)
    fields = gateway.get("/v1/fields").into(feature_pb2.ListFieldsResponse())
    assert fields.schema_fingerprint == catalogue.schema_fingerprint
    assert [one.name for one in fields.fields if one.required] == [
        *("sk_id_curr", "name_contract_type", "amt_income_total", "amt_credit", "days_birth")
    ]


def test_drift_is_reported(gateway: Gateway, bank: Client, application: LoanApplication) -> None:
    prediction = bank.score(application).prediction_id
    report = eventually_counted(gateway)
    quantities = gateway.get("/v1/drift?last=1000&quantities=PD&quantities=DECISION&includeBins=true")
    shown = quantities.into(drift_pb2.GetDriftReportResponse())
    assert [one.name for one in shown.quantities] == ["PD", "DECISION"]
    assert all(one.bins for one in shown.quantities)
    assert shown.bundle_hash == report.bundle_hash == bank.model().bundle_hash
    reference = gateway.get(f"/v1/drift/reference?bundleHash={report.bundle_hash}&quantities=PD")
    (pd,) = reference.into(drift_pb2.GetReferenceResponse()).quantities
    assert [one.label for one in pd.bins] == [one.label for one in shown.quantities[0].bins]
    windows = gateway.get("/v1/drift/windows").into(drift_pb2.ListWindowsResponse()).windows
    assert sum(one.rows for one in windows) >= 1
    of_no_one = gateway.get(f"/v1/drift/alerts?pageSize=5&bundleHash={'0' * 64}")
    assert of_no_one.json == {"alerts": [], "nextPageToken": ""}
    assert gateway.get("/v1/drift/vintages?maturity=86400s").into(drift_pb2.ListVintagesResponse()).vintages
    outcome = {"predictionId": prediction, "defaulted": False, "observedAt": "2026-01-31T12:00:00Z"}
    assert gateway.post("/v1/outcomes", {"outcomes": [outcome]}).json == {}


def eventually_counted(gateway: Gateway) -> drift_pb2.GetDriftReportResponse:
    """The report of the last decisions, once drift has read one."""
    while True:
        answer = gateway.get("/v1/drift?last=1000&topK=1")
        if answer.status == 200:
            return answer.into(drift_pb2.GetDriftReportResponse())
        answer.problem(404)
