"""An HTTP server that drains when told to stop, as the services' gRPC servers do."""

import asyncio
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from fastapi import FastAPI

from creditrisk.errors import InvalidSettings
from gateway.settings import GatewaySettings

log = logging.getLogger("server")

IDLE: Final = 75
"""Seconds after which an idle connection is closed: more than ingresses keep one, or they would use it as it closes."""
BACKLOG: Final = 2_048
"""Connections that may wait to be taken."""


class Server(uvicorn.Server):
    """Serves one application until SIGTERM or SIGINT; then the events of ``app.state.stops`` are set, and it drains."""

    def __init__(self, app: FastAPI, settings: GatewaySettings) -> None:
        """Prepare to serve ``app``."""
        super().__init__(
            uvicorn.Config(
                app,
                lifespan="on",
                # Logs are ours: uvicorn's own hold paths and queries.
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=IDLE,
                timeout_graceful_shutdown=round(settings.drain),
            )
        )
        self._settings = settings
        self._stops: list[asyncio.Event] = app.state.stops
        logging.getLogger("uvicorn").setLevel("WARNING")

    async def run_until_signal(self) -> None:
        """Listen, and serve until told to stop.

        Raises:
            InvalidSettings: the port is taken.
        """
        listening = _listen(self._settings.host, self._settings.port)
        await self.serve([listening])
        log.info("stopped")

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that it serves, once it does."""
        await super().startup(sockets)
        for one in sockets or ():
            log.info("serving", extra={"port": one.getsockname()[1]})

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain at a signal; uvicorn's own way ends the process by that signal, after the drain."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._drain)
        yield

    def _drain(self) -> None:
        log.info("draining", extra={"seconds": self._settings.drain})
        self.should_exit = True
        for stop in self._stops:
            stop.set()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # By the protocol's name asyncio knows to send without delay; else each answer's end waits 40 ms for the caller's
    # acknowledgement of its beginning.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise InvalidSettings(f"PORT {port}: cannot listen on {host} ({error.strerror})") from error
    return listening
