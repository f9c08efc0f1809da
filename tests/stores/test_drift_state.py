"""Predictions are counted exactly once: the state equals a batch computation, whatever was delivered how."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from creditrisk.errors import InvalidSettings, Overtaken, Unavailable
from creditrisk.stores.drift_reads import DriftReads
from creditrisk.stores.drift_schema import COUNTS, PREDICTIONS
from creditrisk.stores.drift_state import Applied, DriftState, Move, Place
from creditrisk.stores.engine import open_engine
from tests.databases import postgres_server
from tests.drift.small import BUNDLE, LAYOUT, WINDOW, Prediction, batch, counted

Opener = Callable[[], DriftState]


@pytest.fixture
def open_state(database_url: str) -> Iterator[Opener]:
    """Opens any number of states, as replicas would, on one database."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(DriftState(open_engine(database_url, 5.0), WINDOW)))


@pytest.fixture
def state(open_state: Opener) -> DriftState:
    return open_state()


def contents(state: DriftState) -> dict[tuple[int, str], list[int]]:
    """Counts by window and segment."""
    reads = DriftReads(state._engine)
    return {
        (window.start, segment): counts.tolist()
        for window in reads.windows(None, None, 1_000)
        for segment, counts in reads.counts(BUNDLE, (window.start, window.start + 1)).items()
    }


def some(*numbers: int, at: int = 5_000) -> list[Prediction]:
    return [Prediction(number, at + 137 * number) for number in numbers]


def take(state: DriftState, predictions: list[Prediction], place: Place, expected: int) -> Applied:
    move = Move(expected, expected + len(predictions), None)
    return state.apply({place: move}, [counted(predictions, place)] if predictions else [])


deliveries = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.integers(0, 40), max_size=12)),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(deliveries)
def test_any_delivery_comes_to_what_a_batch_comes_to(
    tmp_path_factory: pytest.TempPathFactory, deliveries: list[tuple[int, list[int]]]
) -> None:
    """Shuffled, repeated within a delivery and across, over any partitions."""
    url = f"sqlite:///{tmp_path_factory.mktemp('state') / 'drift.db'}"
    with closing(DriftState(open_engine(url, 5.0), WINDOW)) as state:
        at = state.positions(Place("predictions", partition) for partition in range(3))
        for partition, numbers in deliveries:
            place = Place("predictions", partition)
            applied = take(state, some(*numbers), place, at[place])
            assert applied.new + applied.repeated == len(numbers)
            at[place] += len(numbers)
        assert contents(state) == batch(some(*{number for _, numbers in deliveries for number in numbers}))


def test_a_repeat_is_counted_no_more(state: DriftState) -> None:
    place = Place("predictions", 0)
    state.positions([place])
    assert take(state, some(1, 2, 3), place, 0) == Applied(new=3, repeated=0, expired=0)
    before = contents(state)
    assert take(state, some(3, 2, 1), place, 3) == Applied(new=0, repeated=3, expired=0)
    assert contents(state) == before == batch(some(1, 2, 3))


def test_one_that_was_overtaken_changes_nothing(open_state: Opener) -> None:
    """A consumer that slept through a rebalance still holds what another has applied since."""
    place = Place("predictions", 0)
    zombie, owner = open_state(), open_state()
    zombie.positions([place])
    owner.positions([place])
    take(owner, some(1, 2), place, 0)
    before = contents(owner)
    with pytest.raises(Overtaken):
        take(zombie, some(1, 2, 3), place, 0)
    assert contents(owner) == before
    assert owner.positions([place]) == {place: 2}


def test_all_or_nothing_of_several_partitions(open_state: Opener) -> None:
    first, second = Place("predictions", 0), Place("predictions", 1)
    state = open_state()
    state.positions([first, second])
    take(state, some(1), second, 0)
    moves = {first: Move(0, 1, None), second: Move(0, 1, None)}
    with pytest.raises(Overtaken):
        state.apply(moves, [counted(some(2), first), counted(some(1), second)])
    assert contents(state) == batch(some(1))
    assert state.positions([first, second]) == {first: 0, second: 1}


