"""The gateway as a process of this machine, in front of the services."""

import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from creditrisk.errors import Unavailable
from trainer.local import LOOPBACK, Ports, Service, launch
from trainer.paths import Home

HEALTHY_WITHIN: Final = 20.0
"""Seconds the gateway has to reach every service."""
ROLES: Final = ("analyst", "viewer")
"""The gateway's, each of which a user is named by."""


def new_users(home: Home) -> dict[str, str]:
    """Passwords by name of a user of each role, new ones; the gateway's file has their hashes alone.

    Raises:
        Unavailable: the gateway's command failed.
    """
    home.root.mkdir(parents=True, exist_ok=True)
    home.users.unlink(missing_ok=True)
    passwords = {role: secrets.token_urlsafe(12) for role in ROLES}
    for name, password in passwords.items():
        arguments = ("add", name, "--role", name, "--users", str(home.users), "--password-stdin")
        added = subprocess.run(  # noqa: S603 - our own module, our own arguments
            [sys.executable, "-m", "gateway.login", *arguments],
            input=password,
            capture_output=True,
            text=True,
            check=False,
        )
        if added.returncode:
            raise Unavailable(f"cannot make a user of the gateway: {added.stderr.strip()}")
    return passwords


@contextmanager
def gateway(home: Home, port: int, services: Mapping[str, Service]) -> Iterator[Service]:
    """The gateway, ready, on ``port`` (0: any free one), for calls and metrics; stopped at the end.

    People sign in as ``home.users`` says.

    Raises:
        Unavailable: it did not become ready.
    """
    targets = {f"{name.upper()}_TARGET": service.target for name, service in services.items()}
    # Browsers would keep its cookies to HTTPS, which it does not speak.
    people = {"USERS": str(home.users), "SECURE_COOKIES": "false"}
    environment = {"HOST": LOOPBACK, "PORT": str(port)} | targets | people
    started = launch("gateway", "gateway", home, environment, _ready)
    try:
        yield started
    finally:
        started.stop()


def _ready(said: Mapping[str, Any]) -> Ports:
    url = f"http://{LOOPBACK}:{said['port']}/healthz"
    deadline = time.monotonic() + HEALTHY_WITHIN
    while True:
        try:
            with urlopen(url, timeout=HEALTHY_WITHIN):
                return said["port"], said["port"]
        except URLError as error:
            if time.monotonic() > deadline:
                raise Unavailable(f"the gateway does not reach every service ({error}); see {url}") from error
        time.sleep(0.1)
