"""Histories in a SQLite file that is written once, whole, and then never changed.

A new set is a new file that takes the old one's name. So a reader has the one or the other, whatever crashes,
and needs no lock, no second file and no right to write, which a write-ahead log would ask of it.
"""

import asyncio
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from creditrisk.errors import InvalidHistories, InvalidSettings, Unavailable
from creditrisk.stores.histories_vectors import AGAIN, INLINE, Found, Part, Vectors, stamp, twice
from creditrisk.stores.lock import held

OURS: Final = int.from_bytes(b"CRhi", "big")
"""The file's application id: no other database is overwritten by mistake."""

_SCHEMA: Final = f"""
PRAGMA journal_mode = OFF;
PRAGMA application_id = {OURS};
CREATE TABLE history_set (layout TEXT NOT NULL, as_of TEXT NOT NULL);
CREATE TABLE histories (applicant INTEGER PRIMARY KEY, vector BLOB NOT NULL);
"""

_Version = tuple[int, int, int]


class SqliteHistories:
    """The file ``path``. ``read`` belongs on one event loop."""

    def __init__(self, path: Path, vectors: Vectors) -> None:
        self._path = path.absolute()
        self._vectors = vectors
        self._served: _File | None = None
        self._version: _Version | None = None

    async def read(self, applicants: Sequence[int], timeout: float) -> Found:
        """See ``HistoryStore``. Small batches are read at once, on the event loop: it takes less than to wait."""
        if len(applicants) <= INLINE:
            with _explained(self._path):
                served = self._newest()
                return served.read(applicants) if served else self._vectors.none(len(applicants))
        try:
            async with asyncio.timeout(timeout):
                return await asyncio.to_thread(self._read_aside, applicants)
        except TimeoutError as error:
            raise Unavailable(f"{self._path} was not read in time") from error

    def replace(self, as_of: datetime, parts: Iterable[Part]) -> int:
        """See ``HistoryStore``. A second writer is refused."""
        path = self._path.resolve()
        new = path.with_name(f"{path.name}.new")
        with ExitStack() as holding:
            with _explained(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                holding.enter_context(held(path))
                if path.exists():
                    _require_ours(path)
                new.unlink(missing_ok=True)  # of a writer that was killed
            try:
                written = self._write(new, as_of, parts)
                with _explained(path):
                    new.replace(path)
                    _to_disk(path.parent)
            finally:
                new.unlink(missing_ok=True)
        return written

    async def aclose(self) -> None:
        """See ``HistoryStore``."""
        self._let_go()

    def _newest(self) -> "_File | None":
        """The file that has the name now, open; None: there is none."""
        version = _version(self._path)
        if version != self._version or version is None:
            self._let_go()
            # Looked up before it is opened: were it replaced in between, the next read opens the newer one.
            self._served = _File(self._path, self._vectors) if version else None
            self._version = version
        return self._served

    def _read_aside(self, applicants: Sequence[int]) -> Found:
        """Read on another thread, where the connection of the event loop's own is of no use."""
        with _explained(self._path):
            if _version(self._path) is None:
                return self._vectors.none(len(applicants))
            with closing(_File(self._path, self._vectors)) as file:
                return file.read(applicants)

    def _let_go(self) -> None:
        if self._served is not None:
            self._served.close()
        self._served = self._version = None

    def _write(self, new: Path, as_of: datetime, parts: Iterable[Part]) -> int:
        written = 0
        with _explained(new):
            connection = sqlite3.connect(new, isolation_level=None)
        with closing(connection):
            with _explained(new):
                connection.executescript(_SCHEMA)
                connection.execute("BEGIN")
                connection.execute("INSERT INTO history_set VALUES (?, ?)", (self._vectors.layout, stamp(as_of)))
            for part in parts:
                with _explained(new):
                    connection.executemany("INSERT INTO histories VALUES (?, ?)", self._vectors.pack(part))
                written += len(part[0])
            with _explained(new):
                connection.execute("COMMIT")  # which has it written through to the disk
        return written


class _File:
    """A finished file, open for reading, on one thread."""

    def __init__(self, path: Path, vectors: Vectors) -> None:
        _require_ours(path)
        self._vectors = vectors
        # Nobody changes it, so SQLite need not look out for that.
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)
        try:
            self._layout, self._as_of = self._connection.execute("SELECT layout, as_of FROM history_set").fetchone()
            vectors.check(self._layout)
        except BaseException:
            self.close()
            raise

    def read(self, applicants: Sequence[int]) -> Found:
        rows = self._connection.execute(
            "SELECT key, vector FROM json_each(?) CROSS JOIN histories ON applicant = value", (json.dumps(applicants),)
        ).fetchall()
        return self._vectors.found(len(applicants), self._layout, self._as_of, rows)

    def close(self) -> None:
        self._connection.close()


def _version(path: Path) -> _Version | None:
    """What tells one file from the next of the same name; None: there is no file."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size


def _require_ours(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(72)
    if header[:16] != b"SQLite format 3\0" or int.from_bytes(header[68:], "big") != OURS:
        raise InvalidSettings(f"HISTORIES_URL: {path} is no store of histories; name another file")


def _to_disk(folder: Path) -> None:
    """Have a folder's names written through to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Say what SQLite and the file system refused as errors of ours."""
    try:
        yield
    except BlockingIOError as error:
        raise Unavailable(f"another process is writing {path}; wait for it") from error
    except (OSError, sqlite3.OperationalError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise Unavailable(f"{path} cannot be used: {why}") from error
    except sqlite3.IntegrityError as error:
        raise twice() from error
    except sqlite3.DatabaseError as error:
        raise InvalidHistories(f"{path} is damaged ({error}); {AGAIN}") from error
