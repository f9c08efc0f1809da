"""Drift with the running system: every decision counted, windows judged, alerts raised, outcomes taken."""

import signal
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from sqlalchemy import select, update

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from creditrisk.api.event.v1.event_pb2 import OutcomeEvent, PredictionEvent
from creditrisk.client import Client, LoanApplication, LoanOutcome
from creditrisk.errors import InvalidApplication
from creditrisk.model.bundle import Bundle
from creditrisk.stores.drift_schema import COUNTS, OUTCOMES, POSITIONS, PREDICTIONS
from creditrisk.stores.engine import open_engine
from creditrisk.wire import to_timestamp
from tests.e2e.system import Applications, Launcher, Requests, eventually, kill, lines, started, works
from tests.kafka.broker import Broker
from tests.kafka.fixtures import everything
from trainer.local import Service

PATIENT = 30.0
SHORT = {"window_seconds": "1", "lateness": "1"}
"""Settings under which a window is judged a few seconds after its end."""


@pytest.fixture
def state_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'drift.db'}"


@pytest.fixture
def decisions_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'd.db'}"


@pytest.fixture
def scoring(launch: Launcher, feature: Service, decisions_url: str) -> Service:
    """Scoring without a broker."""
    return launch("scoring", feature_target=feature.target, database_url=decisions_url)


@pytest.fixture
def start(launch: Launcher, state_url: str, decisions_url: str) -> Callable[..., Service]:
    """Starts drift on one state, without a broker."""
    return lambda port=0, **settings: launch(
        "drift", port, database_url=state_url, decisions_url=decisions_url, **settings
    )


@pytest.fixture
def broker(own_broker: Broker) -> Broker:
    own_broker.start()
    return own_broker


def counted(state_url: str) -> set[str]:
    """Ids of the predictions in the state."""
    engine = open_engine(state_url, 5.0)
    with engine.connect() as connection:
        ids = set(connection.execute(select(PREDICTIONS.c.prediction_id)).scalars())
    engine.dispose()
    return ids


def counts(state_url: str, answered: set[str]) -> bool:
    """Waits until what was answered is counted; whether nothing else is."""
    eventually(lambda: counted(state_url) >= answered)
    return counted(state_url) == answered


def test_without_a_broker_every_decision_of_the_store_is_counted(
    start: Callable[..., Service], scoring: Service, state_url: str, requests: Requests
) -> None:
    answered = {works(scoring, requests()).prediction_id for _ in range(10)}
    drift = start()
    assert counts(state_url, answered)
    answered |= {works(scoring, requests()).prediction_id for _ in range(10)}
    assert counts(state_url, answered)
    kill(drift)
    answered |= {works(scoring, requests()).prediction_id for _ in range(10)}
    drift = start()
    assert counts(state_url, answered)
    with grpc.insecure_channel(drift.target) as channel:
        stub = DriftServiceStub(channel)
        windows = stub.ListWindows(pb.ListWindowsRequest(), timeout=PATIENT).windows
        report = stub.GetDriftReport(pb.GetDriftReportRequest(last=1_000), timeout=PATIENT)
    assert sum(window.rows for window in windows) == report.rows == 30


def odd(application: LoanApplication) -> LoanApplication:
    """An applicant as none of the reference: of great age, with an income of millions."""
    application.days_birth = -30_000
    application.amt_income_total = 9e6
    return application


