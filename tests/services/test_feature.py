"""The feature service: the catalogue, findings by row, and 0 bits between offline and online."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from numpy.typing import NDArray

from creditrisk.api.feature.v1.feature_pb2 import ComputeFeaturesRequest, ListFeaturesRequest
from creditrisk.application import ApplicationBatch
from creditrisk.client import LoanApplication
from creditrisk.features import operations
from creditrisk.features.catalogue import CATALOGUE, DEFAULT_FEATURES
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.spec import Ratio
from creditrisk.model.bundle import Bundle
from creditrisk.wire import to_applications, vectors
from tests.services.conftest import Refused
from trainer.data.kaggle import read_applications
from trainer.frames import TRAIN, to_batch
from trainer.generator import generate

Online = Callable[[ApplicationBatch, int], NDArray[np.float32]]


@pytest.fixture(scope="module")
def online(feature: Any, bundle: Bundle) -> Online:
    """Features of a batch through gRPC, so many applications a call."""

    def calls(applications: list[LoanApplication], at_once: int) -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(applications), at_once):
            request = ComputeFeaturesRequest(applications=applications[start : start + at_once])
            answer = feature.ComputeFeatures(request, timeout=30)
            assert answer.schema_fingerprint == bundle.schema.fingerprint
            assert not [one for one in answer.findings if one.violations]
            yield vectors(answer.matrix, answer.feature_count)

    return lambda batch, at_once: np.concatenate(list(calls(to_applications(batch), at_once)))


def differing_bits(left: NDArray[np.float32], right: NDArray[np.float32]) -> int:
    assert left.shape == right.shape
    return int(np.bitwise_count(left.view(np.uint32) ^ right.view(np.uint32)).sum())


@pytest.mark.parametrize(("rows", "at_once"), [(2_000, 1_000), (99, 33), (100, 1)])
def test_offline_and_online_agree_to_the_bit_on_generated_applications(
    online: Online, bundle: Bundle, rows: int, at_once: int
) -> None:
    batch = to_batch(generate(rows, 23).train)
    assert differing_bits(online(batch, at_once), FeaturePlan(bundle.schema).compute(batch).matrix) == 0


def test_offline_and_online_agree_to_the_bit_on_10_000_real_applications(
    online: Online, bundle: Bundle, data_dir: Path
) -> None:
    batch = to_batch(read_applications(data_dir, TRAIN).head(10_000))
    assert len(batch) == 10_000
    offline = FeaturePlan(bundle.schema).compute(batch).matrix
    assert differing_bits(online(batch, 1_000), offline) == 0
    few = np.arange(0, 10_000, 40)
    assert differing_bits(online(batch.take(few), 1), offline[few]) == 0


def test_the_comparison_finds_a_second_implementation(
    online: Online, bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: offline ratios of numbers already rounded to float32, as a second implementation may have them."""

    def of_rounded(block: operations.Table, out: operations.Table) -> None:
        over, under = block.astype(np.float32)
        out[:] = np.where(under == 0, np.nan, over / under)

    monkeypatch.setitem(operations.OPERATIONS, Ratio, lambda _: of_rounded)
    batch = to_batch(generate(1_000, 23).train)
    assert differing_bits(online(batch, 1_000), FeaturePlan(bundle.schema).compute(batch).matrix) > 0


def test_the_catalogue_lists_every_feature_the_models_first(feature: Any, bundle: Bundle) -> None:
    answer = feature.ListFeatures(ListFeaturesRequest(), timeout=10)
    assert answer.schema_fingerprint == bundle.schema.fingerprint
    width = len(bundle.schema.names)
    assert [one.name for one in answer.features[:width]] == list(bundle.schema.names)
    assert [one.position for one in answer.features[:width]] == list(range(width))
    assert not any(one.HasField("position") for one in answer.features[width:])
    assert {one.name for one in answer.features} == {spec.name for spec in CATALOGUE}
    assert {one.name for one in answer.features if one.allowed_in_model} == set(DEFAULT_FEATURES)
    assert {one.protected_attribute for one in answer.features} == {"", "sex", "age", "family status"}
    assert all(
        one.meaning and one.unit and one.missing and one.reason and one.source_columns for one in answer.features
    )


def test_a_broken_application_is_all_missing_and_named_the_others_stand(
    feature: Any, applications: Callable[[int], list[LoanApplication]]
) -> None:
    made = applications(3)
    sound = feature.ComputeFeatures(ComputeFeaturesRequest(applications=made), timeout=10)
    assert not sound.findings
    made[1].amt_credit = -1
    made[1].amt_income_total = float("nan")
    made[2].code_gender = "?"
    answer = feature.ComputeFeatures(ComputeFeaturesRequest(applications=made), timeout=10)
    assert [one.row for one in answer.findings] == [1, 2]
    assert [one.field for one in answer.findings[0].violations] == ["amt_income_total", "amt_credit"]
    assert [one.field for one in answer.findings[1].warnings] == ["code_gender"]
    before, after = (vectors(one.matrix, one.feature_count) for one in (sound, answer))
    assert differing_bits(before[:1], after[:1]) == 0
    assert np.isnan(after[1]).all()
    assert not np.isnan(after[2]).all()


def test_a_call_holds_1_to_1000(feature: Any, refused: Refused) -> None:
    for size in (0, 1001):
        code, found = refused(feature.ComputeFeatures, ComputeFeaturesRequest(applications=[LoanApplication()] * size))
        assert (code, list(found)) == (grpc.StatusCode.INVALID_ARGUMENT, ["applications"])
