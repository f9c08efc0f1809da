"""The services as processes of this machine, on loopback."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from creditrisk.errors import Unavailable
from trainer.histories.materialize import histories_url
from trainer.paths import Home

NAMES: Final = ("feature", "scoring", "explain", "drift")
METRICS_ABOVE: Final = 1_000
READY_WITHIN: Final = 60.0
"""Seconds a service has to become ready."""
STOP_WITHIN: Final = 30.0
"""Seconds a service has to drain."""
LOOPBACK: Final = "127.0.0.1"

Ports = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Service:
    """A running service that is ready: its process, ports of gRPC and /metrics, and log file."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    port: int
    metrics_port: int

    @property
    def target(self) -> str:
        """host:port of gRPC."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def metrics(self) -> str:
        """URL of the metrics."""
        return f"http://{LOOPBACK}:{self.metrics_port}/metrics"

    def check_running(self) -> None:
        """Raise Unavailable, with the end of its log, if the process has ended."""
        if self.process.poll() is not None:
            raise Unavailable(_ended(self.name, self.process, self.log))

    def stop(self) -> None:
        """Drain and end the process."""
        self.process.terminate()
        try:
            self.process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def running(home: Home, first_port: int) -> Iterator[dict[str, Service]]:
    """The services by name, ready, on ports from ``first_port`` (0: any free ones); stopped at the end.

    Raises:
        Unavailable: a service did not become ready; the others are stopped.
    """
    services: dict[str, Service] = {}
    with ExitStack() as started:
        for place, name in enumerate(NAMES):
            targets = {f"{known.name.upper()}_TARGET": known.target for known in services.values()}
            service = start(name, home, first_port + place if first_port else 0, targets)
            started.callback(service.stop)
            services[name] = service
        yield services


def start(name: str, home: Home, port: int, settings: Mapping[str, str]) -> Service:
    """Start one service and wait until it reports SERVING.

    ``settings``: environment variables beside those that ``home`` gives; ``port`` 0: any free one.

    Raises:
        Unavailable: it ended, or was not ready in time; it is stopped.
    """
    environment = {
        "HOST": LOOPBACK,
        "PORT": str(port),
        "METRICS_PORT": str(port + METRICS_ABOVE if port else 0),
        "BUNDLE_STORE": str(home.bundles),
        "POLICY": str(home.policy),
    }
    decisions = os.environ.get("DATABASE_URL", f"sqlite:///{home.decisions}")
    if name == "feature":
        environment["HISTORIES_URL"] = histories_url(home)
    if name == "scoring":
        environment["DATABASE_URL"] = decisions
    if name == "drift":
        environment["DECISIONS_URL"] = decisions
        environment["DATABASE_URL"] = os.environ.get("DATABASE_URL", f"sqlite:///{home.drift}")
    if name == "scoring" and os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
        environment["PSEUDONYM_KEY"] = os.environ.get("PSEUDONYM_KEY") or _pseudonym_key(home)

    def ready(said: Mapping[str, Any]) -> tuple[int, int]:
        _check_health(f"{LOOPBACK}:{said['port']}")
        return said["port"], said["metrics_port"]

    return launch(name, f"services.{name}", home, environment | dict(settings), ready)


def launch(
    name: str, module: str, home: Home, environment: Mapping[str, str], ready: Callable[[Mapping[str, Any]], Ports]
) -> Service:
    """Start the process of ``module``, and wait until it says that it serves.

    ``ready`` makes sure of it, and knows the ports of calls and metrics by the log line that says so.

    Raises:
        Unavailable: it ended, or was not ready in time; it is stopped.
    """
    home.logs.mkdir(parents=True, exist_ok=True)
    log = home.logs / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
            [sys.executable, "-m", module],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            # Ctrl-C is for this program, which then drains the services itself.
            start_new_session=True,
        )
    try:
        ports = ready(_wait_serving(name, process, log))
    except BaseException:
        process.kill()
        process.wait()
        raise
    return Service(name, process, log, *ports)


def _pseudonym_key(home: Home) -> str:
    """The key of this home, made the first time; readable by its owner alone."""
    if not home.pseudonym_key.exists():
        home.pseudonym_key.touch(mode=0o600)
        home.pseudonym_key.write_text(secrets.token_hex(32))
    return home.pseudonym_key.read_text()


def _wait_serving(name: str, process: "subprocess.Popen[bytes]", log: Path) -> dict[str, Any]:
    """The line that a process logs once it serves."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Unavailable(_ended(name, process, log))
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if '"message": "serving"' in line:
                said: dict[str, Any] = json.loads(line)
                return said
        time.sleep(0.05)
    raise Unavailable(f"the {name} service was not ready in {READY_WITHIN:.0f} s; see {log}")


def _check_health(target: str) -> None:
    with grpc.insecure_channel(target) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=5, wait_for_ready=True)
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise Unavailable(f"{target} reports {answer.status}, not SERVING")


def _ended(name: str, process: "subprocess.Popen[bytes]", log: Path) -> str:
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
    return f"the {name} service ended ({process.returncode}):\n" + "\n".join(last)