def test_drifted_windows_raise_alerts_that_are_streamed(
    start: Callable[..., Service], scoring: Service, bundle: Bundle, applications: Applications, requests: Requests
) -> None:
    drift = start(**SHORT)
    for application in applications(40):
        request = requests()
        request.application.CopyFrom(odd(application))
        works(scoring, request)
    with grpc.insecure_channel(drift.target) as channel:
        stub = DriftServiceStub(channel)
        seen = {}
        for response in stub.WatchAlerts(pb.WatchAlertsRequest(), timeout=PATIENT):
            seen[response.alert.quantity] = response.alert
            if {"AGE_YEARS", "AMT_INCOME_TOTAL"} <= seen.keys():
                break
        alert = seen["AMT_INCOME_TOTAL"]
        assert alert.bundle_hash == bundle.hash
        assert alert.adjusted_p_value <= 0.01
        assert "reference" in alert.change
        request = pb.GetDriftReportRequest(window_start=alert.window_begin, quantities=["AMT_INCOME_TOTAL", "PD"])
        report = stub.GetDriftReport(request, timeout=PATIENT)
        assert [one.name for one in report.quantities] == ["AMT_INCOME_TOTAL", "PD"]
        assert report.quantities[0].alarm
        assert report.quantities[0].psi_band == pb.PSI_BAND_LARGE
        assert report.HasField("judged_at")
        newest = stub.GetDriftReport(pb.GetDriftReportRequest(top_k=3, include_bins=True), timeout=PATIENT)
        assert len(newest.quantities) == 3
        assert sum(bin_.rows for bin_ in newest.quantities[0].bins) == newest.rows
        again = stub.WatchAlerts(pb.WatchAlertsRequest(after_alert_id=alert.alert_id - 1), timeout=PATIENT)
        assert next(iter(again)).alert == alert


def test_a_stopping_service_ends_its_streams(start: Callable[..., Service]) -> None:
    drift = start()
    with grpc.insecure_channel(drift.target) as channel:
        stream = DriftServiceStub(channel).WatchAlerts(pb.WatchAlertsRequest(), timeout=PATIENT)
        eventually(lambda: started(drift, "WatchAlerts"))
        drift.process.send_signal(signal.SIGTERM)
        with pytest.raises(grpc.RpcError) as ended:
            next(stream)
    assert ended.value.code() is grpc.StatusCode.UNAVAILABLE
    assert drift.process.wait(PATIENT) == 0


def test_through_a_broker_all_is_counted_and_poison_is_set_aside(
    launch: Launcher, feature: Service, broker: Broker, decisions_url: str, state_url: str, requests: Requests
) -> None:
    kafka = {"kafka_bootstrap_servers": broker.servers}
    scoring = launch(
        "scoring", feature_target=feature.target, database_url=decisions_url, pseudonym_key="x" * 16, **kafka
    )
    drift = launch("drift", database_url=state_url, bundle_patience="0", **SHORT, **kafka)
    answered = {works(scoring, requests()).prediction_id for _ in range(20)}
    assert counts(state_url, answered)
    (sample, *_) = everything(broker.servers, "credit.predictions.v1")
    stranger = PredictionEvent.FromString(sample.value)
    stranger.assessment.bundle_hash = "0" * 64
    outcome = OutcomeEvent(
        prediction_id=next(iter(answered)), defaulted=True, observed_at=to_timestamp(datetime.now(UTC))
    )
    with closing(KafkaProducer(bootstrap_servers=broker.servers)) as producer:
        producer.send("credit.predictions.v1", key=b"k", value=b"\xff\xff")
        producer.send("credit.predictions.v1", key=b"k", value=stranger.SerializeToString())
        producer.send("credit.outcomes.v1", key=b"k", value=outcome.SerializeToString())
        producer.send("credit.outcomes.v1", key=b"k", value=b"")
        producer.flush()
    letters = eventually(
        lambda: found if len(found := everything(broker.servers, "credit.dead-letters.v1")) == 3 else None
    )
    reasons = {dict(letter.headers)["reason"].decode().split(":")[0] for letter in letters}
    assert reasons == {"is no PredictionEvent", "its bundle cannot be used", "prediction_id is no UUID"}
    assert {letter.value for letter in letters} == {b"\xff\xff", stranger.SerializeToString(), b""}
    answered |= {works(scoring, requests()).prediction_id for _ in range(20)}
    assert counts(state_url, answered)
    engine = open_engine(state_url, 5.0)
    with engine.connect() as connection:
        assert connection.execute(select(OUTCOMES.c.prediction_id)).scalars().all() == [outcome.prediction_id]
    engine.dispose()
    assert lines(drift, "an event was set aside") == 3