def test_replicas_count_side_by_side(open_state: Opener) -> None:
    """Two replicas, each with partitions of its own, that deliver much of the same."""

    def consume(partition: int) -> None:
        state, place = open_state(), Place("predictions", partition)
        at = state.positions([place])[place]
        for begin in range(0, 400, 20):
            numbers = range(begin + 7 * partition, begin + 7 * partition + 20)
            while True:
                try:
                    take(state, some(*numbers), place, at)
                    break
                except Unavailable:  # SQLite: the other one writes
                    continue
            at += 20

    open_state()
    threads = [threading.Thread(target=consume, args=(partition,)) for partition in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert contents(open_state()) == batch(some(*range(407)))


def test_what_is_forgotten_stays_so(state: DriftState) -> None:
    place = Place("predictions", 0)
    state.positions([place])
    old, new = some(*range(1_500), at=1_000), some(2_000, 2_001, at=10**9)
    take(state, [*old, *new], place, 0)
    cut = max(one.decided_at for one in old) + WINDOW
    assert state.forget(cut) == 1_500
    assert contents(state) == batch(new)
    assert take(state, [old[0], *new], place, 1_502) == Applied(new=0, repeated=2, expired=1)
    assert contents(state) == batch(new)


def test_the_last_decisions_are_those_of_a_batch(state: DriftState) -> None:
    place = Place("predictions", 0)
    state.positions([place])
    predictions = some(*range(300))
    take(state, predictions[::-1], place, 0)
    found, first, last = DriftReads(state._engine).last(BUNDLE, 120, LAYOUT)
    expected = counted(predictions[-120:])
    total = sum(found.values())
    assert total.tolist() == LAYOUT.count(expected.bins, expected.grid, expected.decisions).tolist()
    assert (first, last) == (predictions[-120].decided_at, predictions[-1].decided_at)


def test_windows_are_listed_newest_first_page_by_page(state: DriftState) -> None:
    place = Place("predictions", 0)
    state.positions([place])
    take(state, some(*range(100)), place, 0)
    reads = DriftReads(state._engine)
    whole = reads.windows(BUNDLE, None, 1_000)
    assert [one.start for one in whole] == sorted({key[0] for key in contents(state)}, reverse=True)
    assert sum(one.rows for one in whole) == 100
    paged, after = [], None
    while page := reads.windows(None, after, 3):
        paged += page
        after = (page[-1].start, page[-1].bundle_hash)
    assert paged == whole


def test_all_is_read_when_every_partition_is(state: DriftState) -> None:
    first, second = Place("predictions", 0), Place("predictions", 1)
    reads = DriftReads(state._engine)
    assert reads.read_to("predictions") is None
    state.positions([first, second])
    state.apply({first: Move(0, 0, 700)}, [])
    assert reads.read_to("predictions") is None
    state.apply({second: Move(0, 0, 500)}, [])
    assert reads.read_to("predictions") == 500
    state.apply({second: Move(0, 3, None)}, [])
    assert reads.read_to("predictions") == 500


def test_windows_keep_their_width(open_state: Opener, database_url: str) -> None:
    open_state()
    engine = open_engine(database_url, 5.0)
    with pytest.raises(InvalidSettings, match="WINDOW_SECONDS"):
        DriftState(engine, 2 * WINDOW)
    engine.dispose()


class Killed(Exception):
    pass


class OffsetFirst(DriftState):
    """Planted: the position moves in a transaction of its own, before the predictions are counted."""

    def apply(self, moves, counted, outcomes=()):
        super().apply(moves, [])
        self.die()
        return super().apply({}, counted, outcomes)

    def die(self) -> None:
        raise Killed


class DiesInside(DriftState):
    """Sound, but killed between moving the position and counting."""

    def _count(self, *_):
        raise Killed


@pytest.mark.parametrize(("kind", "loses"), [(DiesInside, False), (OffsetFirst, True)])
def test_a_position_that_moves_before_the_counts_is_found_out(
    database_url: str, kind: type[DriftState], *, loses: bool
) -> None:
    place = Place("predictions", 0)
    with closing(kind(open_engine(database_url, 5.0), WINDOW)) as dying:
        dying.positions([place])
        with pytest.raises(Killed):
            take(dying, some(1, 2), place, 0)
    with closing(DriftState(open_engine(database_url, 5.0), WINDOW)) as after:
        at = after.positions([place])[place]
        take(after, some(1, 2)[at:], place, at)
        assert (contents(after) != batch(some(1, 2))) == loses


def test_a_database_that_is_away_is_unavailable_and_comes_back() -> None:
    place = Place("predictions", 0)
    with postgres_server() as server, closing(DriftState(open_engine(server.url, 5.0), WINDOW)) as state:
        state.positions([place])
        take(state, some(1), place, 0)
        server.stop()
        with pytest.raises(Unavailable):
            take(state, some(2), place, 1)
        server.start()
        at = state.positions([place])[place]
        take(state, some(1, 2)[at:], place, at)
        assert contents(state) == batch(some(1, 2))


def test_rows_are_one_a_prediction(state: DriftState) -> None:
    place = Place("predictions", 0)
    state.positions([place])
    take(state, some(1, 2, 2, 1), place, 0)
    with state._engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(PREDICTIONS)).scalar_one() == 2
        assert connection.execute(select(func.sum(COUNTS.c.rows))).scalar_one() == 2
