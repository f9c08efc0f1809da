"""What callers see when services are down, hang or are too slow, and when the gateway itself stops."""

import signal
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.system import Launcher, eventually, hung, launcher
from tests.gateway.process import Gateway, gateway_process
from trainer.local import Service
from trainer.paths import Home


@pytest.fixture(scope="module")
def launch(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    with launcher(home, tmp_path_factory.mktemp("launched")) as made:
        yield made


@pytest.fixture(scope="module")
def scoring(services: dict[str, Service], launch: Launcher, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """A scoring service that may be hung."""
    database = f"sqlite:///{tmp_path_factory.mktemp('scoring') / 'd.db'}"
    return launch("scoring", feature_target=services["feature"].target, database_url=database)


@pytest.fixture
def targets(services: dict[str, Service], scoring: Service) -> dict[str, str]:
    """Where a gateway finds that one, and the others."""
    return {name: service.target for name, service in services.items()} | {"scoring": scoring.target}


def test_a_service_that_is_down_is_named_and_the_others_serve(
    services: dict[str, Service], simulation: dict[str, Any], tmp_path: Path
) -> None:
    targets = {name: service.target for name, service in services.items()} | {"explain": "127.0.0.1:1"}
    with gateway_process(tmp_path, targets) as partly:
        health = partly.get("/healthz").problem(503)
        assert health["services"]["explain"] == "UNREACHABLE"
        assert health["detail"] == "cannot serve: explain"
        assert partly.post("/v1/simulate", simulation).status == 200
        answer = partly.post("/v1/explain", {"predictionId": str(uuid.uuid4())}, X_Timeout="2")
        assert answer.problem(503)["detail"] == "the explain service cannot be reached; retry with the same ids"
        assert answer.headers["retry-after"] == "1"


def test_a_service_that_dies_is_said_and_found_again(
    services: dict[str, Service], launch: Launcher, simulation: dict[str, Any], tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'd.db'}"
    feature = services["feature"].target
    scoring = launch("scoring", feature_target=feature, database_url=database)
    targets = {name: service.target for name, service in services.items()} | {"scoring": scoring.target}
    with gateway_process(tmp_path, targets) as gateway:
        assert gateway.post("/v1/simulate", simulation).status == 200
        scoring.process.kill()
        scoring.process.wait()
        assert gateway.post("/v1/simulate", simulation).problem(503)["code"] == "UNAVAILABLE"
        assert gateway.get("/healthz").problem(503)["services"]["scoring"] == "UNREACHABLE"
        launch("scoring", port=scoring.port, feature_target=feature, database_url=database)
        eventually(lambda: gateway.post("/v1/simulate", simulation).status == 200)


def test_a_service_that_hangs_is_a_timeout(
    scoring: Service, targets: dict[str, str], simulation: dict[str, Any], tmp_path: Path
) -> None:
    with gateway_process(tmp_path, targets, MAX_DEADLINE="2") as gateway:
        assert gateway.post("/v1/simulate", simulation).status == 200
        with hung(scoring):
            problem = gateway.post("/v1/simulate", simulation, X_Timeout="0.5").problem(504)
            assert problem["code"] == "DEADLINE_EXCEEDED"
            # The gateway's own bound holds too: this would wait past the test's own.
            gateway.post("/v1/simulate", simulation, X_Timeout="1e9").problem(504)
            assert gateway.get("/healthz").problem(503)["services"]["scoring"] == "UNREACHABLE"


def test_what_the_service_itself_says_is_passed_on(
    services: dict[str, Service], launch: Launcher, simulation: dict[str, Any], tmp_path: Path
) -> None:
    """Feature is down: scoring says so, in its words."""
    scoring = launch("scoring", feature_target="127.0.0.1:1", database_url=f"sqlite:///{tmp_path / 'd.db'}")
    targets = {name: service.target for name, service in services.items()} | {"scoring": scoring.target}
    with gateway_process(tmp_path, targets) as gateway:
        assert "feature service" in gateway.post("/v1/simulate", simulation).problem(503)["detail"]


def test_an_answer_under_way_arrives_when_told_to_stop(
    scoring: Service, targets: dict[str, str], simulation: dict[str, Any], tmp_path: Path
) -> None:
    with ExitStack() as held:
        gateway = held.enter_context(gateway_process(tmp_path, targets, MAX_DEADLINE="60"))
        assert gateway.post("/v1/simulate", simulation).status == 200
        pool = held.enter_context(ThreadPoolExecutor(1))
        with hung(scoring):
            call = pool.submit(gateway.post, "/v1/simulate", simulation)
            eventually(lambda: serving(gateway) == 2)
            gateway.process.send_signal(signal.SIGTERM)
            eventually(lambda: bool(gateway.lines("draining")))
        assert call.result().status == 200
        assert gateway.process.wait(30) == 0
        assert gateway.lines("stopped")
        with pytest.raises(ConnectionError):
            gateway.get("/healthz")


def test_calls_over_the_bound_are_turned_away_and_health_is_still_told(
    scoring: Service, targets: dict[str, str], simulation: dict[str, Any], tmp_path: Path
) -> None:
    with ExitStack() as held:
        gateway = held.enter_context(gateway_process(tmp_path, targets, MAX_CONCURRENT_CALLS="1"))
        pool = held.enter_context(ThreadPoolExecutor(1))
        with hung(scoring):
            call = pool.submit(gateway.post, "/v1/simulate", simulation)
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
    return gateway.samples()["http_server_serving", frozenset()]
