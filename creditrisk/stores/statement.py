"""A statement compiled once and handed to the driver as text.

SQLAlchemy spends more on binding one row of a wide table than SQLite on storing it; what it compiled is
kept, and rows come with their values as the driver takes them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Compiled


class DriverStatement:
    """An INSERT for many rows."""

    def __init__(self, compiled: Compiled) -> None:
        """Take ``compiled``, whose parameters are named as its columns."""
        self._text = str(compiled)
        self._order: Sequence[str] | None = getattr(compiled, "positiontup", None)

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
        """Insert ``rows``; the number inserted."""
        if self._order is None:
            return connection.exec_driver_sql(self._text, list(map(dict, rows))).rowcount
        values = [tuple(row[name] for name in self._order) for row in rows]
        return connection.exec_driver_sql(self._text, values).rowcount
