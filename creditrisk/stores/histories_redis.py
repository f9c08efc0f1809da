"""Histories in Redis: one hash, written under another name and renamed.

The layout and the time are fields beside the applicants, so that one HMGET reads a batch of one set, and a
server short of memory drops the whole of it or nothing. Every write is in one transaction with a look at whose
turn it is to write: a writer that lost its turn changes nothing more, wherever it had stopped.
"""

import asyncio
import math
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain, islice
from typing import Any, Final, cast

import redis
from redis import asyncio as aio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.retry import Retry as BlockingRetry

from creditrisk.errors import CreditRiskError, InvalidSettings, Overtaken, Unavailable
from creditrisk.stores.histories_vectors import INLINE, Found, Part, Vectors, stamp, twice

LIVE: Final = "creditrisk:histories"
NEW: Final = "creditrisk:histories:new"
OLD: Final = "creditrisk:histories:old"
TURN: Final = "creditrisk:histories:writer"

LEASE: Final = 60_000
"""Milliseconds that a writer may take over a part. One that takes longer, or was killed, has lost its turn."""
PAUSE: Final = 500
"""Milliseconds between looks at whether another writer goes on."""
SILENCE: Final = 30.0
"""Seconds without an answer after which a writer gives up."""
CONNECTIONS: Final = 16
"""Reads at once; more wait for their turn."""
CHUNK: Final = 250
"""Applicants written at once: few, so that no reader waits long, and the server's log of slow commands gets none."""
_SET: Final = ("layout", "as_of")

_Fields = list[bytes | None]


class RedisHistories:
    """The set on the server of ``url``. ``read`` belongs on one event loop."""

    def __init__(self, url: str, vectors: Vectors) -> None:
        """Connects when first needed.

        Raises:
            InvalidSettings: the URL cannot be read.
        """
        self._url = url
        self._vectors = vectors
        try:
            pool = aio.BlockingConnectionPool.from_url(
                url,
                max_connections=CONNECTIONS,
                timeout=None,
                retry=Retry(NoBackoff(), 1),  # a connection may have died while it was idle
            )
        except ValueError:  # its text may hold the password
            raise InvalidSettings("HISTORIES_URL is no URL of Redis; use redis://host:port/0 or rediss://…") from None
        self._client = aio.Redis.from_pool(pool)

    async def read(self, applicants: Sequence[int], timeout: float) -> Found:
        """See ``HistoryStore``."""
        try:
            with _explained():
                async with asyncio.timeout(timeout):
                    fields = cast("_Fields", await self._client.hmget(LIVE, [*_SET, *applicants]))
                    if len(applicants) <= INLINE:
                        return self._found(fields)
                    return await asyncio.to_thread(self._found, fields)
        except TimeoutError as error:
            raise Unavailable("Redis did not answer in time") from error

    def replace(self, as_of: datetime, parts: Iterable[Part]) -> int:
        """See ``HistoryStore``. A second writer is refused; after one that was killed it waits out that one's turn."""
        retry = BlockingRetry(NoBackoff(), 0)  # what was not answered may have been done
        with redis.Redis.from_url(self._url, socket_timeout=SILENCE, retry=retry) as client:
            turn = _Turn(client)
            turn.take()
            try:
                return self._write(turn, as_of, parts)
            finally:
                with suppress(CreditRiskError):
                    turn.do("UNLINK", NEW, OLD, TURN)

    async def aclose(self) -> None:
        """See ``HistoryStore``."""
        await self._client.aclose()

    def _found(self, fields: _Fields) -> Found:
        layout, as_of, *packed = fields
        if layout is None or as_of is None:
            return self._vectors.none(len(packed))
        rows = [(place, one) for place, one in enumerate(packed) if one is not None]
        return self._vectors.found(len(packed), layout.decode(), as_of.decode(), rows)

    def _write(self, turn: "_Turn", as_of: datetime, parts: Iterable[Part]) -> int:
        turn.do("UNLINK", NEW, OLD)  # of a writer that was killed
        turn.do("HSET", NEW, "layout", self._vectors.layout, "as_of", stamp(as_of))
        written = 0
        for part in parts:
            packed = self._vectors.pack(part)
            while chunk := list(islice(packed, CHUNK)):
                if turn.do("HSET", NEW, *chain.from_iterable(chunk)) != len(chunk):
                    raise twice()
                written += len(chunk)
        turn.publish(len(_SET) + written)
        return written


class _Turn:
    """A writer's turn at the server."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._token = uuid.uuid4().hex.encode()

    def take(self) -> None:
        """Wait until nobody has it.

        Raises:
            Unavailable: somebody has, and is at work.
        """
        left = math.inf
        with _explained():
            while not self._client.set(TURN, self._token, nx=True, px=LEASE):
                before, left = left, self._client.pttl(TURN)
                if left > before - PAUSE / 2:  # it was renewed, where that of a killed one runs out
                    raise Unavailable("another process is writing histories to this Redis; wait for it")
                time.sleep(PAUSE / 1e3)

    def do(self, *command: object) -> Any:
        """The answer to a command that is run only if the turn is still this writer's, and renews it.

        Raises:
            Overtaken: it is not.
            Unavailable: Redis failed, or did not answer.
        """
        with self._transaction() as pipe:
            pipe.multi()
            pipe.execute_command(*command)
            pipe.pexpire(TURN, LEASE)
            return pipe.execute()[0]

    def publish(self, fields: int) -> None:
        """Put the new set, of so many fields, in the old one's place. Raises as ``do``."""
        with self._transaction() as pipe:
            if pipe.hlen(NEW) != fields:
                raise Unavailable("Redis dropped some of what was written: does it have memory for two sets?")
            replaces = pipe.exists(LIVE)
            pipe.multi()
            if replaces:  # and not just overwritten, for to free it at once would hold the server up
                pipe.rename(LIVE, OLD)
            pipe.rename(NEW, LIVE)
            pipe.execute()

    @contextmanager
    def _transaction(self) -> Iterator[Any]:
        """Commands that are all run, or none: not where the turn or a set changed since they were decided on."""
        pipe: Any  # half of its methods have no types
        with _explained(), self._client.pipeline() as pipe:
            pipe.watch(TURN, NEW, LIVE)
            if pipe.get(TURN) != self._token:
                why = f"a part took longer than {LEASE / 1e3:g} s, or Redis was restarted"
                raise Overtaken(f"this writer's turn is over ({why}); it replaced nothing, run it again")
            yield pipe


@contextmanager
def _explained() -> Iterator[None]:
    """Say what failed by its type alone: the driver's own texts quote commands, and so applicants' data."""
    try:
        yield
    except redis.RedisError as error:
        inner = error.__context__ if isinstance(error, (redis.ConnectionError, redis.WatchError)) else None
        raise Unavailable(f"Redis failed or does not answer ({type(inner or error).__name__})") from None
