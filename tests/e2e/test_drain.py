"""A service told to stop finishes what it began and turns away what is new."""

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import grpc

from creditrisk.api.scoring.v1.scoring_pb2 import ScoreResponse
from creditrisk.client import Client
from tests.e2e.system import (
    Launcher,
    Requests,
    eventually,
    get_decision,
    hung,
    lines,
    score,
    started,
    works,
)
from trainer.local import Service

DEADLINE = 2.0
TURNED_AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
"""CANCELLED is what gRPC gives a call that reached the server as it stopped; our clients retry both."""


def test_calls_in_flight_finish_when_told_to_stop(
    launch: Launcher, feature: Service, requests: Requests, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'd.db'}"
    scoring = launch("scoring", feature_target=feature.target, database_url=database, log_level="DEBUG")
    works(scoring, requests())
    with ThreadPoolExecutor(5) as pool:
        with hung(feature):
            in_flight = [pool.submit(score, scoring, requests(), 30) for _ in range(4)]
            eventually(lambda: started(scoring) >= 5)
            scoring.process.send_signal(signal.SIGTERM)
            eventually(lambda: lines(scoring, "draining") > 0)
            assert score(scoring, requests(), DEADLINE) in TURNED_AWAY
        answers = [call.result() for call in in_flight]
    assert scoring.process.wait(30) == 0
    again = launch("scoring", feature_target=feature.target, database_url=database)
    for answer in answers:
        assert isinstance(answer, ScoreResponse), answer
        assert not isinstance(get_decision(again, answer.prediction_id, 10), grpc.StatusCode)


def test_a_replica_that_stops_fails_no_call(
    launch: Launcher, feature: Service, empty_postgres: str, requests: Requests
) -> None:
    replicas = [launch("scoring", feature_target=feature.target, database_url=empty_postgres) for _ in range(2)]
    target = "ipv4:" + ",".join(service.target for service in replicas)
    done = Event()

    def call(client: Client) -> int:
        calls = 0
        while not done.is_set():
            request = requests()
            client.score(request.application, request_id=request.request_id)  # raises, if it fails
            calls += 1
        return calls

    with ExitStack() as held:
        held.callback(done.set)
        clients = [held.enter_context(Client(target, timeout=5)) for _ in range(4)]
        pool = held.enter_context(ThreadPoolExecutor(4))
        calls = [pool.submit(call, client) for client in clients]
        eventually(lambda: min(map(started, replicas)) > 20)
        replicas[0].process.send_signal(signal.SIGTERM)
        assert replicas[0].process.wait(30) == 0
        before = started(replicas[1])
        eventually(lambda: started(replicas[1]) > before + 50)
        done.set()
        assert sum(one.result() for one in calls) > 0
