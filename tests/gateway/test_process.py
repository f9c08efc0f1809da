"""The gateway as an operator sees it: health, metrics, logs, ids, paths, settings."""

import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.system import eventually
from tests.gateway.process import Gateway, gateway_process
from trainer.local import Service


def test_healthz_names_every_service(gateway: Gateway) -> None:
    answer = gateway.get("/healthz")
    assert answer.status == 200
    services = dict.fromkeys(("feature", "scoring", "explain", "drift"), "SERVING")
    assert answer.json == {"status": "SERVING", "services": services}


def test_requests_are_counted_by_route_and_status(gateway: Gateway, simulation: dict[str, Any]) -> None:
    marker = f"marker{uuid.uuid4().hex}"
    gateway.get("/healthz")
    before = gateway.samples()
    gateway.post("/v1/simulate", simulation)
    gateway.get(f"/v1/decisions/{marker}")
    gateway.get(f"/{marker}?{marker}={marker}")
    gateway.call(marker.upper(), "/v1/model")
    after = gateway.samples()

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


def test_no_applicants_data_and_no_path_reaches_a_log(gateway: Gateway, simulation: dict[str, Any]) -> None:
    marker = f"marker{uuid.uuid4().hex}"
    simulation["application"] |= {"occupationType": marker, "skIdCurr": 414_414_414}
    gateway.post("/v1/score", simulation | {"requestId": f"sound-{marker}"})
    simulation["application"]["amtCredit"] = -77_777.25
    gateway.post("/v1/score", simulation | {"requestId": f"broken-{marker}"}).violations()
    gateway.post("/v1/score", f'{{"{marker}": 414414414'.encode()).violations()
    gateway.get("/v1/decisions?applicantId=414414414")
    gateway.get(f"/v1/decisions?applicantId=414414414&segment={marker}").violations()
    gateway.get(f"/{marker}")
    log = gateway.log.read_text(encoding="utf-8")
    for secret in (marker, "414414414", "77777"):
        assert secret not in log
    assert "/v1/decisions" in log


def test_the_request_id_is_in_the_logs_of_all_that_served_it(
    gateway: Gateway, services: dict[str, Service], simulation: dict[str, Any]
) -> None:
    name = f"request-{uuid.uuid4().hex}"
    simulation["application"]["amtCredit"] = -1
    answer = gateway.post("/v1/simulate", simulation, X_Request_Id=name)
    assert answer.headers["x-request-id"] == answer.problem(400)["requestId"] == name

    def told(log: Path) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        # At DEBUG gRPC and asyncio write under the id too.
        return [line for line in found if line["request_id"] == name and line["logger"] in {"http", "rpc"}]

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
