"""What tests share: a bundle fitted on generated applications, the services as processes, the real rows."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from creditrisk.client import Client, LoanApplication
from creditrisk.model.bundle import Bundle, BundleStore
from creditrisk.wire import to_applications
from trainer.data import load, prepare
from trainer.families.boosting import PARAMETERS, LightGBM
from trainer.fit import fit
from trainer.frames import ID, to_batch
from trainer.generator import generate
from trainer.histories.build import load_histories
from trainer.histories.known import Histories
from trainer.histories.materialize import materialize_missing
from trainer.local import Service, running
from trainer.options import Options
from trainer.paths import Home
from trainer.publish import publish

pytest_plugins = ["tests.databases", "tests.gateway.drifted", "tests.kafka.fixtures", "tests.valkey"]
# No example may fail for being slow on a busy machine.
settings.register_profile("creditrisk", deadline=None)
settings.load_profile("creditrisk")


QUICK = LightGBM(PARAMETERS | {"learning_rate": 0.1})
"""As the trainer's, with a tenth of the trees."""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with a bundle fitted on a few thousand generated applications, published."""
    at = Home(tmp_path_factory.mktemp("home"))
    data = prepare(None, at.data, rows=2_500, seed=3)
    fitted = fit(data, load_histories(data, at.histories), at, Options(family=QUICK, report=False))
    publish(fitted.directory, at.bundles, at.policy)
    materialize_missing(at)
    return at


@pytest.fixture(scope="session")
def bundle(home: Home) -> Bundle:
    """The published bundle."""
    return BundleStore(home.bundles).take()


@pytest.fixture(scope="session")
def histories(home: Home) -> Histories:
    """The histories that the tests' bundle was fitted on and the services look up."""
    found = load_histories(load(home.data), home.histories)
    assert found is not None
    return found


@pytest.fixture(scope="session")
def services(home: Home) -> Iterator[dict[str, Service]]:
    """feature, scoring, explain and drift as processes on free ports, with SQLite."""
    with running(home, 0) as started:
        yield started


@pytest.fixture(scope="session")
def bank(services: dict[str, Service]) -> Iterator[Client]:
    """A client of the running services."""
    explain = services["explain"].target
    with Client(services["scoring"].target, explain=explain, client_id="tests", timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def applications() -> Callable[[int], list[LoanApplication]]:
    """Makes any number of generated applications, always the same."""

    def make(number: int) -> list[LoanApplication]:
        frame = generate(number, 11).train
        made = to_applications(to_batch(frame))
        for application, applicant in zip(made, frame[ID], strict=True):
            application.sk_id_curr = applicant
        return made

    return make


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with the real rows."""
    folder = os.environ.get("CREDITRISK_DATA_DIR")
    if not folder:
        pytest.skip("needs the real rows: set CREDITRISK_DATA_DIR to the folder with Kaggle's files")
    return Path(folder)
