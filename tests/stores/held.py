"""Commits of a store watched, held up or broken, at the moment they reach the driver."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine

from creditrisk.stores.insert import CommittedInsert
from tests.stores.records import TIMEOUT

Hook = Callable[[Any], None]
"""Called with the driver's connection before each commit."""


@contextmanager
def before_commits(engine: Engine, hook: Hook) -> Iterator[None]:
    """Call ``hook`` before every commit of decisions through ``engine``."""
    commit = CommittedInsert._commit

    def hooked(insert: CommittedInsert, driver: Any) -> None:
        if insert._engine is engine:
            hook(driver)
        commit(insert, driver)

    with patch.object(CommittedInsert, "_commit", hooked):
        yield


class Held:
    """Commits of an engine: the first waits to be released."""

    def __init__(self) -> None:
        self.count = 0
        self._first = threading.Event()
        self._release = threading.Event()

    def on_commit(self, _: object) -> None:
        self.count += 1
        self._first.set()
        assert self._release.wait(TIMEOUT)

    async def begun(self) -> None:
        """Wait until the first commit has begun."""
        assert await asyncio.to_thread(self._first.wait, TIMEOUT)

    def release(self) -> None:
        self._release.set()


@contextmanager
def first_commit_held(engine: Engine) -> Iterator[Held]:
    held = Held()
    with before_commits(engine, held.on_commit):
        try:
            yield held
        finally:
            held.release()
