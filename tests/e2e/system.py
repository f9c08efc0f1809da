"""Services as processes that tests may kill, hang and bring back, and what clients see of them."""

import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import grpc

from creditrisk.api.explain.v1.explain_pb2 import ExplainRequest, ExplainResponse
from creditrisk.api.explain.v1.explain_pb2_grpc import ExplainServiceStub
from creditrisk.api.scoring.v1.scoring_pb2 import (
    GetDecisionRequest,
    GetDecisionResponse,
    ScoreRequest,
    ScoreResponse,
)
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.client import Client, LoanApplication
from trainer.histories.materialize import histories_url
from trainer.local import Service, start
from trainer.paths import Home

T = TypeVar("T")
R = TypeVar("R")
Applications = Callable[[int], list[LoanApplication]]
Requests = Callable[[], ScoreRequest]


class Launcher:
    """Starts services, each with a log of its own, and ends them all."""

    def __init__(self, home: Home, folder: Path) -> None:
        self._home = home
        self._folder = folder
        self._started: list[Service] = []

    def __call__(self, name: str, port: int = 0, **settings: str) -> Service:
        """Start a service and wait until it is ready; ``settings``: its environment, in lower case."""
        own = Home(self._folder / f"{name}-{len(self._started)}")
        given = {"BUNDLE_STORE": str(self._home.bundles), "POLICY": str(self._home.policy), "METRICS_PORT": "0"}
        given["HISTORIES_URL"] = histories_url(self._home)
        given |= {key.upper(): value for key, value in settings.items()}
        service = start(name, own, port, given)
        self._started.append(service)
        return service

    def close(self) -> None:
        for service in self._started:
            if service.process.poll() is None:
                service.process.kill()
                service.process.wait()


@contextmanager
def launcher(home: Home, folder: Path) -> Iterator[Launcher]:
    with ExitStack() as held:
        launch = Launcher(home, folder)
        held.callback(launch.close)
        yield launch


def kill(service: Service) -> None:
    """SIGKILL: nothing is drained, nothing is said."""
    service.process.kill()
    service.process.wait()


@contextmanager
def hung(service: Service) -> Iterator[None]:
    """The process does not run: its connections stay open and nothing answers."""
    os.kill(service.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(service.process.pid, signal.SIGCONT)


def score(service: Service, request: ScoreRequest, timeout: float) -> ScoreResponse | grpc.StatusCode:
    """One plain call, without a client's retries: the answer, or the status."""
    with grpc.insecure_channel(service.target) as channel:
        return _outcome(ScoringServiceStub(channel).Score, request, timeout)


def get_decision(service: Service, prediction_id: str, timeout: float) -> GetDecisionResponse | grpc.StatusCode:
    """As ``score``."""
    with grpc.insecure_channel(service.target) as channel:
        return _outcome(
            ScoringServiceStub(channel).GetDecision, GetDecisionRequest(prediction_id=prediction_id), timeout
        )


def explain(service: Service, prediction_id: str, timeout: float) -> ExplainResponse | grpc.StatusCode:
    """As ``score``."""
    with grpc.insecure_channel(service.target) as channel:
        return _outcome(ExplainServiceStub(channel).Explain, ExplainRequest(prediction_id=prediction_id), timeout)


def _outcome(method: Callable[..., R], request: object, timeout: float) -> R | grpc.StatusCode:
    try:
        return method(request, timeout=timeout)
    except grpc.RpcError as error:
        code: grpc.StatusCode = error.code()
        return code


@dataclass(frozen=True, slots=True)
class Answer:
    """What must be the same in every answer to one request id."""

    prediction_id: str
    assessment: bytes

    @classmethod
    def of(cls, response: ScoreResponse) -> "Answer":
        return cls(response.prediction_id, response.assessment.SerializeToString(deterministic=True))


def stored(client: Client) -> list[tuple[str, str]]:
    """(request id, prediction id) of every decision in the store."""
    return [(one.request_id, one.prediction_id) for one in client.decisions()]


def faults(answers: Mapping[str, Sequence[Answer]], rows: Sequence[tuple[str, str]]) -> list[str]:
    """What is wrong: answers that differ, requests decided twice, answers that no row backs."""
    found = [f"{request}: answers differ" for request, given in answers.items() if len(set(given)) > 1]
    kept: dict[str, list[str]] = {}
    for request, prediction in rows:
        kept.setdefault(request, []).append(prediction)
    found += [f"{request}: {len(ids)} decisions" for request, ids in kept.items() if len(ids) > 1]
    for request, given in answers.items():
        missing = {one.prediction_id for one in given} - set(kept.get(request, []))
        found += [f"{request}: {prediction} was answered and is not stored" for prediction in missing]
    return found


def lines(service: Service, message: str) -> int:
    """How many lines of a service's log hold ``message``."""
    with suppress(FileNotFoundError):
        return service.log.read_text(encoding="utf-8", errors="replace").count(message)
    return 0


def eventually(look: Callable[[], T | None]) -> T:
    """What ``look`` finds, asked for until it is there."""
    deadline = time.monotonic() + 30
    while not (found := look()):
        assert time.monotonic() < deadline, "never came"
        time.sleep(0.01)
    return found


def works(service: Service, request: ScoreRequest) -> ScoreResponse:
    """The answer to a request that may be turned away for a while, repeated as clients do."""

    def answer() -> ScoreResponse | None:
        found = score(service, request, 10)
        assert isinstance(found, ScoreResponse) or found is grpc.StatusCode.UNAVAILABLE
        return found if isinstance(found, ScoreResponse) else None

    return eventually(answer)


def started(service: Service, method: str = "Score") -> float:
    """Calls of a method that a service has begun."""
    with urllib.request.urlopen(service.metrics, timeout=10) as answer:  # noqa: S310 - our own address
        for line in answer.read().decode().splitlines():
            if line.startswith("grpc_server_started_total") and f'grpc_method="{method}"' in line:
                return float(line.rpartition(" ")[2])
    return 0.0
