"""The gateway as a process of this machine, in front of the services."""

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


@contextmanager
def gateway(home: Home, port: int, services: Mapping[str, Service]) -> Iterator[Service]:
    """The gateway, ready, on ``port`` (0: any free one), for calls and metrics; stopped at the end.

    Raises:
        Unavailable: it did not become ready.
    """
    targets = {f"{name.upper()}_TARGET": service.target for name, service in services.items()}
    environment = {"HOST": LOOPBACK, "PORT": str(port)} | targets
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
