"""Channels between our services: round robin over replicas, quick to notice a dead one."""

import json
from collections.abc import Sequence
from typing import Final

import grpc
from grpc import aio

from creditrisk.runtime.server import LARGEST_MESSAGE
from creditrisk.runtime.telemetry import REQUEST_ID

TRANSIENT: Final = {
    "maxAttempts": 3,
    "initialBackoff": "0.01s",
    "maxBackoff": "0.1s",
    "backoffMultiplier": 2,
    # CANCELLED: gRPC ends calls that reach a server as it stops, before it takes them, with this.
    "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
}
"""Retries while a replica goes away; only for services whose calls may be repeated freely."""


def open_channel(target: str, repeatable: Sequence[str]) -> aio.Channel:
    """A channel to ``target`` (host:port, or dns:///name:port for every address of a headless Service).

    ``repeatable``: full names of services whose RPCs change nothing, retried when a replica goes away.
    """
    config = {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [{"name": [{"service": name} for name in repeatable], "retryPolicy": TRANSIENT}],
    }
    return aio.insecure_channel(
        target,
        options=[
            ("grpc.service_config", json.dumps(config)),
            ("grpc.max_receive_message_length", LARGEST_MESSAGE),
            ("grpc.max_send_message_length", LARGEST_MESSAGE),
            ("grpc.keepalive_time_ms", 20_000),
            ("grpc.keepalive_timeout_ms", 5_000),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 2_000),
        ],
    )


def outgoing() -> tuple[tuple[str, str], ...]:
    """Metadata of a call to another service: the request id goes along."""
    return (("x-request-id", REQUEST_ID.get()),)


GONE: Final = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
)
"""Status codes by which a dependency says that it did not do the work, now."""
