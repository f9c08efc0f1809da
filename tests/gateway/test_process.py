"""The gateway as an operator sees it: health, drain, services that are away, metrics, logs, paths."""

import json
import re
import signal
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from prometheus_client.parser import text_string_to_metric_families

from creditrisk.client import LoanApplication
from tests.e2e.system import Launcher, eventually, hung, launcher
from tests.gateway.process import Gateway, gateway_process
from trainer.local import Service
from trainer.paths import Home


@pytest.fixture
def launch(home: Home, tmp_path: Path) -> Iterator[Launcher]:
    with launcher(home, tmp_path) as made:
        yield made


@pytest.fixture
def request_(application: LoanApplication) -> dict[str, Any]:
    return {"application": MessageToDict(application)}


def samples(gateway: Gateway) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (one.name, frozenset(one.labels.items())): one.value
        for family in text_string_to_metric_families(gateway.get("/metrics").body.decode())
        for one in family.samples
    }


def test_healthz_names_every_service(gateway: Gateway) -> None:
    answer = gateway.get("/healthz")
    assert answer.status == 200
    services = dict.fromkeys(("feature", "scoring", "explain", "drift"), "SERVING")
    assert answer.json == {"status": "SERVING", "services": services}


def test_a_service_that_is_down_is_named_and_the_others_serve(
    services: dict[str, Service], request_: dict[str, Any], tmp_path: Path
) -> None:
    targets = {name: service.target for name, service in services.items()} | {"explain": "127.0.0.1:1"}
    with gateway_process(tmp_path, targets) as partly:
        health = partly.get("/healthz").problem(503)
        assert health["services"]["explain"] == "UNREACHABLE"
        assert health["detail"] == "cannot serve: explain"
        assert partly.post("/v1/simulate", request_).status == 200
        answer = partly.post("/v1/explain", {"predictionId": str(uuid.uuid4())}, X_Timeout="2")
        assert answer.problem(503)["detail"] == "the explain service cannot be reached; retry with the same ids"
        assert answer.headers["retry-after"] == "1"


def test_a_service_that_dies_is_said_and_found_again(
    services: dict[str, Service], launch: Launcher, request_: dict[str, Any], tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'd.db'}"
    feature = services["feature"].target
    scoring = launch("scoring", feature_target=feature, database_url=database)
    targets = {name: service.target for name, service in services.items()} | {"scoring": scoring.target}
    with gateway_process(tmp_path, targets) as gateway:
        assert gateway.post("/v1/simulate", request_).status == 200
        scoring.process.kill()
        scoring.process.wait()
        assert gateway.post("/v1/simulate", request_).problem(503)["code"] == "UNAVAILABLE"
        assert gateway.get("/healthz").problem(503)["services"]["scoring"] == "UNREACHABLE"
        launch("scoring", port=scoring.port, feature_target=feature, database_url=database)
        eventually(lambda: gateway.post("/v1/simulate", request_).status == 200)


def test_a_service_that_hangs_is_a_timeout(
    services: dict[str, Service], launch: Launcher, request_: dict[str, Any], tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'd.db'}"
    scoring = launch("scoring", feature_target=services["feature"].target, database_url=database)
    targets = {name: service.target for name, service in services.items()} | {"scoring": scoring.target}
    with gateway_process(tmp_path, targets) as gateway:
        assert gateway.post("/v1/simulate", request_).status == 200
        with hung(scoring):
            problem = gateway.post("/v1/simulate", request_, X_Timeout="0.5").problem(504)
            assert problem["code"] == "DEADLINE_EXCEEDED"
            assert gateway.get("/healthz").problem(503)["services"]["scoring"] == "UNREACHABLE"


def test_what_the_service_itself_says_is_passed_on(
    services: dict[str, Service], launch: Launcher, request_: dict[str, Any], tmp_path: Path
) -> None:
    """Feature is down: scoring says so, in its words."""
    scoring = launch("scoring", feature_target="127.0.0.1:1", database_url=f"sqlite:///{tmp_path / 'd.db'}")
    targets = {name: service.target for name, service in services.items()} | {"scoring": scoring.target}
    with gateway_process(tmp_path, targets) as gateway:
        assert "feature service" in gateway.post("/v1/simulate", request_).problem(503)["detail"]


def test_an_answer_under_way_arrives_when_told_to_stop(
    services: dict[str, Service], launch: Launcher, request_: dict[str, Any], tmp_path: Path
) -> None:
    scoring = launch(
        "scoring", feature_target=services["feature"].target, database_url=f"sqlite:///{tmp_path / 'd.db'}"
    )
    targets = {name: service.target for name, service in services.items()} | {"scoring": scoring.target}
    with ExitStack() as held:
        gateway = held.enter_context(gateway_process(tmp_path, targets, MAX_DEADLINE="60"))
        assert gateway.post("/v1/simulate", request_).status == 200
        pool = held.enter_context(ThreadPoolExecutor(1))
        with hung(scoring):
            call = pool.submit(gateway.post, "/v1/simulate", request_)
            eventually(lambda: serving(gateway) == 2)
            gateway.process.send_signal(signal.SIGTERM)
            eventually(lambda: bool(gateway.lines("draining")))
        assert call.result().status == 200
        assert gateway.process.wait(30) == 0
        assert gateway.lines("stopped")
        with pytest.raises(ConnectionError):
            gateway.get("/healthz")


