"""The three services as processes of this machine, on loopback."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from creditrisk.errors import Unavailable
from trainer.paths import Home

NAMES: Final = ("feature", "scoring", "explain")
METRICS_ABOVE: Final = 1_000
READY_WITHIN: Final = 60.0
"""Seconds a service has to become ready."""
STOP_WITHIN: Final = 20.0
"""Seconds a service has to drain."""
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its process, address and log file."""

    name: str
    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    @property
    def target(self) -> str:
        """host:port of gRPC."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def metrics(self) -> str:
        """URL of the metrics."""
        return f"http://{LOOPBACK}:{self.port + METRICS_ABOVE}/metrics"

    def check_running(self) -> None:
        """Raise Unavailable, with the end of its log, if the process has ended."""
        if self.process.poll() is not None:
            last = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
            raise Unavailable(f"the {self.name} service ended ({self.process.returncode}):\n" + "\n".join(last))


@dataclass(frozen=True, slots=True)
class Stack:
    """The services, ready to be called."""

    services: dict[str, Service] = field(default_factory=dict)

    def wait_ready(self, service: Service) -> None:
        """Return when ``service`` reports SERVING.

        Raises:
            Unavailable: it ended, or was not ready in time.
        """
        deadline = time.monotonic() + READY_WITHIN
        with grpc.insecure_channel(service.target) as channel:
            stub: Any = health_pb2_grpc.HealthStub(channel)
            while time.monotonic() < deadline:
                service.check_running()
                try:
                    answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=0.5, wait_for_ready=True)
                except grpc.RpcError:
                    continue
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
        raise Unavailable(f"the {service.name} service was not ready in {READY_WITHIN:.0f} s; see {service.log}")


@contextmanager
def running(home: Home, first_port: int) -> Iterator[Stack]:
    """Start the services on ports from ``first_port``, wait until they are ready, stop them at the end.

    Raises:
        Unavailable: a service did not become ready; the others are stopped.
    """
    ports = {name: first_port + place for place, name in enumerate(NAMES)}
    stack = Stack()
    try:
        for name in NAMES:
            stack.services[name] = _start(name, home, ports)
        for service in stack.services.values():
            stack.wait_ready(service)
        yield stack
    finally:
        for service in stack.services.values():
            service.process.terminate()
        for service in stack.services.values():
            try:
                service.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                service.process.kill()


def _start(name: str, home: Home, ports: dict[str, int]) -> Service:
    home.logs.mkdir(parents=True, exist_ok=True)
    log = home.logs / f"{name}.log"
    settings = {
        "HOST": LOOPBACK,
        "PORT": str(ports[name]),
        "METRICS_PORT": str(ports[name] + METRICS_ABOVE),
        "BUNDLE_STORE": str(home.bundles),
        "POLICY": str(home.policy),
        "FEATURE_TARGET": f"{LOOPBACK}:{ports['feature']}",
        "SCORING_TARGET": f"{LOOPBACK}:{ports['scoring']}",
    }
    settings.setdefault("DATABASE_URL", os.environ.get("DATABASE_URL", f"sqlite:///{home.root / 'decisions.db'}"))
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
            [sys.executable, "-m", f"services.{name}"],
            env=os.environ | settings,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            # Ctrl-C is for this program, which then drains the services itself.
            start_new_session=True,
        )
    return Service(name, process, ports[name], log)
