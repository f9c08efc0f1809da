"""Services that a test may break."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Postgres, postgres_server
from tests.e2e.system import Launcher, launcher
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