def test_alerts_are_published(
    launch: Launcher, feature: Service, broker: Broker, decisions_url: str, state_url: str, requests: Requests
) -> None:
    kafka = {"kafka_bootstrap_servers": broker.servers}
    scoring = launch(
        "scoring", feature_target=feature.target, database_url=decisions_url, pseudonym_key="x" * 16, **kafka
    )
    launch("drift", database_url=state_url, **SHORT, **kafka)
    for _ in range(30):
        request = requests()
        odd(request.application)
        works(scoring, request)

    def published() -> list[pb.DriftAlert]:
        return [pb.DriftAlert.FromString(one.value) for one in everything(broker.servers, "credit.alerts.v1")]

    alerts = eventually(lambda: [one for one in published() if one.quantity == "AMT_INCOME_TOTAL"])
    assert alerts[0].rows > 0


def test_outcomes_by_call(start: Callable[..., Service], scoring: Service, requests: Requests, state_url: str) -> None:
    drift = start()
    answered = {works(scoring, requests()).prediction_id for _ in range(5)}
    assert counts(state_url, answered)
    seen = datetime.now(UTC) + timedelta(days=400)
    outcomes = [LoanOutcome(prediction_id=one, defaulted=False, observed_at=to_timestamp(seen)) for one in answered]
    with Client(scoring.target, drift=drift.target, timeout=PATIENT) as bank:
        bank.record_outcomes(outcomes)
        bank.record_outcomes(outcomes)
        with pytest.raises(InvalidApplication) as refused:
            bank.record_outcomes([LoanOutcome(prediction_id="x")])
        assert refused.value.violations[0].field == "outcomes[0]"
    with grpc.insecure_channel(drift.target) as channel:
        request = pb.ListVintagesRequest(maturity=Duration(seconds=365 * 86_400))
        (vintage,) = DriftServiceStub(channel).ListVintages(request, timeout=PATIENT).vintages
    assert not vintage.matured
    assert not vintage.HasField("realised")
    assert vintage.decisions == 5
    assert vintage.labelled == vintage.approved


def contents(state_url: str) -> list[tuple[object, ...]]:
    """Every row of predictions and counts, as stored."""
    engine = open_engine(state_url, 5.0)
    with engine.connect() as connection:
        rows = [
            tuple(row)
            for table in (PREDICTIONS, COUNTS)
            for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]
    engine.dispose()
    return rows


def positions(state_url: str) -> dict[tuple[str, int], int]:
    engine = open_engine(state_url, 5.0)
    p = POSITIONS.c
    with engine.connect() as connection:
        found = {
            (topic, number): at for topic, number, at in connection.execute(select(p.topic, p.partition, p.next_offset))
        }
    engine.dispose()
    return found


def ends(broker: Broker) -> dict[tuple[str, int], int]:
    """Where the topics end, by topic and partition."""
    with closing(KafkaConsumer(bootstrap_servers=broker.servers)) as consumer:
        partitions = [
            TopicPartition(topic, number)
            for topic in ("credit.predictions.v1", "credit.outcomes.v1")
            for number in consumer.partitions_for_topic(topic)
        ]
        return {(one.topic, one.partition): at for one, at in consumer.end_offsets(partitions).items()}


@pytest.mark.full
def test_replaying_the_topic_three_times_changes_no_byte(
    launch: Launcher, feature: Service, broker: Broker, decisions_url: str, state_url: str, requests: Requests
) -> None:
    kafka = {"kafka_bootstrap_servers": broker.servers}
    scoring = launch(
        "scoring", feature_target=feature.target, database_url=decisions_url, pseudonym_key="x" * 16, **kafka
    )
    answered = {works(scoring, requests()).prediction_id for _ in range(60)}
    told, found = set(), []
    for _ in range(4):
        drift = launch("drift", database_url=state_url, session_timeout="6", **kafka)
        assert counts(state_url, answered)
        eventually(lambda: positions(state_url) == ends(broker))
        found.append(contents(state_url))
        with grpc.insecure_channel(drift.target) as channel:
            report = DriftServiceStub(channel).GetDriftReport(
                pb.GetDriftReportRequest(last=1_000, include_bins=True), timeout=PATIENT
            )
        told.add(report.SerializeToString(deterministic=True))
        drift.stop()
        engine = open_engine(state_url, 5.0)
        with engine.begin() as connection:
            connection.execute(update(POSITIONS).values(next_offset=0))
        engine.dispose()
    assert sum(ends(broker).values()) >= 60
    assert found == found[:1] * 4
    assert len(told) == 1
