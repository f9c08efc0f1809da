"""Many decisions explained at once: to the bit as each would be alone, and what cannot be is an error of its own."""

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from creditrisk.api.explain.v1 import explain_pb2 as pb
from creditrisk.api.explain.v1.explain_pb2_grpc import ExplainServiceStub
from creditrisk.api.scoring.v1.scoring_pb2 import Assessment, RecordedDecision
from creditrisk.client import Client, LoanApplication
from creditrisk.errors import NotFound, Unavailable
from creditrisk.model.bundle import CHAMPION, GOLDEN, Bundle, BundleStore
from creditrisk.model.golden import Golden
from creditrisk.wire import vector_bytes
from services.explain.batch import TURN, explain_all
from services.explain.bundles import Explained, Explainers
from tests.services.conftest import Refused
from tests.services.test_explain import recalibrated
from trainer.local import running
from trainer.paths import Home
from trainer.publish import publish

INVALID = grpc.StatusCode.INVALID_ARGUMENT
UNKNOWN = "01890000-0000-7000-8000-000000000000"
Applications = Callable[[int], list[LoanApplication]]


def without_attributions(why: pb.ExplainResponse) -> pb.DecisionReasons:
    """What a batch says where Explain says ``why``."""
    return pb.DecisionReasons(
        prediction_id=why.prediction_id,
        bundle_hash=why.bundle_hash,
        model_version=why.model_version,
        base_value=why.base_value,
        calibrated_margin=why.calibrated_margin,
        raising=why.raising,
        lowering=why.lowering,
    )


@pytest.fixture(scope="module")
def decided(bank: Client, applications: Applications) -> list[str]:
    """Ids of more decisions than are explained in one turn."""
    return [bank.score(one).prediction_id for one in applications(2 * TURN + 3)]


def test_each_decision_is_explained_as_it_would_be_alone(explain: Any, decided: Sequence[str]) -> None:
    known = st.sampled_from(decided)
    ids = st.lists(known | known.map(str.upper) | st.sampled_from([UNKNOWN, "7", ""]), min_size=1, max_size=8)

    @settings(max_examples=25)
    @given(ids, st.integers(0, 20))
    def law(asked: list[str], top: int) -> None:
        request = pb.BatchExplainRequest(prediction_ids=asked, top_reasons=top)
        results = explain.BatchExplain(request, timeout=10).results
        assert len(results) == len(asked)
        for one, result in zip(asked, results, strict=True):
            try:
                why = explain.Explain(pb.ExplainRequest(prediction_id=one, top_reasons=top), timeout=10)
            except grpc.RpcError as failed:
                error: Any = failed
                assert (result.error.code, result.error.message) == (error.code().value[0], error.details())
            else:
                expected = without_attributions(why).SerializeToString(deterministic=True)
                assert result.reasons.SerializeToString(deterministic=True) == expected

    law()


def test_more_than_a_turn_come_in_the_ids_order(explain: Any, decided: Sequence[str]) -> None:
    asked = list(decided[::-1])
    results = explain.BatchExplain(pb.BatchExplainRequest(prediction_ids=asked), timeout=10).results
    assert [one.reasons.prediction_id for one in results] == asked
    for one in results:
        assert 1 <= len(one.reasons.raising) <= 4
        alone = explain.Explain(pb.ExplainRequest(prediction_id=one.reasons.prediction_id), timeout=10)
        assert one.reasons == without_attributions(alone)


def test_the_client_looks_up_and_explains_a_batch(bank: Client, decided: Sequence[str]) -> None:
    asked = [*decided[:2], UNKNOWN]
    one, two, unknown = bank.decision_batch(asked)
    assert [one.decision, two.decision] == [bank.decision(each) for each in asked[:2]]
    assert unknown.error.code == 5
    one, two, unknown = bank.explain_batch(asked, top_reasons=2)
    assert [one.reasons, two.reasons] == [without_attributions(bank.explain(each, top_reasons=2)) for each in asked[:2]]
    assert unknown.error.code == 5
    with Client("127.0.0.1:1") as partial, pytest.raises(ValueError, match="no explain address"):
        partial.explain_batch(asked)


def test_too_many_or_none_are_refused(explain: Any, refused: Refused) -> None:
    for number in (0, 1_001):
        code, found = refused(explain.BatchExplain, pb.BatchExplainRequest(prediction_ids=[UNKNOWN] * number))
        assert code is INVALID
        assert found == {"prediction_ids": f"must be 1 to 1,000, not {number:,}"}
    for top in (-1, 21):
        request = pb.BatchExplainRequest(prediction_ids=[UNKNOWN], top_reasons=top)
        code, found = refused(explain.BatchExplain, request)
        assert (code, list(found)) == (INVALID, ["top_reasons"])
    assert (
        len(explain.BatchExplain(pb.BatchExplainRequest(prediction_ids=[UNKNOWN] * 1_000), timeout=10).results) == 1_000
    )


