"""What is read back is what was recorded, to the bit."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import uuid_utils
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from creditrisk.decision.record import DecisionRecord
from creditrisk.stores.decisions import DecisionStore
from creditrisk.stores.engine import open_engine
from tests.stores.records import TIMEOUT, bits, make, records, stands


async def recorded_and_read(store: DecisionStore, made: Sequence[DecisionRecord]) -> Sequence[Sequence[DecisionRecord]]:
    """The records as ``get`` reads them, and as retries get them."""
    for outcome in await store.record(made, TIMEOUT):
        assert not stands(outcome).replayed
    read = [await store.get(record.prediction_id, TIMEOUT) for record in made]
    retries = [replace(record, prediction_id=str(uuid_utils.uuid7())) for record in made]
    return [[one for one in read if one], [stands(one).record for one in await store.record(retries, TIMEOUT)]]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(records, min_size=1, max_size=6))
def test_every_field_of_any_record_survives(store: DecisionStore, made: Sequence[DecisionRecord]) -> None:
    # Ids of their own: whether ids may repeat is another question.
    made = [
        replace(record, prediction_id=str(uuid_utils.uuid7()), request_id=uuid_utils.uuid7().hex) for record in made
    ]
    for read in asyncio.run(recorded_and_read(store, made)):
        assert list(map(bits, read)) == list(map(bits, made))


@pytest.mark.parametrize(
    "text", ["Åsa Öberg", "日本 🏦", "tab\tnew\nline", "'; DROP TABLE decisions; --", "%s %(a)s :b"]
)
async def test_text_is_data(store: DecisionStore, text: str) -> None:
    record = make(text, client_id=text, contract_type=text, knock_outs=(text,))
    for read in await recorded_and_read(store, [record]):
        assert list(map(bits, read)) == [bits(record)]


@pytest.mark.parametrize("value", [-0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1 + 0.2])
async def test_floats_that_formats_lose(store: DecisionStore, value: float) -> None:
    record = make("r", pd=value, margin=value, calibrated_margin=value, threshold=value)
    for read in await recorded_and_read(store, [record]):
        assert list(map(bits, read)) == [bits(record)]


@pytest.mark.parametrize(
    "time",
    [datetime.min, datetime.max, datetime(1969, 12, 31, 23, 59, 59, 999_999), datetime(2026, 3, 29, 1, 30, 0, 1)],  # noqa: DTZ001, DTZ901
)
async def test_times_to_the_microsecond(store: DecisionStore, time: datetime) -> None:
    record = make("r", application_time=time.replace(tzinfo=UTC), decided_at=time.replace(tzinfo=UTC))
    for read in await recorded_and_read(store, [record]):
        assert list(map(bits, read)) == [bits(record)]


async def test_a_decision_outlives_its_store(database_url: str, store: DecisionStore) -> None:
    record = make("r")
    await store.record([record], TIMEOUT)
    store.close()
    again = DecisionStore(open_engine(database_url, 5.0))
    assert await again.get(record.prediction_id, TIMEOUT) == record
    again.close()


async def test_what_was_not_recorded_is_not_found(store: DecisionStore) -> None:
    unknown = str(uuid_utils.uuid7())
    assert await store.get(unknown, TIMEOUT) is None
    assert await store.get_all([unknown], TIMEOUT) == {}
    assert await store.get_all([], TIMEOUT) == {}


async def test_many_decisions_are_one_query(store: DecisionStore) -> None:
    made = [make(f"r{number}") for number in range(1_000)]
    await store.record(made, TIMEOUT)
    queries: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        queries.append(statement)

    event.listen(store._engine, "before_cursor_execute", hear)
    asked = [record.prediction_id for record in reversed(made)]
    found = await store.get_all([*asked, str(uuid_utils.uuid7()), asked[0]], TIMEOUT)
    assert len(queries) == 1
    assert found.keys() == set(asked)
    assert [bits(found[record.prediction_id]) for record in made] == [bits(record) for record in made]
