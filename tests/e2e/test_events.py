"""Events of decisions on a real broker: all of them, as recorded, whatever dies on the way."""

import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from creditrisk.api.event.v1.event_pb2 import PredictionEvent
from creditrisk.api.scoring.v1.scoring_pb2 import GetDecisionResponse, ScoreResponse, SimulateRequest
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.events.pseudonym import Pseudonyms
from creditrisk.wire import from_timestamp
from tests.e2e.system import Launcher, Requests, eventually, get_decision, kill, lines, score, works
from tests.kafka.broker import Broker
from tests.kafka.fixtures import everything
from trainer.local import Service

KEY = "sixteen characters or more"
TOPIC = "credit.predictions.v1"
PATIENT = 30.0

Start = Callable[..., Service]


@pytest.fixture
def broker(own_broker: Broker) -> Broker:
    """Not started."""
    return own_broker


@pytest.fixture
def start(launch: Launcher, feature: Service, broker: Broker, tmp_path: Path) -> Start:
    """Starts scoring on one SQLite store, with the broker."""

    def started(port: int = 0, **settings: str) -> Service:
        return launch(
            "scoring",
            port,
            feature_target=feature.target,
            database_url=f"sqlite:///{tmp_path / 'd.db'}",
            kafka_bootstrap_servers=broker.servers,
            pseudonym_key=KEY,
            **settings,
        )

    return started


def events(broker: Broker) -> list[PredictionEvent]:
    return [PredictionEvent.FromString(record.value) for record in everything(broker.servers, TOPIC)]


def shipped(broker: Broker, answered: list[str]) -> Counter[str]:
    """Prediction ids on the topic, once all that were answered are there."""

    def look() -> Counter[str] | None:
        ids = Counter(event.prediction_id for event in events(broker))
        return ids if ids.keys() >= set(answered) else None

    return eventually(look)


def test_an_event_is_the_recorded_decision(start: Start, broker: Broker, requests: Requests) -> None:
    broker.start()
    scoring = start()
    request = requests()
    answer = works(scoring, request)
    with grpc.insecure_channel(scoring.target) as channel:
        ScoringServiceStub(channel).Simulate(SimulateRequest(application=request.application), timeout=PATIENT)
    works(scoring, request)  # a retry makes no second decision, so no second event
    assert shipped(broker, [answer.prediction_id]) == {answer.prediction_id: 1}
    (event,) = events(broker)
    found = get_decision(scoring, answer.prediction_id, PATIENT)
    assert isinstance(found, GetDecisionResponse)
    assert event.assessment == found.decision.assessment
    assert event.assessment.vector
    assert event.decided_at == found.decision.decided_at
    assert event.application_time == found.decision.application_time
    assert event.contract_type == found.decision.contract_type
    assert event.applicant_pseudonym == Pseudonyms(KEY.encode()).of(request.application.sk_id_curr)
    assert str(request.application.sk_id_curr).encode() not in event.SerializeToString()
    (record,) = everything(broker.servers, TOPIC)
    assert record.key == answer.prediction_id.encode()
    assert from_timestamp(event.decided_at).timestamp() * 1e3 <= record.timestamp + 1


def test_scoring_goes_on_without_the_broker_and_ships_later(start: Start, broker: Broker, requests: Requests) -> None:
    scoring = start()
    answered = [works(scoring, requests()).prediction_id for _ in range(20)]
    broker.start()
    assert shipped(broker, answered).keys() == set(answered)
    broker.kill()
    answered += [works(scoring, requests()).prediction_id for _ in range(20)]
    broker.start()  # on the same log
    assert shipped(broker, answered).keys() == set(answered)


def test_what_was_answered_before_a_kill_is_shipped_after_it(start: Start, broker: Broker, requests: Requests) -> None:
    scoring = start()
    answered = [works(scoring, requests()).prediction_id for _ in range(20)]
    kill(scoring)
    broker.start()
    start(scoring.port)
    assert shipped(broker, answered).keys() == set(answered)


def test_draining_ships_what_was_decided(start: Start, broker: Broker, requests: Requests) -> None:
    broker.start()
    scoring = start()
    answered = [works(scoring, requests()).prediction_id for _ in range(50)]
    scoring.process.send_signal(signal.SIGTERM)
    assert scoring.process.wait(PATIENT) == 0
    assert Counter(event.prediction_id for event in events(broker)).keys() == set(answered)


def test_at_the_bound_score_refuses_rather_than_lose_a_record(start: Start, broker: Broker, requests: Requests) -> None:
    scoring = start(backlog_limit="5")
    answered = [works(scoring, requests()).prediction_id for _ in range(5)]
    refused = eventually(lambda: _refused(scoring, requests, answered))
    assert refused is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert lines(scoring, "events wait") >= 1
    broker.start()
    assert shipped(broker, answered).keys() == set(answered)
    answered.append(eventually(lambda: _admitted(scoring, requests)))
    assert shipped(broker, answered).keys() == set(answered)


def _refused(scoring: Service, requests: Requests, answered: list[str]) -> grpc.StatusCode | None:
    outcome = score(scoring, requests(), PATIENT)
    if isinstance(outcome, ScoreResponse):
        answered.append(outcome.prediction_id)
        return None
    return outcome


def _admitted(scoring: Service, requests: Requests) -> str | None:
    outcome = score(scoring, requests(), PATIENT)
    return outcome.prediction_id if isinstance(outcome, ScoreResponse) else None
