"""A gRPC server that becomes ready when its service is, and drains when told to stop."""

import asyncio
import gc
import logging
import signal
from collections.abc import Callable, Sequence
from typing import Final

from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from creditrisk.errors import InvalidSettings
from creditrisk.runtime.interceptor import CallInterceptor
from creditrisk.runtime.settings import ServerSettings
from creditrisk.runtime.telemetry import serve_metrics

log = logging.getLogger("server")

LARGEST_MESSAGE: Final = 16 * 2**20
"""Bytes; a batch of 1,000 applications is about 1 MiB, a bundle's page of charts 2 MiB."""


class Server:
    """One service's gRPC server with health, reflection, metrics and drain."""

    def __init__(
        self,
        settings: ServerSettings,
        service: str,
        register: Callable[[aio.Server], None],
        stopping: asyncio.Event | None = None,
    ) -> None:
        """Prepare to serve the proto service ``service``, which ``register`` adds to the server.

        ``stopping`` is set when the server is told to stop: what would stream for ever ends by it.
        """
        self._stopping = stopping or asyncio.Event()
        self._settings = settings
        self._server = aio.server(
            interceptors=[CallInterceptor()],
            maximum_concurrent_rpcs=settings.max_concurrent_calls,
            options=[
                ("grpc.max_receive_message_length", LARGEST_MESSAGE),
                ("grpc.max_send_message_length", LARGEST_MESSAGE),
                ("grpc.max_connection_age_ms", round(settings.max_connection_age * 1e3)),
                ("grpc.max_connection_age_grace_ms", round(settings.max_deadline * 1e3)),
                # Each replica must hold its port alone, or two would share calls unseen.
                ("grpc.so_reuseport", 0),
            ],
        )
        register(self._server)
        self._health = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self._names: Sequence[str] = ("", service)
        reflection.enable_server_reflection((service, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server)
        self.port = 0

    async def start(self) -> None:
        """Listen and report SERVING; call it when the service can answer.

        Raises:
            InvalidSettings: a port is taken.
        """
        host = self._settings.host
        try:
            self.port = self._server.add_insecure_port(f"{host}:{self._settings.port}")
        except RuntimeError as error:
            raise InvalidSettings(f"PORT {self._settings.port}: cannot listen on {host}; is it taken?") from error
        try:
            metrics_port = serve_metrics(host, self._settings.metrics_port)
        except OSError as error:
            raise InvalidSettings(f"METRICS_PORT {self._settings.metrics_port}: {error.strerror}") from error
        # What was loaded to serve stays: were the collector to walk it again, calls would wait for it.
        gc.collect()
        gc.freeze()
        await self._server.start()
        for name in self._names:
            await self._health.set(name, health_pb2.HealthCheckResponse.SERVING)
        log.info("serving", extra={"port": self.port, "metrics_port": metrics_port})

    async def serve_until_signal(self) -> None:
        """Serve until SIGTERM or SIGINT, then drain."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stopping.set)
        await self._stopping.wait()
        await self.drain()

    async def drain(self) -> None:
        """Report NOT_SERVING, turn new calls away, let those in flight finish within ``drain`` seconds."""
        log.info("draining", extra={"seconds": self._settings.drain})
        await self._health.enter_graceful_shutdown()
        await self._server.stop(self._settings.drain)
        log.info("stopped")
