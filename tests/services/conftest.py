"""What tests of running services share: stubs for exact status codes, and an application to change."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import grpc
import numpy as np
import pytest
from google.rpc import error_details_pb2, status_pb2

from creditrisk.api.explain.v1.explain_pb2_grpc import ExplainServiceStub
from creditrisk.api.feature.v1.feature_pb2_grpc import FeatureServiceStub
from creditrisk.api.scoring.v1.scoring_pb2 import ScoreRequest
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.application import ApplicationBatch
from creditrisk.client import LoanApplication
from creditrisk.wire import to_batch
from trainer.histories.known import Histories
from trainer.local import Service

Refused = Callable[..., tuple[grpc.StatusCode, dict[str, str]]]


@pytest.fixture(scope="session")
def channels(services: dict[str, Service]) -> Iterator[dict[str, grpc.Channel]]:
    opened = {name: grpc.insecure_channel(service.target) for name, service in services.items()}
    yield opened
    for channel in opened.values():
        channel.close()


@pytest.fixture(scope="session")
def scoring(channels: dict[str, grpc.Channel]) -> Any:
    return ScoringServiceStub(channels["scoring"])


@pytest.fixture(scope="session")
def feature(channels: dict[str, grpc.Channel]) -> Any:
    return FeatureServiceStub(channels["feature"])


@pytest.fixture(scope="session")
def explain(channels: dict[str, grpc.Channel]) -> Any:
    return ExplainServiceStub(channels["explain"])


@pytest.fixture
def application(applications: Callable[[int], list[LoanApplication]]) -> LoanApplication:
    """A sound application, to be changed."""
    return applications(1)[0]


@pytest.fixture(scope="session")
def batch_of(histories: Histories) -> Callable[[Sequence[LoanApplication]], ApplicationBatch]:
    """Applications as arrays, with their applicants' histories."""

    def make(applications: Sequence[LoanApplication]) -> ApplicationBatch:
        of = histories.of(np.array([one.sk_id_curr for one in applications]))
        return replace(to_batch(applications)[0], histories=of)

    return make


@pytest.fixture(scope="session")
def request_of() -> Callable[[LoanApplication], ScoreRequest]:
    """A request of an application under a new id, with the vector."""
    return lambda one: ScoreRequest(request_id=uuid.uuid4().hex, application=one, include_vector=True)


@pytest.fixture(scope="session")
def refused() -> Refused:
    """Status code of a call that must fail, and its field violations: rule by field."""

    def call(method: Any, request: Any) -> tuple[grpc.StatusCode, dict[str, str]]:
        with pytest.raises(grpc.RpcError) as failed:
            method(request, timeout=10)
        error: Any = failed.value
        found: dict[str, str] = {}
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                bad = error_details_pb2.BadRequest()
                for detail in status_pb2.Status.FromString(value).details:
                    detail.Unpack(bad)
                found |= {one.field: one.description for one in bad.field_violations}
        return error.code(), found

    return call
