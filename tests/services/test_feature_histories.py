"""Histories in the feature service: the bits of the trainer, and what is said where they fall short."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from creditrisk.api.feature.v1.feature_pb2 import ComputeFeaturesRequest, ComputeFeaturesResponse
from creditrisk.api.feature.v1.feature_pb2_grpc import FeatureServiceStub
from creditrisk.client import Client, LoanApplication
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.history import AGGREGATES, LAYOUT
from creditrisk.history import Table
from creditrisk.model.bundle import Bundle
from creditrisk.stores.histories import open_histories
from creditrisk.wire import to_applications, to_timestamp, vectors
from tests.databases import free_port
from trainer.data import load, prepare
from trainer.frames import ID, to_batch
from trainer.histories.build import load_histories
from trainer.histories.known import Histories
from trainer.local import start
from trainer.paths import Home

KNOWN, UNKNOWN = 7, 8
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def fill(url: str, ids: NDArray[np.int64], matrix: NDArray[np.float32], as_of: datetime = NOW) -> None:
    """Put histories into a store."""
    open_histories(url, LAYOUT, len(AGGREGATES)).replace(as_of, [(ids, matrix)])


def history() -> NDArray[np.float32]:
    return np.ones((1, len(AGGREGATES)), dtype=np.float32)


@contextmanager
def feature_of(home: Home, url: str) -> Iterator[Any]:
    """The stub of a feature service that looks histories up at ``url``."""
    service = start("feature", home, 0, {"HISTORIES_URL": url})
    try:
        with grpc.insecure_channel(service.target) as channel:
            yield FeatureServiceStub(channel)
    finally:
        service.stop()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    store = f"sqlite:///{tmp_path_factory.mktemp('online')}/histories.db"
    fill(store, np.array([KNOWN]), history())
    return store


@pytest.fixture(scope="module")
def feature(home: Home, url: str) -> Iterator[Any]:
    with feature_of(home, url) as stub:
        yield stub


def computed(stub: Any, *applications: LoanApplication) -> ComputeFeaturesResponse:
    return stub.ComputeFeatures(ComputeFeaturesRequest(applications=applications), timeout=10)


def said(answer: ComputeFeaturesResponse) -> dict[str, str]:
    return {one.field: one.description for finding in answer.findings for one in finding.warnings}


@pytest.fixture
def dated(application: LoanApplication) -> Callable[[int, timedelta], LoanApplication]:
    """An applicant's application so long after the histories."""

    def make(applicant: int, after: timedelta) -> LoanApplication:
        one = LoanApplication()
        one.CopyFrom(application)
        one.sk_id_curr = applicant
        one.application_time.CopyFrom(to_timestamp(NOW + after))
        return one

    return make


Dated = Callable[[int, timedelta], LoanApplication]


def known_features(answer: ComputeFeaturesResponse, bundle: Bundle) -> set[str]:
    values = vectors(answer.matrix, answer.feature_count)[0]
    return {name for name, value in zip(bundle.schema.names, values, strict=True) if not np.isnan(value)}


def test_a_known_history_is_used_and_nothing_is_said(feature: Any, bundle: Bundle, dated: Dated) -> None:
    answer = computed(feature, dated(KNOWN, timedelta(days=1)))
    assert {"BUREAU_LOANS", "REFUSAL_RATE"} <= known_features(answer, bundle)
    assert said(answer) == {}


@pytest.mark.parametrize(
    ("applicant", "after", "field", "words", "used"),
    [
        (UNKNOWN, timedelta(days=1), "sk_id_curr", "no history of this applicant is known", "unused"),
        (0, timedelta(days=1), "sk_id_curr", "no history is looked up", "unused"),
        (KNOWN, timedelta(days=36), "sk_id_curr", "the history is stale: as of 2026-11-01, 36 days ago", "used"),
        (KNOWN, timedelta(days=-1), "application_time", "as of which the history is: it is not used", "unused"),
    ],
)
def test_where_a_history_falls_short_the_answer_says_so(
    feature: Any, bundle: Bundle, dated: Dated, applicant: int, after: timedelta, field: str, words: str, used: str
) -> None:
    answer = computed(feature, dated(applicant, after))
    assert words in said(answer)[field]
    assert ("BUREAU_LOANS" in known_features(answer, bundle)) is (used == "used")


def test_one_applicants_history_is_not_anothers(feature: Any, bundle: Bundle, dated: Dated) -> None:
    answer = computed(feature, *(dated(one, timedelta(days=1)) for one in (UNKNOWN, KNOWN, UNKNOWN)))
    loans = vectors(answer.matrix, answer.feature_count)[:, bundle.schema.names.index("BUREAU_LOANS")]
    assert np.isnan(loans).tolist() == [True, False, True]
    assert [finding.row for finding in answer.findings] == [0, 2]


