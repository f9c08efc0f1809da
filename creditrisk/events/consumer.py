"""The consumer: what is fetched is sorted, what is poison set aside, the rest applied, and only then left behind.

It runs on a thread of its own. Killed at any point it loses nothing and counts nothing twice: the positions
are in the state, and move with what was counted.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import Counter

from creditrisk.errors import Overtaken, Unavailable
from creditrisk.events.source import Received, Source
from creditrisk.runtime.worker import Worker
from creditrisk.stores.drift_state import Counted, DriftState
from creditrisk.stores.outcomes import Outcome

log = logging.getLogger("consumer")

AGAIN: Final = 1.0
"""Seconds before the next try after a failure."""

PREDICTIONS: Final = Counter(
    "creditrisk_drift_predictions_total", "Prediction events read: new, repeated, or older than what is kept.", ["kind"]
)
OUTCOMES: Final = Counter("creditrisk_drift_outcomes_total", "Outcome events read.")
POISON: Final = Counter("creditrisk_drift_poison_total", "Events that could not be read, set aside.", ["topic"])
FAILED: Final = Counter("creditrisk_drift_consumer_failures_total", "Passes of the consumer that failed.")


@dataclass(frozen=True, slots=True)
class Sorted:
    """Messages as what they are; poison with the reason."""

    counted: Sequence[Counted]
    outcomes: Sequence[Outcome]
    poison: Sequence[tuple[Received, str]]


class Consumer:
    """Applies what a source has to the state, on its ``worker``."""

    def __init__(
        self,
        source: Source,
        state: DriftState,
        sort: Callable[[Sequence[Received]], Sorted],
        set_aside: Callable[[Sequence[tuple[Received, str]]], None],
    ) -> None:
        """Read ``source`` into ``state``.

        ``sort`` and ``set_aside`` (which is done when it returns) raise ``Unavailable`` where they need what
        does not answer: then the messages are read again.
        """
        self._source = source
        self._state = state
        self._sort = sort
        self._set_aside = set_aside
        self.worker = Worker("consumer", self._try, source.close)

    def _try(self) -> float:
        """One pass; the seconds to wait before the next. Whatever fails, the thread goes on."""
        try:
            self.step()
        except Overtaken as error:
            log.info("read again: %s", error)
            self._source.rewind()
        except Exception as error:
            FAILED.inc()
            expected = isinstance(error, Unavailable)
            why = str(error) if expected else type(error).__name__
            log.warning("events wait", exc_info=None if expected else error, extra={"why": why})
            self._source.rewind()
            return AGAIN
        return 0.0

    def step(self) -> None:
        """One pass."""
        fetched = self._source.fetch()
        sorted_ = self._sort(fetched.messages)
        if sorted_.poison:
            # Before the positions move: rather set aside twice than not at all.
            self._set_aside(sorted_.poison)
        if fetched.moves:
            applied = self._state.apply(fetched.moves, sorted_.counted, sorted_.outcomes)
            for kind in ("new", "repeated", "expired"):
                PREDICTIONS.labels(kind).inc(getattr(applied, kind))
            OUTCOMES.inc(len(sorted_.outcomes))
            for received, _ in sorted_.poison:
                POISON.labels(received.place.topic).inc()
            self._source.applied(fetched)
