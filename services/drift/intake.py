"""From messages to what is counted: parsed, held to the contract, laid out in bins."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

import numpy as np
from google.protobuf.message import DecodeError
from google.protobuf.timestamp_pb2 import Timestamp

from creditrisk.api.drift.v1.drift_pb2 import LoanOutcome
from creditrisk.api.event.v1.event_pb2 import OutcomeEvent, PredictionEvent
from creditrisk.drift.layout import Scored
from creditrisk.drift.monitor import NO_SEGMENT
from creditrisk.drift.reference import DECISIONS
from creditrisk.errors import InvalidBundle, Unavailable
from creditrisk.events.consumer import Sorted
from creditrisk.events.source import Received
from creditrisk.stores.drift_state import Counted, Place
from creditrisk.stores.outcomes import Outcome
from creditrisk.wire import from_decision, vectors
from services.drift.bundles import Watched, WatchedBundles

LATEST: Final = 4_102_444_800 * 10**6
M = TypeVar("M", PredictionEvent, OutcomeEvent)


class Poison(Exception):
    """A message that breaks the contract; the text says how."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A prediction event that can be counted."""

    received: Received
    event: PredictionEvent
    decision: int


class Intake:
    """Sorts messages of the predictions and outcomes topics."""

    def __init__(self, bundles: WatchedBundles, outcomes_topic: str, patience: float) -> None:
        """``patience``: seconds to wait for a bundle that the store has not."""
        self._bundles = bundles
        self._outcomes_topic = outcomes_topic
        self._patience = patience
        self._awaited: dict[str, float] = {}

    def __call__(self, messages: Sequence[Received]) -> Sorted:
        """Sort ``messages``.

        Raises:
            Unavailable: a bundle is not in the store, and may still come.
        """
        groups: dict[tuple[Place, str], list[Parsed]] = {}
        outcomes: list[Outcome] = []
        poison: list[tuple[Received, str]] = []
        for received in messages:
            try:
                if received.place.topic == self._outcomes_topic:
                    outcomes.append(outcome_of(_parse(OutcomeEvent(), received.value)))
                else:
                    parsed = self._prediction(received)
                    groups.setdefault((received.place, parsed.event.assessment.bundle_hash), []).append(parsed)
            except Poison as reason:
                poison.append((received, str(reason)))
        counted = [_counted(place, self._bundles.of(of), group) for (place, of), group in groups.items()]
        return Sorted(counted, outcomes, poison)

    def _prediction(self, received: Received) -> Parsed:
        event = _parse(PredictionEvent(), received.value)
        assessment = event.assessment
        _check_id(event.prediction_id)
        _check_time("decided_at", event.decided_at)
        decision = from_decision(assessment.decision)
        if decision is None:
            raise Poison("assessment.decision is not set")
        if not 0 <= assessment.probability_of_default <= 1:
            raise Poison("assessment.probability_of_default is not in 0 to 1")
        if not np.isfinite(assessment.calibrated_margin):
            raise Poison("assessment.calibrated_margin is not finite")
        width = 4 * self._watched(assessment.bundle_hash).layout.features
        if len(assessment.vector) != width:
            raise Poison(f"assessment.vector has {len(assessment.vector)} bytes; its bundle's features take {width}")
        if np.isinf(np.frombuffer(assessment.vector, dtype="<f4")).any():
            raise Poison("assessment.vector holds an infinite value")
        return Parsed(received, event, DECISIONS.index(decision.value))

    def _watched(self, bundle_hash: str) -> Watched:
        try:
            found = self._bundles.of(bundle_hash)
        except InvalidBundle as error:
            since = self._awaited.setdefault(bundle_hash, time.monotonic())
            if time.monotonic() < since + self._patience:
                raise Unavailable(f"waiting for bundle {bundle_hash[:12]}: {error}") from error
            raise Poison(f"its bundle cannot be used: {error}") from error
        self._awaited.pop(bundle_hash, None)
        return found


def outcome_of(message: OutcomeEvent | LoanOutcome) -> Outcome:
    """The outcome of a message.

    Raises:
        Poison: a field is missing or wrong.
    """
    _check_id(message.prediction_id)
    if not message.HasField("defaulted"):
        raise Poison("defaulted is not set")
    _check_time("observed_at", message.observed_at)
    return Outcome(message.prediction_id, message.defaulted, message.observed_at.ToMicroseconds())


def _parse(message: M, value: bytes) -> M:
    try:
        message.ParseFromString(value)
    except DecodeError as error:
        raise Poison(f"is no {message.DESCRIPTOR.name}") from error
    return message


def _check_id(prediction_id: str) -> None:
    try:
        canonical = str(UUID(prediction_id))
    except ValueError as error:
        raise Poison("prediction_id is no UUID") from error
    if canonical != prediction_id:
        raise Poison("prediction_id is not in canonical form: lower case, with dashes")


def _check_time(field: str, time: Timestamp) -> None:
    if not 0 < time.ToMicroseconds() < LATEST:
        raise Poison(f"{field} is not set, or no time of 1970 to 2100")


def _counted(place: Place, watched: Watched, group: Sequence[Parsed]) -> Counted:
    reference = watched.layout.reference
    events = [one.event for one in group]
    assessments = [event.assessment for event in events]
    decisions = np.array([one.decision for one in group], dtype=np.uint8)
    pd = np.array([one.probability_of_default for one in assessments])
    by_threshold = np.where(pd < reference.threshold, DECISIONS.index("APPROVE"), DECISIONS.index("DECLINE"))
    plain = [one.threshold == reference.threshold and not one.knock_outs for one in assessments]
    scored = Scored(
        vectors=vectors(b"".join(one.vector for one in assessments), watched.layout.features),
        pd=pd,
        margins=np.array([one.calibrated_margin for one in assessments]),
        decisions=decisions,
        plain=np.array(plain) & (decisions == by_threshold),
    )
    bins, grid = watched.layout.bins(scored)
    return Counted(
        place=place,
        bundle_hash=watched.bundle.hash,
        layout=watched.layout,
        prediction_ids=[event.prediction_id for event in events],
        segments=list(_segments(watched, (event.contract_type for event in events))),
        decided_at=np.array([event.decided_at.ToMicroseconds() for event in events], dtype=np.int64),
        decisions=decisions,
        grid=grid,
        bins=bins,
    )


def _segments(watched: Watched, contract_types: Iterable[str]) -> Iterable[str]:
    known = watched.layout.reference.segments
    return (name if name in known else NO_SEGMENT for name in contract_types)
