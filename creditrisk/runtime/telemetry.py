"""Logs as JSON lines, and Prometheus metrics on /metrics."""

import contextvars
import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Final

from prometheus_client import REGISTRY, Counter, Histogram, start_http_server
from pythonjsonlogger.json import JsonFormatter

from creditrisk.errors import InvalidSettings

REQUEST_ID: Final[contextvars.ContextVar[str]] = contextvars.ContextVar("request_id", default="")
"""Id of the call being served; in every log line of it, and sent on to the services it calls."""

LATENCY_BUCKETS: Final = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper bounds in seconds."""

STARTED: Final = Counter("grpc_server_started_total", "RPCs begun.", ["grpc_type", "grpc_service", "grpc_method"])
HANDLED: Final = Counter(
    "grpc_server_handled_total",
    "RPCs ended, by status code.",
    ["grpc_type", "grpc_service", "grpc_method", "grpc_code"],
)
HANDLING: Final = Histogram(
    "grpc_server_handling_seconds",
    "Time from begin to end of an RPC.",
    ["grpc_type", "grpc_service", "grpc_method"],
    buckets=LATENCY_BUCKETS,
)


class _AddRequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get()
        return True


def configure_logs(service: str, level: str, file: Path | None) -> None:
    """Log JSON lines to stdout, and to ``file`` (rotated) where one is given.

    Raises:
        InvalidSettings: the file cannot be written.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stdout)]
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handlers.append(logging.handlers.RotatingFileHandler(file, maxBytes=10_000_000, backupCount=5))
        except OSError as error:
            raise InvalidSettings(f"LOG_FILE {file}: cannot be written ({error.strerror})") from error
    formatter = JsonFormatter(
        "{message}{levelname}{name}{request_id}",
        style="{",
        rename_fields={"levelname": "level", "name": "logger"},
        static_fields={"service": service},
        timestamp="time",
    )
    for handler in handlers:
        handler.setFormatter(formatter)
        handler.addFilter(_AddRequestId())
    logging.basicConfig(level=level, handlers=handlers, force=True)


def serve_metrics(host: str, port: int) -> int:
    """Serve the metrics of this process; the port taken (``port`` 0: any free one)."""
    server, _ = start_http_server(port, host, REGISTRY)
    return int(server.server_port)
