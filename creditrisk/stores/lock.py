"""One process a SQLite file: a second replica of a service on it must not start."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from creditrisk.errors import InvalidSettings


@contextmanager
def sole_owner(engine: Engine) -> Iterator[None]:
    """Hold the file of a SQLite engine for this process; PostgreSQL needs no such hold.

    Raises:
        InvalidSettings: another process holds it.
    """
    if engine.dialect.name != "sqlite" or not engine.url.database:
        yield
        return
    path = Path(f"{Path(engine.url.database).resolve()}.lock")
    with path.open("w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise InvalidSettings(
                f"DATABASE_URL: {engine.url.database} serves another process; SQLite takes one replica, "
                "use PostgreSQL for more"
            ) from error
        yield
