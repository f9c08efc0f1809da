"""From recorded decisions to events on the broker."""

from sqlalchemy import Engine

from creditrisk.decision.record import DecisionRecord
from creditrisk.events.kafka import Publisher
from creditrisk.events.message import Message
from creditrisk.events.pseudonym import Pseudonyms
from creditrisk.events.relay import Relay
from creditrisk.stores.outbox import Outbox
from creditrisk.wire import to_event
from services.scoring.settings import ScoringSettings


def open_relay(settings: ScoringSettings, engine: Engine) -> Relay | None:
    """What ships events; None without a broker."""
    if not settings.kafka_bootstrap_servers:
        return None
    pseudonyms = Pseudonyms(settings.pseudonym_key.get_secret_value().encode())

    def encode(record: DecisionRecord) -> Message:
        event = to_event(record, pseudonyms.of(record.applicant_id))
        return Message(record.prediction_id.encode(), event.SerializeToString())

    publisher = Publisher(settings.kafka_bootstrap_servers, settings.topic(settings.predictions_topic))
    return Relay(Outbox(engine), publisher, encode, settings.backlog_limit)


def unbounded() -> None:
    """Without a broker nothing waits for one."""
