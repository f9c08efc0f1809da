"""What tests of the gateway share: one in front of the running services, and an application to change."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from creditrisk.client import LoanApplication
from tests.gateway.process import Gateway, gateway_process
from trainer.local import Service


@pytest.fixture(scope="session")
def gateway(services: dict[str, Service], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """The gateway in front of all services; it logs every request."""
    targets = {name: service.target for name, service in services.items()}
    with gateway_process(tmp_path_factory.mktemp("gateway"), targets, LOG_LEVEL="DEBUG") as started:
        yield started


@pytest.fixture
def application(applications: Callable[[int], list[LoanApplication]]) -> LoanApplication:
    """A sound application, to be changed."""
    return applications(1)[0]


@pytest.fixture
def simulation(application: LoanApplication) -> dict[str, Any]:
    """A request that changes nothing, to be changed."""
    return {"application": MessageToDict(application)}


@pytest.fixture(scope="session")
def start_fails() -> Callable[..., str]:
    """What a gateway says that must not start."""

    def start(**settings: str) -> str:
        command = [sys.executable, "-m", "gateway"]
        ended = subprocess.run(
            command, env=os.environ | settings, capture_output=True, text=True, check=False, timeout=60
        )
        assert ended.returncode == 1
        return ended.stdout + ended.stderr

    return start
