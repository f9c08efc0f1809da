"""Stores on empty databases of either engine."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from creditrisk.stores.decisions import DecisionStore
from creditrisk.stores.engine import open_engine

Opener = Callable[[], DecisionStore]


@pytest.fixture
def open_store(database_url: str) -> Iterator[Opener]:
    """Opens any number of stores, as replicas would, on one database; all are closed at the end."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(DecisionStore(open_engine(database_url, 5.0))))


@pytest.fixture
def store(open_store: Opener) -> DecisionStore:
    """A store on an empty database."""
    return open_store()
