"""Messages to Kafka: acknowledged by all in-sync replicas, idempotent, compressed, in bounded memory."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError, TopicAlreadyExistsError

from creditrisk.errors import Unavailable
from creditrisk.events.message import Message, Topic

log = logging.getLogger("events")
# The client's troubles reach us as errors; it would also log every attempt.
logging.getLogger("kafka").setLevel(logging.CRITICAL)

ANSWER: Final = 10.0
"""Seconds the broker may take to acknowledge; past them a message counts as not shipped."""
BLOCK: Final = 3.0
"""Seconds to wait for a broker that is not there."""
MEMORY: Final = 8 * 2**20
"""Bytes of one request at most."""


class Publisher:
    """Publishes to one topic. For one thread; it connects when first used, and again after a failure."""

    def __init__(self, servers: str, topic: Topic) -> None:
        """Publish to ``topic`` at ``servers`` (host:port, comma-separated)."""
        self._servers = servers
        self._topic = topic
        self._producer: Any = None

    def connect(self) -> None:
        """Connect, making the topic where there is none, unless connected already. Blocking, 20 s at most.

        Raises:
            Unavailable: the broker does not answer.
        """
        if self._producer is None:
            try:
                self._producer = self._open()
            except KafkaError as error:
                raise unavailable(error) from error

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """Send messages; which of them the broker acknowledged, in order. Blocking, 35 s at most.

        Raises:
            Unavailable: the broker does not answer. Messages may still have reached it.
        """
        self.connect()
        try:
            sent = [
                self._producer.send(self._topic.name, key=one.key, value=one.value, headers=list(one.headers))
                for one in messages
            ]
            self._producer.flush(timeout=ANSWER + BLOCK)
        except KafkaError as error:
            self.close()
            raise unavailable(error) from error
        acknowledged = [bool(future.is_done and future.succeeded()) for future in sent]
        if not all(acknowledged):
            self.close()  # a producer whose messages expired may hold the next ones back for ever
        return acknowledged

    def close(self) -> None:
        """Let go of the broker; what it did not acknowledge is dropped. Blocking, 3 s at most."""
        producer, self._producer = self._producer, None
        if producer is not None:
            # Its close() first waits for what is not acknowledged, and where that fails it leaves its thread behind.
            producer._sender.force_close()  # noqa: SLF001 - there is no other way to end it
            producer._sender.join(BLOCK)  # noqa: SLF001 - nor to wait for its end
            with suppress(KafkaError):
                producer.close(timeout=0)

    def _open(self) -> Any:
        make_topics(self._servers, [self._topic])
        return KafkaProducer(
            bootstrap_servers=self._servers,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=5,
            max_request_size=MEMORY,
            request_timeout_ms=round(ANSWER * 1e3 / 2),
            delivery_timeout_ms=round(ANSWER * 1e3),
            bootstrap_timeout_ms=round(BLOCK * 1e3),
            max_block_ms=round(BLOCK * 1e3),
            reconnect_backoff_max_ms=1_000,
            allow_auto_create_topics=False,
        )


def make_topics(servers: str, topics: Sequence[Topic]) -> None:
    """Make the topics that are not there.

    Raises:
        KafkaError: the broker does not answer.
    """
    admin = KafkaAdminClient(
        bootstrap_servers=servers,
        bootstrap_timeout_ms=round(BLOCK * 1e3),
        request_timeout_ms=round(ANSWER * 1e3),
    )
    try:
        for topic in topics:
            settings = {"min.insync.replicas": str(topic.min_insync), "retention.ms": str(round(topic.retention * 1e3))}
            wanted = {"num_partitions": topic.partitions, "replication_factor": topic.replication, "configs": settings}
            try:
                admin.create_topics({topic.name: wanted}, wait_for_metadata=True)
                log.info("topic made", extra={"topic": topic.name, "partitions": topic.partitions})
            except TopicAlreadyExistsError:
                pass
    finally:
        admin.close()


def unavailable(error: KafkaError) -> Unavailable:
    """What the client's error is to us."""
    return Unavailable(f"Kafka does not answer ({type(error).__name__})")
