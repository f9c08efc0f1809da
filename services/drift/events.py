"""Where drift's events come from, and where its own go."""

import logging
from collections.abc import Callable, Sequence

from creditrisk.decision.record import DecisionRecord
from creditrisk.errors import Unavailable
from creditrisk.events.kafka import Publisher
from creditrisk.events.kafka_source import KafkaSource
from creditrisk.events.message import Message
from creditrisk.events.source import Received, Source
from creditrisk.events.stored_source import StoredSource
from creditrisk.stores.drift_state import DriftState
from creditrisk.stores.engine import open_engine
from creditrisk.stores.outbox import Outbox
from creditrisk.wire import to_event
from services.drift.settings import DriftSettings

log = logging.getLogger("events")

SetAside = Callable[[Sequence[tuple[Received, str]]], None]


def open_source(settings: DriftSettings, state: DriftState) -> Source:
    """Kafka, or the decision store where there is no broker."""
    if settings.kafka_bootstrap_servers:
        return KafkaSource(
            settings.kafka_bootstrap_servers,
            [settings.topic(name) for name in (settings.predictions_topic, settings.outcomes_topic)],
            settings.consumer_group,
            settings.session_timeout,
            state.positions,
        )
    outbox = Outbox(open_engine(settings.decisions_url, settings.max_deadline))

    def encode(record: DecisionRecord) -> Message:
        # No pseudonym: it is for those outside, and drift keeps none.
        return Message(record.prediction_id.encode(), to_event(record, "").SerializeToString())

    return StoredSource(outbox, settings.predictions_topic, encode, state.positions)


def open_set_aside(settings: DriftSettings) -> SetAside:
    """Poison to the dead-letter topic, with the reason; without a broker to the log: its row stays where it is."""
    if not settings.kafka_bootstrap_servers:
        return _log
    letters = Publisher(settings.kafka_bootstrap_servers, settings.topic(settings.dead_letters_topic))

    def set_aside(poison: Sequence[tuple[Received, str]]) -> None:
        _log(poison)
        if not all(letters.publish([_letter(received, reason) for received, reason in poison])):
            raise Unavailable("Kafka did not acknowledge all dead letters")

    return set_aside


def open_alerts(settings: DriftSettings) -> Publisher | None:
    """What publishes alerts; None without a broker."""
    if not settings.kafka_bootstrap_servers:
        return None
    return Publisher(settings.kafka_bootstrap_servers, settings.topic(settings.alerts_topic))


def _letter(received: Received, reason: str) -> Message:
    headers = {
        "reason": reason,
        "topic": received.place.topic,
        "partition": str(received.place.partition),
        "offset": str(received.offset),
    }
    return Message(received.key, received.value, tuple((name, value.encode()) for name, value in headers.items()))


def _log(poison: Sequence[tuple[Received, str]]) -> None:
    for received, reason in poison:
        place = {"topic": received.place.topic, "partition": received.place.partition, "offset": received.offset}
        log.error("an event was set aside: %s", reason, extra=place)
