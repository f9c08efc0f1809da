"""Services that a test may break."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from creditrisk.api.scoring.v1.scoring_pb2 import ScoreRequest
from tests.databases import Postgres, postgres_server
from tests.e2e.system import Applications, Launcher, launcher
from trainer.local import Service
from trainer.paths import Home


@pytest.fixture
def launch(home: Home, tmp_path: Path) -> Iterator[Launcher]:
    """Starts services for one test."""
    with launcher(home, tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def breakable_postgres() -> Iterator[Postgres]:
    """A PostgreSQL server that tests may stop and hang."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def requests(applications: Applications) -> Callable[[], ScoreRequest]:
    """Makes requests with ids of their own."""
    made = iter([ScoreRequest(request_id=f"f{at}", application=one) for at, one in enumerate(applications(2_000))])
    return lambda: next(made)


@pytest.fixture(scope="module")
def feature(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A feature service that tests may hang, but not end."""
    with launcher(home, tmp_path_factory.mktemp("feature")) as launch:
        yield launch("feature")
