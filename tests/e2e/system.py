"""Services as processes that tests may kill, hang and bring back, and what clients see of them."""

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import grpc

from creditrisk.api.scoring.v1.scoring_pb2 import RecordedDecision, ScoreRequest, ScoreResponse
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.client import Client, LoanApplication
from trainer.local import Service, start
from trainer.paths import Home

T = TypeVar("T")
Applications = Callable[[int], list[LoanApplication]]


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
    """One plain call without retries: the answer, or the status."""
    with grpc.insecure_channel(service.target) as channel:
        try:
            answer: ScoreResponse = ScoringServiceStub(channel).Score(request, timeout=timeout)
        except grpc.RpcError as error:
            code: grpc.StatusCode = error.code()
            return code
        return answer


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


def record_of(client: Client, prediction_id: str) -> RecordedDecision:
    return client.decision(prediction_id)


def faults(answers: Mapping[str, Sequence[Answer]], rows: Sequence[tuple[str, str]]) -> list[str]:
    """What is wrong: answers that differ, requests decided twice, answers that no row backs."""
    found = [f"{request}: answers differ" for request, given in answers.items() if len(set(given)) > 1]
    kept: dict[str, list[str]] = {}
    for request, prediction in rows:
        kept.setdefault(request, []).append(prediction)
    found += [f"{request}: {len(ids)} decisions" for request, ids in kept.items() if len(ids) > 1]
    for request, given in answers.items():
        found += [
            f"{request}: answered and not stored" for one in given if one.prediction_id not in kept.get(request, [])
        ]
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
