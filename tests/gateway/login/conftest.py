"""What tests of signing in share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.login.site import Site, UsersFile


@pytest.fixture
def users(tmp_path: Path) -> UsersFile:
    """A users file with an analyst and a viewer."""
    file = UsersFile(tmp_path / "users")
    file.write(ana="analyst", vic="viewer")
    return file


@pytest.fixture
def make_site(users: UsersFile) -> Callable[..., Site]:
    """Makes gateways with that file; settings by their names."""

    def make(**settings: Any) -> Site:
        return Site({"users": users.path, "secure_cookies": False} | settings)

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()
