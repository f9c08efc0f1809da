"""A broker for tests: that of ``KAFKA_BOOTSTRAP_SERVERS``, else a real one of our own."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from tests.kafka.broker import Broker, missing, running


def require_kafka() -> None:
    """Skip where no broker can run; fail there if ``CI`` is set."""
    if why := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"Kafka {why}")
        pytest.skip(f"Kafka {why}")


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Bootstrap servers of a running broker."""
    if given := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        yield given
        return
    require_kafka()
    with running() as broker:
        yield broker.servers


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that a test may kill and start again; not started."""
    require_kafka()
    folder = tmp_path / "kafka"
    folder.mkdir()
    made = Broker(folder)
    yield made
    made.kill()


def everything(servers: str, topic: str) -> list[Any]:
    """Every record of a topic, as it stands now; none where there is no topic."""
    consumer = KafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        if not partitions:  # nothing has made the topic yet
            return []
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends = consumer.end_offsets(partitions)
        found: list[Any] = []
        while any(consumer.position(one) < ends[one] for one in partitions):
            for records in consumer.poll(timeout_ms=500).values():
                found.extend(records)
        return found
    finally:
        consumer.close()
