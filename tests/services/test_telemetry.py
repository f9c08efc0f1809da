"""What the running services tell of themselves: metrics with bounded labels, logs without applicants' data."""

import json
import time
import uuid
from typing import Any
from urllib.request import urlopen

import grpc
import pytest
from prometheus_client.parser import text_string_to_metric_families

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.client import Client, LoanApplication
from trainer.local import Service

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def scraped(service: Service) -> Samples:
    text = urlopen(service.metrics).read().decode()  # noqa: S310 - our own loopback address
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(samples: Samples, name: str, **labels: str) -> float:
    return sum(value for (known, found), value in samples.items() if known == name and labels.items() <= set(found))


def test_calls_and_decisions_are_counted(
    services: dict[str, Service], bank: Client, application: LoanApplication
) -> None:
    before = scraped(services["scoring"])
    name = uuid.uuid4().hex
    answer = bank.score(application, request_id=name)
    bank.score(application, request_id=name)
    bank.explain(answer.prediction_id)
    after = scraped(services["scoring"])

    def rise(metric: str, **labels: str) -> float:
        return total(after, metric, **labels) - total(before, metric, **labels)

    decision = pb.Decision.Name(answer.assessment.decision).removeprefix("DECISION_")
    assert rise("grpc_server_handled_total", grpc_method="Score", grpc_code="OK") == 2
    assert rise("grpc_server_handling_seconds_count", grpc_method="Score") == 2
    assert rise("creditrisk_decisions_total", decision=decision, contract_type=application.name_contract_type) == 1
    assert rise("creditrisk_decisions_replayed_total") == 1
    assert total(scraped(services["feature"]), "creditrisk_feature_rows_total", outcome="computed") >= 1
    assert total(scraped(services["explain"]), "creditrisk_explanations_total", subject="decision") >= 1


def test_no_text_of_a_client_becomes_a_label_or_reaches_a_log(
    services: dict[str, Service], bank: Client, scoring: Any, application: LoanApplication
) -> None:
    marker = f"marker{uuid.uuid4().hex}"
    application.name_contract_type = marker
    application.occupation_type = marker
    answer = bank.score(application)
    bank.explain(answer.prediction_id)
    application.amt_credit = -77_777.25
    with pytest.raises(grpc.RpcError):
        scoring.Score(pb.ScoreRequest(request_id="x", application=application), timeout=10)
    for service in services.values():
        assert not [key for key in scraped(service) if marker in repr(key)]
        log = service.log.read_text(encoding="utf-8")
        assert marker not in log
        assert "77777" not in log
    assert total(scraped(services["scoring"]), "creditrisk_decisions_total", contract_type="other") >= 1


def test_logs_are_json_lines_that_carry_the_request_id_through(
    services: dict[str, Service], scoring: Any, application: LoanApplication
) -> None:
    name = f"request-{uuid.uuid4().hex}"
    application.amt_income_total = -1
    with pytest.raises(grpc.RpcError):
        scoring.Score(
            pb.ScoreRequest(request_id="x", application=application), timeout=10, metadata=(("x-request-id", name),)
        )
    # The status leaves before the line is written.
    end = time.monotonic() + 10
    while not (found := [line for line in lines(services["scoring"]) if line["request_id"] == name]):
        assert time.monotonic() < end, "the refusal was not logged"
        time.sleep(0.01)
    assert found[0]["code"] == "INVALID_ARGUMENT"
    keys = {"time", "level", "logger", "service", "message", "request_id"}
    assert all(keys <= line.keys() for service in services.values() for line in lines(service))


def lines(service: Service) -> list[dict[str, Any]]:
    return [json.loads(line) for line in service.log.read_text(encoding="utf-8").splitlines()]
