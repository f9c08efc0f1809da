"""A retry storm on two replicas, one killed over and over: one decision a request, one answer, to the bit."""

import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from creditrisk.client import Client, LoanApplication
from creditrisk.errors import Unavailable
from tests.e2e.system import Answer, Applications, Launcher, faults, kill, stored
from trainer.local import Service


@dataclass
class Storm:
    """Requests under way, counted; ``reached(n)`` waits until ``n`` were answered."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    answered: int = 0
    replayed: int = 0
    retries: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def send(self, clients: Sequence[Client], request_id: str, application: LoanApplication) -> None:
        """Call one replica after another until one answers."""
        turn = 0
        while True:
            client = clients[turn % len(clients)]
            turn += 1
            try:
                response = client.score(application, request_id=request_id, include_vector=True)
            except Unavailable:
                with self._changed:
                    self.retries += 1
                continue
            with self._changed:
                self.answers.setdefault(request_id, []).append(Answer.of(response))
                self.answered += 1
                self.replayed += response.replayed
                self._changed.notify_all()
            return

    def reached(self, number: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.answered >= number, 120)


def storm(
    launch: Launcher, database: str, applications: Sequence[LoanApplication], sends: int, kills: int, callers: int
) -> tuple[Storm, list[tuple[str, str]]]:
    """Send each application ``sends`` times under one request id, while replicas die in turn ``kills`` times."""
    feature = launch("feature")

    def replica(port: int = 0) -> Service:
        return launch("scoring", port, feature_target=feature.target, database_url=database)

    replicas = [replica(), replica()]
    requests = [(f"request-{at}", application) for at, application in enumerate(applications)] * sends
    random.Random(7).shuffle(requests)
    under_way = Storm()
    with ExitStack() as held:
        clients = [held.enter_context(Client(service.target, client_id="storm", timeout=3.0)) for service in replicas]
        pool = held.enter_context(ThreadPoolExecutor(callers))
        calls = [
            pool.submit(under_way.send, clients[:: 1 if at % 2 else -1], *request)
            for at, request in enumerate(requests)
        ]
        for round_ in range(kills):
            victim = round_ % 2
            under_way.reached(len(requests) * (2 * round_ + 1) // (2 * kills + 1))
            kill(replicas[victim])
            under_way.reached(len(requests) * (2 * round_ + 2) // (2 * kills + 1))
            replicas[victim] = replica(replicas[victim].port)
        for call in calls:
            call.result()
        rows = stored(clients[0])
    return under_way, rows


def check(found: Storm, rows: Sequence[tuple[str, str]], ids: int, sends: int) -> str:
    """Fail unless there is one decision a request and one answer; else what was seen, in a line."""
    assert faults(found.answers, rows) == []
    assert len(rows) == ids
    assert [len(given) for given in found.answers.values()] == [sends] * ids
    return (
        f"{found.answered:,} requests of {ids:,} ids answered, {found.replayed:,} of them from the record, "
        f"after {found.retries:,} retries; {len(rows):,} decisions stored"
    )


def test_one_decision_a_request(launch: Launcher, empty_postgres: str, applications: Applications) -> None:
    found, rows = storm(launch, empty_postgres, applications(150), sends=8, kills=1, callers=16)
    print(check(found, rows, 150, 8))


@pytest.mark.full
def test_one_decision_a_request_for_longer(
    launch: Launcher, empty_postgres: str, applications: Applications, capsys: pytest.CaptureFixture[str]
) -> None:
    found, rows = storm(launch, empty_postgres, applications(2_000), sends=12, kills=6, callers=32)
    with capsys.disabled():
        print(f"\n6 kills: {check(found, rows, 2_000, 12)}")
