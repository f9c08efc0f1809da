"""The checks can fail: stores with a planted defect, held to what the running system is held to."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import closing

import pytest
from sqlalchemy import Engine, MetaData, UniqueConstraint, insert, select

from creditrisk.decision.record import DecisionRecord
from creditrisk.stores.decisions import DecisionStore, Filters, Outcome, Recorded
from creditrisk.stores.engine import open_engine
from creditrisk.stores.rows import from_row, to_row
from creditrisk.stores.schema import DECISIONS
from tests.e2e.system import Answer, faults
from tests.stores.records import TIMEOUT, bits, make, stands


class AnswersBeforeCommit(DecisionStore):
    """Answers at once and leaves the commit for later, which a kill prevents."""

    async def record(self, records: Sequence[DecisionRecord], timeout: float) -> list[Outcome]:  # noqa: ARG002
        return [Recorded(record, replayed=False) for record in records]


class LooksThenInserts(DecisionStore):
    """Looks whether a request was decided and inserts if not; no constraint holds it to one."""

    both_looked = threading.Barrier(2)

    def __init__(self, engine: Engine) -> None:
        copy = DECISIONS.to_metadata(MetaData())
        copy.constraints -= {one for one in copy.constraints if isinstance(one, UniqueConstraint)}
        copy.create(engine, checkfirst=True)
        super().__init__(engine)

    async def record(self, records: Sequence[DecisionRecord], timeout: float) -> list[Outcome]:  # noqa: ARG002
        return [await asyncio.to_thread(self._one, record) for record in records]

    def _one(self, record: DecisionRecord) -> Recorded:
        with self._engine.connect() as connection:
            known = connection.execute(select(DECISIONS).where(DECISIONS.c.request_id == record.request_id))
            if row := known.mappings().first():
                return Recorded(from_row(row), replayed=True)
        self.both_looked.wait(TIMEOUT)
        with self._engine.begin() as connection:
            connection.execute(insert(DECISIONS), to_row(record))
        return Recorded(record, replayed=False)


def small_storm(kind: Callable[[Engine], DecisionStore], url: str) -> list[str]:
    """Two replicas race on each of some requests, then both are gone; what is wrong with what is left."""

    async def race() -> dict[str, list[Answer]]:
        one, two = kind(open_engine(url, 5.0)), kind(open_engine(url, 5.0))
        answers: dict[str, list[Answer]] = {}
        for request in ("a", "b", "c"):
            raced = await asyncio.gather(*(store.record([make(request)], TIMEOUT) for store in (one, two)))
            records = [stands(outcome).record for (outcome,) in raced]
            answers[request] = [Answer(record.prediction_id, repr(bits(record)).encode()) for record in records]
        one.close()
        two.close()
        return answers

    async def rows() -> list[tuple[str, str]]:
        with closing(DecisionStore(open_engine(url, 5.0))) as store:
            return [(one.request_id, one.prediction_id) for one in await store.find(Filters(), None, 100, TIMEOUT)]

    answers = asyncio.run(race())
    return faults(answers, asyncio.run(rows()))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (DecisionStore, set()),
        (AnswersBeforeCommit, {"answers differ", "was answered and is not stored"}),
        (LooksThenInserts, {"answers differ", "2 decisions"}),
    ],
)
def test_the_check_finds_the_defect_and_nothing_else(
    database_url: str, kind: Callable[[Engine], DecisionStore], expected: set[str]
) -> None:
    found = small_storm(kind, database_url)
    kinds = {text for text in ("answers differ", "was answered and is not stored", "2 decisions") if text in str(found)}
    assert kinds == expected, found
