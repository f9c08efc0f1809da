"""Databases: the engines they are reached by, and their tables made where there are none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, event, inspect, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from creditrisk.errors import InvalidSettings, Unavailable
from creditrisk.stores.postgresql import open_postgres

_TAKE_TURN: Final = {
    "sqlite": "BEGIN IMMEDIATE",
    "postgresql": "SELECT pg_advisory_xact_lock(7166181948710126001)",  # any number that is ours
}


def create_tables(engine: Engine, metadata: MetaData) -> None:
    """Make the tables of ``metadata`` where there are none; those who start together take turns.

    Raises:
        InvalidSettings: there is a table of an earlier version.
        Unavailable: the database does not answer.
    """
    try:
        with engine.begin() as connection:
            connection.exec_driver_sql(_TAKE_TURN[engine.dialect.name])
            metadata.create_all(connection)
            there = {
                name: {column["name"] for column in inspect(connection).get_columns(name)} for name in metadata.tables
            }
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
        raise Unavailable(f"the database does not answer: {why}") from error
    for table in metadata.sorted_tables:
        if lacking := [column.name for column in table.columns if column.name not in there[table.name]]:
            older = f"its {table.name} table is of an earlier version, without {', '.join(lacking)}"
            raise InvalidSettings(f"DATABASE_URL: {older}; use a new database")


def open_engine(url: str, limit: float) -> Engine:
    """An engine on SQLite (``sqlite:///file``) or PostgreSQL (``postgresql://…``).

    SQLite commits are on disk before they return (WAL, synchronous=FULL). ``limit``: seconds after
    which nobody waits for a statement any more, so it is given up, and its connection with it.

    Raises:
        InvalidSettings: the URL is of another database, or is none.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidSettings("DATABASE_URL is no URL; use sqlite:///file or postgresql://…") from error
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return open_postgres(parsed, limit)
    if backend != "sqlite":
        raise InvalidSettings(f"DATABASE_URL is of {backend}; use sqlite:///file or postgresql://…")
    if parsed.database:
        folder = Path(parsed.database).resolve().parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidSettings(f"DATABASE_URL: {folder} cannot be made ({error.strerror})") from error
    engine = create_engine(parsed, connect_args={"timeout": limit, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def durable(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    return engine


def insert_into(engine: Engine, table: Table) -> Any:
    """An insert into ``table`` that can say what to do on a conflict, in the engine's dialect."""
    return postgresql.insert(table) if engine.dialect.name == "postgresql" else sqlite.insert(table)


@contextmanager
def transaction(engine: Engine, what: str) -> Iterator[Connection]:
    """A transaction, committed at the end.

    Raises:
        Unavailable: it failed; ``what`` names the database in the text.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise Unavailable(f"{what} does not answer ({type(error).__name__})") from error
