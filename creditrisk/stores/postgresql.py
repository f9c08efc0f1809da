"""Engines on PostgreSQL that never wait for ever: not for a statement, a lock, or a server that fell silent."""

from typing import Any, Final

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine, create_engine, event

SLACK: Final = 1.0
"""Seconds that the server has, past its own limits, to say that they were exceeded."""


class _Bounded(psycopg.Connection[Any]):
    """A connection that is given up when the server stays silent for ``silence`` seconds.

    A host that stopped, a hung disk, a fail-over: TCP alone may not tell for a quarter of an hour.
    """

    silence = 60.0

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """See ``psycopg.Connection.wait``."""
        try:
            return super().wait(gen, interval, self.silence if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # the answer may still come, and would be taken for that to the next statement
            raise


def open_postgres(url: URL, limit: float) -> Engine:
    """An engine on the server of ``url``; ``limit``: seconds after which a statement is given up."""
    milliseconds = round(limit * 1e3)
    limits = {
        "statement_timeout": milliseconds,
        "lock_timeout": milliseconds // 2,
        # A replica that hangs inside a transaction must not hold its rows for ever.
        "idle_in_transaction_session_timeout": milliseconds,
    }
    arguments = {  # keys of libpq
        "connect_timeout": max(2, round(limit)),
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": milliseconds,
        "options": " ".join(f"-c {name}={value}" for name, value in limits.items()),
    }
    engine = create_engine(url.set(drivername="postgresql+psycopg"), connect_args=arguments, pool_size=4)

    @event.listens_for(engine, "do_connect")
    def bounded(_dialect: Any, _record: Any, args: Any, keywords: Any) -> Any:
        connection = _Bounded.connect(*args, **keywords)
        connection.silence = limit + SLACK
        return connection

    return engine
