"""Where a consumer reads: messages with their places, and how far that brings it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from creditrisk.stores.drift_state import Move, Place

Positions = Callable[[Iterable[Place]], dict[Place, int]]
"""The next offset of each place, from the state; raises ``Unavailable``."""


class Received(NamedTuple):
    """A message, and where it was."""

    place: Place
    offset: int
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was read at once, and how the positions move when it is applied."""

    messages: list[Received]
    moves: dict[Place, Move]


class Source(Protocol):
    """A source of messages. For one thread."""

    def fetch(self) -> Fetched:
        """What there is to read, waiting a little where there is nothing.

        Raises:
            Unavailable: the source does not answer.
        """

    def applied(self, fetched: Fetched) -> None:
        """It is in the state, for good."""

    def rewind(self) -> None:
        """What was fetched last is not in the state: read again from where the state is."""

    def close(self) -> None:
        """Let go of the source."""
