"""Messages on their way to a broker, and topics as they are made."""

from dataclasses import dataclass
from typing import NamedTuple


class Message(NamedTuple):
    """A message to a topic."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """How a topic is made where there is none; ``retention`` in seconds."""

    name: str
    partitions: int
    replication: int
    min_insync: int
    retention: float
