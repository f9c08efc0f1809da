"""The one statement of the hot path: rows into a table, committed, straight through the driver.

SQLAlchemy compiles it, once. To bind, execute and commit one row through it costs more than SQLite takes
to store the row, so rows go as the driver takes them, over a connection that is the writer's own.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Engine, PoolProxiedConnection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from creditrisk.errors import Unavailable

Row = Mapping[str, Any]


class CommittedInsert:
    """Inserts rows into a table but for those whose key is taken. Not for several threads at once."""

    def __init__(self, engine: Engine, table: Table, key: Sequence[str]) -> None:
        """Insert into ``table`` of ``engine``'s database; ``key``: the columns of a unique constraint."""
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        statement = insert(table).on_conflict_do_nothing(index_elements=key)
        compiled = statement.compile(engine, column_keys=table.columns.keys())
        order = getattr(compiled, "positiontup", None)
        self._text = str(compiled)
        self._values: Callable[[Row], Any] = dict if order is None else itemgetter(*order)
        self._failures = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)
        self._engine = engine
        self._connection: PoolProxiedConnection | None = None

    def __call__(self, rows: Sequence[Row]) -> int:
        """Insert ``rows`` and commit; the number inserted.

        Where the connection turns out to be dead they are written again: what was committed is found by
        its key.

        Raises:
            Unavailable: the database failed, or does not answer.
        """
        values = [self._values(row) for row in rows]
        for last in (False, True):
            try:
                return self._write(values)
            except BaseException as error:
                if self._let_go(error) and not last:
                    self._engine.dispose()  # others of the pool will have died with it
                elif isinstance(error, self._failures):
                    raise Unavailable(f"the decision store failed: {type(error).__name__}") from error
                else:
                    raise
        raise AssertionError  # the second try returns or raises

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, values: Sequence[Any]) -> int:
        if self._connection is None:
            self._connection = self._engine.raw_connection()
        driver: Any = self._connection.driver_connection
        cursor = driver.cursor()
        if len(values) == 1:
            cursor.execute(self._text, values[0])
            inserted = cursor.rowcount
        else:
            cursor.executemany(self._text, values)
            inserted = cursor.rowcount
            # psycopg ends a pipeline of rows with a message that stops the server's clock of idle
            # transactions; were we to hang now, our rows would be held for ever. This starts it again.
            cursor.execute("SELECT 1")
        self._commit(driver)
        return int(inserted)

    def _commit(self, driver: Any) -> None:
        driver.commit()

    def _let_go(self, error: BaseException) -> bool:
        """Close the connection after an error, undoing what it did not commit; whether it was dead."""
        if self._connection is None:
            return False
        driver = self._engine.dialect
        dead = isinstance(error, driver.loaded_dbapi.Error) and driver.is_disconnect(
            error, self._connection.dbapi_connection, None
        )
        if dead:
            self._connection.invalidate()
        self._connection.close()
        self._connection = None
        return dead