def test_a_time_that_is_none_breaks_a_rule(feature: Any, application: LoanApplication) -> None:
    application.application_time.seconds = 10**15
    (finding,) = computed(feature, application).findings
    assert [one.field for one in finding.violations] == ["application_time"]


def test_new_histories_are_used_without_a_restart(home: Home, tmp_path: Path, dated: Dated) -> None:
    url = f"sqlite:///{tmp_path}/histories.db"
    fill(url, np.array([KNOWN]), history())
    with feature_of(home, url) as stub:
        assert said(computed(stub, dated(UNKNOWN, timedelta(days=1))))
        fill(url, np.array([UNKNOWN]), history())
        assert not said(computed(stub, dated(UNKNOWN, timedelta(days=1))))


def refused(stub: Any, application: LoanApplication) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as failed:
        computed(stub, application)
    error: Any = failed.value
    return error.code(), error.details()


def test_a_store_without_histories_of_this_layout_is_unavailable(home: Home, tmp_path: Path, dated: Dated) -> None:
    url, application = f"sqlite:///{tmp_path}/histories.db", dated(KNOWN, timedelta(days=1))
    with feature_of(home, url) as stub:
        code, words = refused(stub, application)
        assert (code, "materialize" in words) == (grpc.StatusCode.UNAVAILABLE, True)
        open_histories(url, "another", 1).replace(NOW, [(np.array([KNOWN]), np.ones((1, 1), dtype=np.float32))])
        code, words = refused(stub, application)
        assert (code, "layout" in words) == (grpc.StatusCode.UNAVAILABLE, True)


def test_a_dead_store_is_unavailable(home: Home, dated: Dated) -> None:
    with feature_of(home, f"redis://127.0.0.1:{free_port()}/0") as stub:
        assert refused(stub, dated(KNOWN, timedelta(days=1)))[0] is grpc.StatusCode.UNAVAILABLE


def test_a_warning_about_the_history_reaches_the_recorded_decision(bank: Client, application: LoanApplication) -> None:
    application.sk_id_curr = 999_999_999
    answer = bank.simulate(application)
    warned = {one.field: one.description for one in answer.warnings}
    assert "no history of this applicant is known" in warned["sk_id_curr"]


# --- parity --------------------------------------------------------------------------------------------------


def differing_bits(stub: Any, bundle: Bundle, frame: pl.DataFrame, histories: Histories) -> int:
    """Between the trainer's features of ``frame`` and the service's."""
    batch = to_batch(frame, histories)
    offline = FeaturePlan(bundle.schema).compute(batch).matrix
    applications = to_applications(batch)
    for application, applicant in zip(applications, frame[ID], strict=True):
        application.sk_id_curr = applicant
    answers = [computed(stub, *applications[at : at + 1_000]) for at in range(0, len(applications), 1_000)]
    online = np.concatenate([vectors(answer.matrix, answer.feature_count) for answer in answers])
    return int(np.bitwise_count(offline.view(np.uint32) ^ online.view(np.uint32)).sum())


def test_offline_and_online_agree_to_the_bit_on_generated_histories(home: Home, bundle: Bundle, tmp_path: Path) -> None:
    data = load(home.data)
    histories = load_histories(data, home.histories)
    assert histories is not None
    url = f"sqlite:///{tmp_path}/histories.db"
    fill(url, histories.ids, histories.matrix, datetime.now(UTC) - timedelta(days=1))
    with feature_of(home, url) as stub:
        assert differing_bits(stub, bundle, data.train, histories) == 0


@pytest.mark.full
@pytest.mark.parametrize("engine", ["sqlite", "redis"])
def test_offline_and_online_agree_to_the_bit_on_all_real_applicants_with_histories(
    home: Home, bundle: Bundle, data_dir: Path, tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    data = prepare(data_dir, tmp_path / "data", without=[Table.INSTALMENTS])
    histories = load_histories(data, tmp_path / "histories")
    assert histories is not None
    url = request.getfixturevalue("empty_redis") if engine == "redis" else f"sqlite:///{tmp_path}/histories.db"
    fill(url, histories.ids, histories.matrix, datetime.now(UTC) - timedelta(days=1))
    frame = pl.concat([data.train.drop("TARGET"), data.test]).filter(pl.col(ID).is_in(histories.ids))
    assert frame.height == len(histories.ids) > 9_000
    with feature_of(home, url) as stub:
        assert differing_bits(stub, bundle, frame, histories) == 0