def test_decisions_of_several_bundles_and_damaged_ones(
    home: Home, bundle: Bundle, applications: Applications, tmp_path: Path
) -> None:
    at = Home(tmp_path / "home")
    publish(bundle.directory, at.bundles, at.policy)
    shutil.copy(home.online, at.online)
    made = applications(3)
    with running(at, 0) as first, Client(first["scoring"].target, timeout=10) as bank:
        old = [bank.score(one).prediction_id for one in made]
    newer = publish(recalibrated(bundle, tmp_path / "newer").directory, at.bundles, at.policy)
    with running(at, 0) as second, Client(second["scoring"].target, timeout=10) as bank:
        new = [bank.score(one).prediction_id for one in made]
        with closing(sqlite3.connect(at.decisions, timeout=10)) as database, database:
            database.execute(
                "UPDATE decisions SET calibrated_margin = calibrated_margin + 1e-6 WHERE prediction_id = ?", [old[1]]
            )
            database.execute("UPDATE decisions SET bundle_hash = ? WHERE prediction_id = ?", ["0" * 64, new[1]])
        with grpc.insecure_channel(second["explain"].target) as channel:
            stub: Any = ExplainServiceStub(channel)
            asked = [new[0], old[0], old[1], new[1], old[2], new[2]]
            results = stub.BatchExplain(pb.BatchExplainRequest(prediction_ids=asked), timeout=20).results
            for position in (0, 1, 4, 5):
                alone = stub.Explain(pb.ExplainRequest(prediction_id=asked[position]), timeout=20)
                assert results[position].reasons == without_attributions(alone)
        hashes = [results[position].reasons.bundle_hash for position in (0, 1, 4, 5)]
        assert hashes == [newer.hash, bundle.hash, bundle.hash, newer.hash]
        assert results[2].error.code == grpc.StatusCode.INTERNAL.value[0]
        assert results[2].error.message == f"contributions of {old[1]} miss its recorded margin"
        assert results[3].error.code == grpc.StatusCode.NOT_FOUND.value[0]
        assert "0" * 64 in results[3].error.message
        assert old[1] in second["explain"].log.read_text(encoding="utf-8")


class Left:
    """A deadline that is over once it was asked so many times."""

    def __init__(self, times: int) -> None:
        self._times = times

    def left(self) -> float:
        self._times -= 1
        return float(self._times >= 0)


@pytest.fixture(scope="module")
def explainers(home: Home) -> Explainers:
    return Explainers(BundleStore(home.bundles), CHAMPION)


@pytest.fixture(scope="module")
def recorded(bundle: Bundle) -> list[RecordedDecision]:
    """Decisions on the golden rows."""
    golden = Golden.from_json(bundle.read(GOLDEN).decode())
    return [
        RecordedDecision(
            prediction_id=str(row),
            assessment=Assessment(bundle_hash=bundle.hash, vector=vector_bytes(vector), calibrated_margin=margin),
        )
        for row, (vector, margin) in enumerate(zip(golden.matrix, golden.calibrated.tolist(), strict=True))
    ]


async def test_a_batch_ends_when_its_time_is_over(explainers: Explainers, recorded: list[RecordedDecision]) -> None:
    many: Any = (recorded * TURN)[: 2 * TURN + 1]
    turns: Any = Left(3)
    assert len(await explain_all(many, explainers, 4, turns)) == len(many)
    short: Any = Left(2)
    with pytest.raises(Unavailable, match="no time to explain 51 decisions; ask for fewer"):
        await explain_all(many, explainers, 4, short)
    # What has no decision takes no time.
    over: Any = Left(0)
    nothing = NotFound("nothing")
    assert await explain_all([nothing], explainers, 4, over) == [nothing]


async def test_other_calls_are_served_meanwhile(
    explainers: Explainers, recorded: list[RecordedDecision], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = threading.Event()
    explain = explainers.current.explain

    def wait(matrix: NDArray[np.float32]) -> list[Explained]:
        assert served.wait(10)
        return explain(matrix)

    monkeypatch.setattr(explainers.current, "explain", wait)
    asyncio.get_running_loop().call_later(0.05, served.set)
    ample: Any = Left(10)
    assert len(await explain_all(recorded[:3], explainers, 4, ample)) == 3
