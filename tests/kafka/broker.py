"""A real Apache Kafka broker (KRaft, one node) on loopback, for tests and development.

``python -m tests.kafka.broker`` serves one on port 9092 until Ctrl-C (``make kafka``). It needs Java 17 and Maven
(Debian: openjdk-17-jre-headless, maven); the jars are resolved once, from ``pom.xml``, into ``~/.cache``.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from tests.databases import free_port

POM: Final = Path(__file__).with_name("pom.xml")
START: Final = 60.0
"""Seconds a broker may take to start, or to stop."""
CLUSTER: Final = "MkU3OEVBNTcwNTJENDM2Qk"
"""Any id in Kafka's form: 16 bytes in base64, not beginning with a dash."""
HEAP: Final = "-Xmx384m"
PROPERTIES: Final = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
"""


def missing() -> str | None:
    """What a broker needs and this machine lacks, in words; None: nothing."""
    lacking = [name for name in ("java", "mvn") if shutil.which(name) is None]
    return f"needs {' and '.join(lacking)}: install openjdk-17-jre-headless and maven" if lacking else None


def jars() -> Path:
    """The folder with the broker's jars, resolved by Maven the first time."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    folder = cache / "creditrisk" / f"kafka-{uuid.uuid5(uuid.NAMESPACE_URL, POM.read_text())}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as made:
            output = f"-DoutputDirectory={made}/jars"
            copy = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", output]
            subprocess.run(copy, check=True, stdout=sys.stderr)
            Path(made, "jars").rename(folder)
    return folder


class Broker:
    """A broker whose log is in ``folder``: it can be killed and started again on the same log and port."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self._classpath = f"{jars()}/*"
        self._folder = folder
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._settings = folder / "server.properties"
        if not self._settings.exists():
            text = PROPERTIES.format(port=self.port, controller=free_port(), logs=folder / "logs")
            self._settings.write_text(text)
            made = self._java(["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(self._settings)])
            if made.wait(START):
                raise RuntimeError((folder / "broker.log").read_text()[-2_000:])

    @property
    def servers(self) -> str:
        """For ``KAFKA_BOOTSTRAP_SERVERS``."""
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until the port answers."""
        self._process = self._java(["kafka.Kafka", str(self._settings)])
        end = time.monotonic() + START
        while not answers(self.port):
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((self._folder / "broker.log").read_text()[-2_000:])
            time.sleep(0.1)

    def kill(self) -> None:
        """SIGKILL: what was acknowledged stays on the log."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(START)
            self._process = None

    def _java(self, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
        with (self._folder / "broker.log").open("ab") as log:
            command = ["java", HEAP, "-cp", self._classpath, *arguments]
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)


@contextmanager
def running(port: int | None = None) -> Iterator[Broker]:
    """A broker on an empty log."""
    with tempfile.TemporaryDirectory(prefix="kafka-") as folder:
        broker = Broker(Path(folder), port)
        broker.start()
        try:
            yield broker
        finally:
            broker.kill()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True


def main() -> None:
    if lacking := missing():
        sys.exit(f"Kafka {lacking}")
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background jobs start with SIGINT ignored
        signal.signal(number, signal.default_int_handler)
    with suppress(KeyboardInterrupt), running(9092) as broker:
        print(f"Kafka serves until Ctrl-C; export KAFKA_BOOTSTRAP_SERVERS={broker.servers}", flush=True)
        signal.pause()


if __name__ == "__main__":
    main()
