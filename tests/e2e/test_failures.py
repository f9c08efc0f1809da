"""What breaks, and what a caller sees of it: UNAVAILABLE in time, nothing half done, and recovery without a restart."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import grpc

from creditrisk.api.explain.v1.explain_pb2 import ExplainResponse
from creditrisk.api.scoring.v1.scoring_pb2 import ScoreRequest, ScoreResponse
from creditrisk.client import Client
from creditrisk.errors import Unavailable
from tests.databases import Postgres
from tests.e2e.system import (
    Answer,
    Launcher,
    Requests,
    eventually,
    explain,
    faults,
    get_decision,
    hung,
    kill,
    score,
    stored,
    works,
)
from trainer.local import Service

DEADLINE = 2.0
"""Seconds a caller gives a call. A call that ends by itself, not by DEADLINE_EXCEEDED, ended in time."""


def decided(service: Service) -> set[str]:
    """Request ids that the store has a decision for."""
    with Client(service.target, timeout=10) as client:
        return {request for request, _ in stored(client)}


def test_a_dead_feature_service(launch: Launcher, requests: Requests, tmp_path: Path) -> None:
    feature = launch("feature")
    scoring = launch("scoring", feature_target=feature.target, database_url=f"sqlite:///{tmp_path / 'd.db'}")
    first, turned_away = requests(), requests()
    assert isinstance(score(scoring, first, DEADLINE), ScoreResponse)
    kill(feature)
    assert score(scoring, turned_away, DEADLINE) is grpc.StatusCode.UNAVAILABLE
    assert decided(scoring) == {first.request_id}
    launch("feature", feature.port)
    assert not works(scoring, turned_away).replayed


def test_a_hung_feature_service(launch: Launcher, feature: Service, requests: Requests, tmp_path: Path) -> None:
    scoring = launch("scoring", feature_target=feature.target, database_url=f"sqlite:///{tmp_path / 'd.db'}")
    first, hanging = requests(), [requests() for _ in range(8)]
    assert isinstance(score(scoring, first, DEADLINE), ScoreResponse)
    with hung(feature), ThreadPoolExecutor(len(hanging)) as pool:
        answers = list(pool.map(lambda request: score(scoring, request, DEADLINE), hanging))
        assert answers == [grpc.StatusCode.UNAVAILABLE] * len(hanging)
        assert decided(scoring) == {first.request_id}
    assert not works(scoring, hanging[0]).replayed


def test_postgres_stopped_and_started(
    launch: Launcher, feature: Service, breakable_postgres: Postgres, requests: Requests
) -> None:
    scoring = launch("scoring", feature_target=feature.target, database_url=breakable_postgres.url)
    first, turned_away = requests(), requests()
    answered = works(scoring, first)
    breakable_postgres.stop()
    assert score(scoring, turned_away, DEADLINE) is grpc.StatusCode.UNAVAILABLE
    assert get_decision(scoring, answered.prediction_id, DEADLINE) is grpc.StatusCode.UNAVAILABLE
    breakable_postgres.start()
    assert not works(scoring, turned_away).replayed
    again = works(scoring, first)
    assert again.replayed
    assert Answer.of(again) == Answer.of(answered)


def test_postgres_hung(launch: Launcher, feature: Service, breakable_postgres: Postgres, requests: Requests) -> None:
    scoring = launch("scoring", feature_target=feature.target, database_url=breakable_postgres.url)
    first, hanging = requests(), [requests() for _ in range(8)]
    answered = works(scoring, first)
    with breakable_postgres.hung(), ThreadPoolExecutor(len(hanging)) as pool:
        answers = list(pool.map(lambda request: score(scoring, request, DEADLINE), hanging))
        assert answers == [grpc.StatusCode.UNAVAILABLE] * len(hanging)
        assert get_decision(scoring, answered.prediction_id, DEADLINE) is grpc.StatusCode.UNAVAILABLE
    given = {request.request_id: [Answer.of(works(scoring, request)) for _ in range(2)] for request in hanging}
    with Client(scoring.target, timeout=10) as client:
        assert faults(given, stored(client)) == []


def test_what_was_answered_before_a_kill_is_in_the_store(
    launch: Launcher, feature: Service, requests: Requests, tmp_path: Path
) -> None:
    database = f"sqlite:///{tmp_path / 'd.db'}"
    scoring = launch("scoring", feature_target=feature.target, database_url=database)
    enough = Event()
    answers: dict[str, list[Answer]] = {}
    sent: dict[str, ScoreRequest] = {}

    def call(client: Client) -> None:
        while True:
            request = requests()
            sent[request.request_id] = request
            try:
                response = client.score(request.application, request_id=request.request_id)
            except Unavailable:
                return
            answers[request.request_id] = [Answer.of(response)]
            if len(answers) >= 100:
                enough.set()

    with Client(scoring.target, timeout=3) as client, ThreadPoolExecutor(8) as pool:
        calls = [pool.submit(call, client) for _ in range(8)]
        assert enough.wait(60)
        kill(scoring)
        for one in calls:
            one.result()
    again = launch("scoring", feature_target=feature.target, database_url=database)
    for request_id, given in answers.items():
        response = works(again, sent[request_id])
        assert response.replayed
        given.append(Answer.of(response))
    with Client(again.target, timeout=10) as client:
        assert faults(answers, stored(client)) == []


def test_explain_without_scoring(launch: Launcher, feature: Service, requests: Requests, tmp_path: Path) -> None:
    scoring = launch("scoring", feature_target=feature.target, database_url=f"sqlite:///{tmp_path / 'd.db'}")
    explaining = launch("explain", scoring_target=scoring.target)
    answered = works(scoring, requests())
    assert isinstance(explain(explaining, answered.prediction_id, 10), ExplainResponse)
    with hung(scoring):
        assert explain(explaining, answered.prediction_id, DEADLINE) is grpc.StatusCode.UNAVAILABLE
    assert isinstance(eventually(lambda: explain(explaining, answered.prediction_id, 10)), ExplainResponse)
    kill(scoring)
    assert explain(explaining, answered.prediction_id, DEADLINE) is grpc.StatusCode.UNAVAILABLE
