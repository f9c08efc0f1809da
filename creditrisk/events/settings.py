"""Settings of services that meet a broker."""

from typing import Annotated

from pydantic import Field

from creditrisk.events.message import Topic
from creditrisk.runtime.settings import ServerSettings


class BrokerSettings(ServerSettings):
    """See ``ServerSettings``; here what concerns Kafka."""

    kafka_bootstrap_servers: str | None = None
    """Brokers that events go through, host:port, comma-separated; unset: none, and drift reads scoring's store."""
    predictions_topic: str = "credit.predictions.v1"
    topic_partitions: Annotated[int, Field(ge=1)] = 6
    """Partitions of a topic, where it is made."""
    topic_replication: Annotated[int, Field(ge=1)] = 1
    """Copies of a topic, where it is made; 3 on a cluster, of which 2 must have an event."""
    topic_retention_days: Annotated[float, Field(gt=0)] = 14.0
    """Days that a topic keeps events, where it is made."""

    def topic(self, name: str) -> Topic:
        """How the topic of a name is made."""
        return Topic(
            name,
            self.topic_partitions,
            self.topic_replication,
            min_insync=max(1, self.topic_replication - 1),
            retention=self.topic_retention_days * 86_400,
        )
