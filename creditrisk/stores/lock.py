"""One process at a file: a second replica of a service on a SQLite file must not start."""

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from creditrisk.errors import InvalidSettings

if TYPE_CHECKING:  # the feature service locks nothing, and has no SQLAlchemy
    from sqlalchemy import Engine


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a file for this process, by a lock on another beside it; it is let go however the process ends.

    Raises:
        BlockingIOError: another process holds it.
    """
    with Path(f"{path.resolve()}.lock").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


@contextmanager
def sole_owner(engine: "Engine") -> Iterator[None]:
    """Hold the file of a SQLite engine for this process; PostgreSQL needs no such hold.

    Raises:
        InvalidSettings: another process holds it.
    """
    with ExitStack() as holding:
        if engine.dialect.name == "sqlite" and engine.url.database:
            try:
                holding.enter_context(held(Path(engine.url.database)))
            except BlockingIOError as error:
                raise InvalidSettings(
                    f"DATABASE_URL: {engine.url.database} serves another process; SQLite takes one replica, "
                    "use PostgreSQL for more"
                ) from error
        yield