def test_calls_over_the_bound_are_turned_away_and_health_is_still_told(
    services: dict[str, Service], launch: Launcher, request_: dict[str, Any], tmp_path: Path
) -> None:
    scoring = launch(
        "scoring", feature_target=services["feature"].target, database_url=f"sqlite:///{tmp_path / 'd.db'}"
    )
    targets = {name: service.target for name, service in services.items()} | {"scoring": scoring.target}
    with ExitStack() as held:
        gateway = held.enter_context(gateway_process(tmp_path, targets, MAX_CONCURRENT_CALLS="1"))
        pool = held.enter_context(ThreadPoolExecutor(1))
        with hung(scoring):
            call = pool.submit(gateway.post, "/v1/simulate", request_)
            eventually(lambda: serving(gateway) == 2)
            answer = gateway.get("/v1/features")
            assert answer.problem(429)["code"] == "RESOURCE_EXHAUSTED"
            assert answer.headers["retry-after"] == "1"
            assert gateway.get("/healthz").json["services"]["feature"] == "SERVING"
        assert call.result().status == 200
        assert gateway.get("/v1/features").status == 200


def test_a_body_that_does_not_arrive_is_not_waited_for(services: dict[str, Service], tmp_path: Path) -> None:
    targets = {name: service.target for name, service in services.items()}
    with (
        gateway_process(tmp_path, targets, MAX_DEADLINE="0.2", MAX_CONCURRENT_CALLS="1") as gateway,
        closing(HTTPConnection("127.0.0.1", gateway.port, timeout=30)) as connection,
    ):
        connection.putrequest("POST", "/v1/score")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", "100")
        connection.endheaders(b'{"requestId": ')
        assert connection.getresponse().status == 408
        assert gateway.get("/v1/features").status == 200


def serving(gateway: Gateway) -> float:
    """Requests being served, this one among them."""
    return samples(gateway)["http_server_serving", frozenset()]


def test_requests_are_counted_by_route_and_status(gateway: Gateway, request_: dict[str, Any]) -> None:
    marker = f"marker{uuid.uuid4().hex}"
    gateway.get("/healthz")
    before = samples(gateway)
    gateway.post("/v1/simulate", request_)
    gateway.get(f"/v1/decisions/{marker}")
    gateway.get(f"/{marker}?{marker}={marker}")
    gateway.call(marker.upper(), "/v1/model")
    after = samples(gateway)

    def rise(name: str, **labels: str) -> float:
        key = (name, frozenset(labels.items()))
        return after[key] - before.get(key, 0.0)

    requests = "http_server_requests_total"
    assert rise(requests, method="POST", route="/v1/simulate", status="200") == 1
    assert rise(requests, method="GET", route="/v1/decisions/{predictionId}", status="400") == 1
    assert rise(requests, method="GET", route="none", status="404") == 1
    assert rise(requests, method="other", route="none", status="405") == 1
    assert rise("http_server_handling_seconds_count", method="POST", route="/v1/simulate") == 1
    assert marker not in gateway.get("/metrics").body.decode()


def test_no_applicants_data_and_no_path_reaches_a_log(gateway: Gateway, request_: dict[str, Any]) -> None:
    marker = f"marker{uuid.uuid4().hex}"
    request_["application"] |= {"occupationType": marker, "skIdCurr": 414_414_414}
    gateway.post("/v1/score", request_ | {"requestId": f"sound-{marker}"})
    request_["application"]["amtCredit"] = -77_777.25
    gateway.post("/v1/score", request_ | {"requestId": f"broken-{marker}"}).violations()
    gateway.post("/v1/score", f'{{"{marker}": 414414414'.encode()).violations()
    gateway.get("/v1/decisions?applicantId=414414414")
    gateway.get(f"/v1/decisions?applicantId=414414414&segment={marker}").violations()
    gateway.get(f"/{marker}")
    log = gateway.log.read_text(encoding="utf-8")
    for secret in (marker, "414414414", "77777"):
        assert secret not in log
    assert "/v1/decisions" in log


def test_the_request_id_is_in_the_logs_of_all_that_served_it(
    gateway: Gateway, services: dict[str, Service], request_: dict[str, Any]
) -> None:
    name = f"request-{uuid.uuid4().hex}"
    request_["application"]["amtCredit"] = -1
    answer = gateway.post("/v1/simulate", request_, X_Request_Id=name)
    assert answer.headers["x-request-id"] == answer.problem(400)["requestId"] == name

    def told(log: Path) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        return [
            line
            for line in found
            if (line["request_id"], line["logger"]) == (name, {"gateway": "http"}.get(line["service"], "rpc"))
        ]

    eventually(lambda: bool(told(gateway.log) and told(services["scoring"].log)))
    (line,) = told(gateway.log)
    assert (line["service"], line["message"], line["status"]) == ("gateway", "POST /v1/simulate", 400)
    assert {"time", "level", "logger", "ms"} <= line.keys()


@pytest.mark.parametrize("sent", ["", "with space", "x" * 129, "caf\xe9"])
def test_a_request_id_that_is_none_is_replaced(gateway: Gateway, sent: str) -> None:
    answer = gateway.get("/v1/model", X_Request_Id=sent)
    assert answer.status == 200
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])


def test_under_a_path_the_gateway_serves_whether_the_ingress_strips_it_or_not(
    services: dict[str, Service], tmp_path: Path
) -> None:
    targets = {name: service.target for name, service in services.items()}
    with gateway_process(tmp_path, targets, ROOT_PATH="/credit/risk") as gateway:
        for before in ("", "/credit/risk"):
            assert gateway.get(f"{before}/v1/model").status == 200
            assert gateway.get(f"{before}/healthz").status == 200
        assert gateway.get("/credit/v1/model").problem(404)


def test_a_taken_port_and_a_wrong_setting_are_named(gateway: Gateway, start_fails: Callable[..., str]) -> None:
    assert f"PORT {gateway.port}: cannot listen" in start_fails(PORT=str(gateway.port))
    assert "ROOT_PATH: " in start_fails(ROOT_PATH="credit/")
