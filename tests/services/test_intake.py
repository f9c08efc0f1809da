"""Events become counts; what breaks the contract is poison that says why."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
import uuid_utils

from creditrisk.api.event.v1.event_pb2 import OutcomeEvent, PredictionEvent
from creditrisk.api.scoring.v1 import scoring_pb2
from creditrisk.drift.layout import NOT_COUNTED
from creditrisk.errors import Unavailable
from creditrisk.events.source import Received
from creditrisk.model.bundle import Bundle, BundleStore
from creditrisk.stores.drift_state import Place
from creditrisk.stores.outcomes import Outcome
from creditrisk.wire import to_timestamp
from services.drift.bundles import WatchedBundles
from services.drift.intake import Intake
from trainer.paths import Home

PLACE, OUTCOMES = Place("predictions", 2), Place("outcomes", 0)
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
Event = Callable[..., PredictionEvent]


@pytest.fixture
def intake(home: Home) -> Intake:
    return Intake(WatchedBundles(BundleStore(home.bundles)), OUTCOMES.topic, patience=0.0)


@pytest.fixture
def event(bundle: Bundle) -> Event:
    def make(**changes: Any) -> PredictionEvent:
        assessed = scoring_pb2.Assessment(
            probability_of_default=0.05,
            calibrated_margin=-2.9,
            decision=scoring_pb2.DECISION_APPROVE,
            threshold=bundle.manifest.proposed_threshold,
            bundle_hash=bundle.hash,
            vector=np.full(len(bundle.schema.names), 1.5, dtype="<f4").tobytes(),
        )
        made = PredictionEvent(
            prediction_id=str(uuid_utils.uuid7()),
            decided_at=to_timestamp(NOW),
            contract_type="Cash loans",
            assessment=assessed,
        )
        for name, value in changes.items():
            of = made if name in PredictionEvent.DESCRIPTOR.fields_by_name else made.assessment
            if value is None:
                of.ClearField(name)
            elif name == "knock_outs":
                of.knock_outs.extend(value)
            else:
                setattr(of, name, value)
        return made

    return make


def received(value: bytes, offset: int = 0, place: Place = PLACE) -> Received:
    return Received(place, offset, b"key", value)


def test_events_are_counted_by_place_and_bundle(intake: Intake, event: Event, bundle: Bundle) -> None:
    events = [event(), event(contract_type="Barter"), event(probability_of_default=0.5, decision=3)]
    found = intake([received(one.SerializeToString(), at) for at, one in enumerate(events)])
    (counted,) = found.counted
    assert not found.poison
    assert not found.outcomes
    assert (counted.place, counted.bundle_hash) == (PLACE, bundle.hash)
    assert list(counted.prediction_ids) == [one.prediction_id for one in events]
    assert counted.segments == ["Cash loans", "", "Cash loans"]
    assert counted.decided_at.tolist() == [round(NOW.timestamp() * 1e6)] * 3
    assert counted.decisions.tolist() == [0, 0, 2]
    assert counted.bins.shape == (3, len(bundle.schema.names) + 2)


@pytest.mark.parametrize(
    ("changes", "plain"),
    [
        ({}, True),
        ({"threshold": 0.2}, False),
        ({"knock_outs": ["under 21"]}, False),
        ({"decision": scoring_pb2.DECISION_REFER}, False),
        ({"decision": scoring_pb2.DECISION_DECLINE}, False),
        ({"probability_of_default": 0.5, "decision": scoring_pb2.DECISION_DECLINE}, True),
    ],
)
def test_a_decision_is_compared_where_the_threshold_alone_made_it(
    intake: Intake, event: Event, changes: dict[str, Any], *, plain: bool
) -> None:
    (counted,) = intake([received(event(**changes).SerializeToString())]).counted
    assert (counted.bins[0, -1] != NOT_COUNTED) == plain


BAD = [
    ({"prediction_id": ""}, "prediction_id is no UUID"),
    ({"prediction_id": "0192F0C1-0000-7000-8000-00000000000A"}, "canonical"),
    ({"decided_at": None}, "decided_at is not set"),
    ({"decision": scoring_pb2.DECISION_UNSPECIFIED}, "decision is not set"),
    ({"decision": 9}, "decision is not set"),
    ({"probability_of_default": float("nan")}, "probability_of_default"),
    ({"probability_of_default": 1.5}, "probability_of_default"),
    ({"calibrated_margin": float("inf")}, "calibrated_margin"),
    ({"bundle_hash": "0" * 64}, "bundle cannot be used"),
    ({"bundle_hash": "../../etc/passwd"}, "bundle cannot be used"),
    ({"vector": b"1234"}, "has 4 bytes"),
    ({"vector": None}, "has 0 bytes"),
]


@pytest.mark.parametrize(("changes", "reason"), BAD)
def test_an_event_that_breaks_the_contract_is_poison(
    intake: Intake, event: Event, changes: dict[str, Any], reason: str
) -> None:
    good, bad = event(), event(**changes)
    found = intake([received(bad.SerializeToString(), 7), received(good.SerializeToString(), 8)])
    ((which, why),) = found.poison
    assert which.offset == 7
    assert reason in why
    assert [list(one.prediction_ids) for one in found.counted] == [[good.prediction_id]]


def test_an_infinite_value_is_poison(intake: Intake, event: Event, bundle: Bundle) -> None:
    vector = np.full(len(bundle.schema.names), np.inf, dtype="<f4").tobytes()
    ((_, why),) = intake([received(event(vector=vector).SerializeToString())]).poison
    assert "infinite" in why


def test_bytes_that_are_no_message_are_poison(intake: Intake) -> None:
    ((_, why),) = intake([received(b"\xff\xff\xff")]).poison
    assert why == "is no PredictionEvent"
    ((_, why),) = intake([received(b"\xff\xff\xff", place=OUTCOMES)]).poison
    assert why == "is no OutcomeEvent"


def test_a_bundle_that_may_still_come_is_waited_for(home: Home, event: Event) -> None:
    patient = Intake(WatchedBundles(BundleStore(home.bundles)), OUTCOMES.topic, patience=60.0)
    with pytest.raises(Unavailable, match="waiting for bundle 000000"):
        patient([received(event(bundle_hash="0" * 64).SerializeToString())])


def test_outcomes(intake: Intake) -> None:
    one = OutcomeEvent(prediction_id=str(uuid_utils.uuid7()), defaulted=False, observed_at=to_timestamp(NOW))
    lacking = OutcomeEvent(prediction_id=one.prediction_id, observed_at=to_timestamp(NOW))
    untimed = OutcomeEvent(prediction_id=one.prediction_id, defaulted=True)
    messages = [received(each.SerializeToString(), at, OUTCOMES) for at, each in enumerate((one, lacking, untimed))]
    found = intake(messages)
    assert found.outcomes == [Outcome(one.prediction_id, defaulted=False, observed_at=round(NOW.timestamp() * 1e6))]
    assert [(which.offset, why) for which, why in found.poison] == [
        (1, "defaulted is not set"),
        (2, "observed_at is not set, or no time of 1970 to 2100"),
    ]
