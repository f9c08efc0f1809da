"""Messages from Kafka, as a member of a group, from the positions that the state keeps.

The state's positions count; those committed to Kafka only show others how far the group is (its lag).
"""

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

from creditrisk.events.kafka import ANSWER, BLOCK, make_topics, unavailable
from creditrisk.events.message import Topic
from creditrisk.events.source import Fetched, Positions, Received
from creditrisk.stores.drift_state import Move, Place

WAIT: Final = 0.5
"""Seconds to wait for messages."""
MOST: Final = 2_000
"""Messages at a time; with ``MEMORY`` it bounds what a consumer holds."""
MEMORY: Final = 8 * 2**20
"""Bytes fetched ahead at most."""
LOOK: Final = 2.0
"""Seconds between looks at where the partitions end."""
NEW_PARTITIONS: Final = 10.0
"""Seconds after which added partitions are seen."""


class KafkaSource:
    """Reads topics as a member of a group. For one thread; it connects when first used."""

    def __init__(self, servers: str, topics: Sequence[Topic], group: str, session: float, positions: Positions) -> None:
        """Read ``topics`` at ``servers``; the group does without a member silent for ``session`` seconds."""
        self._servers = servers
        self._topics = topics
        self._group = group
        self._session = session
        self._positions = positions
        self._consumer: Any = None
        self._at: dict[Place, int] = {}
        self._listener = _Listener()
        self._looked = 0.0

    def fetch(self) -> Fetched:
        """See ``Source``."""
        try:
            if self._consumer is None:
                self._consumer = self._open()
            polled = self._consumer.poll(timeout_ms=round(WAIT * 1e3), max_records=MOST)
            if self._listener.changed:
                self._seek()  # what was polled may be from elsewhere
                return Fetched([], {})
            return self._fetched(polled, self._caught_up())
        except KafkaError as error:
            self.close()
            raise unavailable(error) from error

    def applied(self, fetched: Fetched) -> None:
        """See ``Source``."""
        self._at |= {place: move.next for place, move in fetched.moves.items()}
        moved = {
            TopicPartition(place.topic, place.partition): OffsetAndMetadata(move.next, "", -1)
            for place, move in fetched.moves.items()
            if move.next != move.expected
        }
        if moved:
            self._consumer.commit_async(moved)

    def rewind(self) -> None:
        """See ``Source``."""
        self._listener.changed = True

    def close(self) -> None:
        """See ``Source``."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            with suppress(KafkaError):
                consumer.close(autocommit=False, timeout_ms=round(BLOCK * 1e3))

    def _open(self) -> Any:
        make_topics(self._servers, self._topics)
        consumer = KafkaConsumer(
            bootstrap_servers=self._servers,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=MOST,
            fetch_max_bytes=MEMORY,
            session_timeout_ms=round(self._session * 1e3),
            heartbeat_interval_ms=round(self._session * 1e3 / 5),
            request_timeout_ms=round(max(ANSWER, self._session + 1) * 1e3),
            bootstrap_timeout_ms=round(BLOCK * 1e3),
            reconnect_backoff_max_ms=1_000,
            metadata_max_age_ms=round(NEW_PARTITIONS * 1e3),
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
        self._listener.changed = True
        consumer.subscribe([topic.name for topic in self._topics], listener=self._listener)
        return consumer

    def _seek(self) -> None:
        """Go to where the state is, on all partitions that are ours."""
        assigned = {Place(one.topic, one.partition): one for one in self._consumer.assignment()}
        self._at = self._positions(assigned)
        for place, offset in self._at.items():
            self._consumer.seek(assigned[place], offset)
        self._listener.changed = False
        self._looked = 0.0

    def _caught_up(self) -> dict[Place, int]:
        """Of partitions that are read to their end, the time (µs) as of which that is so; looked up now and then."""
        now = time.time()
        if now < self._looked + LOOK or not self._at:
            return {}
        self._looked = now
        ends = self._consumer.end_offsets([TopicPartition(one.topic, one.partition) for one in self._at])
        positions = {one: self._consumer.position(one, timeout_ms=round(BLOCK * 1e3)) for one in ends}
        return {
            Place(one.topic, one.partition): round(now * 1e6)
            for one, end in ends.items()
            if positions[one] is not None and positions[one] >= end
        }

    def _fetched(self, polled: dict[Any, list[Any]], caught_up: dict[Place, int]) -> Fetched:
        messages = []
        following = {}
        for partition, records in polled.items():
            place = Place(partition.topic, partition.partition)
            messages += [Received(place, one.offset, one.key or b"", one.value or b"") for one in records]
            following[place] = records[-1].offset + 1
        moves = {
            place: Move(at, following.get(place, at), caught_up.get(place))
            for place, at in self._at.items()
            if place in following or place in caught_up
        }
        return Fetched(messages, moves)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    """Notes that partitions came or went; called inside of ``poll``."""

    def __init__(self) -> None:
        self.changed = True

    def on_partitions_revoked(self, _revoked: Any) -> None:
        self.changed = True

    def on_partitions_assigned(self, _assigned: Any) -> None:
        self.changed = True
