"""Chaos: steady load while every part is killed, hung or changed in turn; then what was counted is held to the truth.

Two scoring and two drift replicas on one PostgreSQL and one Kafka broker. Clients repeat each request until it
is answered. At the end the predictions that drift counted must be exactly those that clients were answered, and
its counts those of a batch computation on the recorded decisions.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from kafka import KafkaAdminClient
from sqlalchemy import Engine, select

from creditrisk.api.scoring.v1.scoring_pb2 import ScoreRequest, ScoreResponse
from creditrisk.client import LoanApplication
from creditrisk.drift.layout import Layout
from creditrisk.drift.reference import Reference
from creditrisk.events.source import Received
from creditrisk.model.bundle import REFERENCE, BundleStore
from creditrisk.stores.drift_reads import DriftReads
from creditrisk.stores.drift_schema import PREDICTIONS
from creditrisk.stores.drift_state import Place
from creditrisk.stores.engine import open_engine
from creditrisk.stores.rows import from_row
from creditrisk.stores.schema import DECISIONS
from creditrisk.wire import to_event
from services.drift.bundles import WatchedBundles
from services.drift.intake import Intake
from tests.e2e.system import Launcher, kill, score
from tests.kafka.broker import Broker
from tests.kafka.fixtures import everything
from trainer.local import Service
from trainer.paths import Home

TOPIC = "credit.predictions.v1"
PLANTED = Path(__file__).parent / "planted"
WINDOW = 10
"""Seconds, so that a run has several."""
SESSION = 6.0
"""Seconds after which a hung drift replica's partitions go to the other: the broker's least."""
CALLERS = 4
PACE = 0.05
"""Seconds between a caller's requests."""
SETTLE = 150.0
"""Seconds for all to be counted after the last fault; a killed relay's lease alone takes 60."""


@dataclass
class Load:
    """Clients that call until they are answered, one request after another, until told to stop."""

    replicas: list[Service]
    applications: Sequence[LoanApplication]
    answered: dict[str, str] = field(default_factory=dict)
    """Prediction id by request id."""
    retries: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def call(self, caller: int) -> None:
        number = 0
        while not self._stop.wait(PACE):
            application = self.applications[(caller + number * CALLERS) % len(self.applications)]
            request = ScoreRequest(request_id=f"chaos-{caller}-{number}", application=application)
            turn = caller + number
            while not isinstance(answer := score(self.replicas[turn % 2], request, 3.0), ScoreResponse):
                turn += 1
                self.retries += 1
                time.sleep(PACE)
            self.answered[request.request_id] = answer.prediction_id
            number += 1

    @contextmanager
    def running(self) -> Iterator[None]:
        with ThreadPoolExecutor(CALLERS) as pool:
            calls = [pool.submit(self.call, caller) for caller in range(CALLERS)]
            try:
                yield
            finally:
                self._stop.set()
            for call in calls:
                call.result()


@dataclass(frozen=True)
class Result:
    """``faults``: what is wrong, empty where all is right."""

    answered: int
    retries: int
    counted: int
    windows: int
    repeats: int
    faults: list[str]

    def __str__(self) -> str:
        verdict = "; ".join(self.faults) or "exact"
        return (
            f"{self.answered:,} answered after {self.retries:,} retries, {self.counted:,} counted in {self.windows} "
            f"windows, {self.repeats:,} deliveries too many: {verdict}"
        )


class Chaos:
    """One system, to be tormented once."""

    def __init__(
        self, launch: Launcher, home: Home, broker: Broker, database: str, planted: dict[str, str] | None = None
    ) -> None:
        """``planted``: by service, the name of a defect to run it with."""
        self._launch = launch
        self._home = home
        self._broker = broker
        self._database = database
        self._planted = planted or {}
        self._feature = launch("feature")
        self.scoring = [self._start("scoring") for _ in range(2)]
        self.drift = [self._start("drift") for _ in range(2)]

    def _start(self, name: str, port: int = 0) -> Service:
        settings = {"kafka_bootstrap_servers": self._broker.servers, "database_url": self._database}
        if name == "scoring":
            settings |= {"feature_target": self._feature.target, "pseudonym_key": "sixteen characters"}
        else:
            settings |= {"window_seconds": str(WINDOW), "session_timeout": str(SESSION), "lateness": "5"}
        if name in self._planted:
            settings["pythonpath"] = f"{PLANTED / self._planted[name]}{os.pathsep}{Path.cwd()}"
        return self._launch(name, port, **settings)

    def run(self, applications: Sequence[LoanApplication], calm: float = 2.0) -> Result:
        """Torment the system under load, with ``calm`` seconds between faults."""
        load = Load(self.scoring, applications)
        engine = open_engine(self._database, 5.0)
        with load.running():
            for fault in self.faults():
                time.sleep(calm)  # the load goes on meanwhile: this is the length of the run, not a wait
                fault()
            time.sleep(calm)
        try:
            return self._result(load, engine)
        finally:
            engine.dispose()

    def faults(self) -> list[Callable[[], None]]:
        return [
            lambda: self._replace(self.scoring, 0),
            lambda: self._replace(self.drift, 0),
            self._restart_broker,
            lambda: self._replace(self.drift, 1),
            self._add_partitions,
            lambda: self._hang(self.drift[0]),
            lambda: self._replace(self.scoring, 1),
            self._restart_broker,
            lambda: self._replace(self.drift, 0),
        ]

    def _replace(self, replicas: list[Service], at: int) -> None:
        kill(replicas[at])
        replicas[at] = self._start("scoring" if replicas is self.scoring else "drift", replicas[at].port)

    def _restart_broker(self) -> None:
        self._broker.kill()
        time.sleep(1.0)
        self._broker.start()

    def _add_partitions(self) -> None:
        with closing(KafkaAdminClient(bootstrap_servers=self._broker.servers)) as admin:
            admin.create_partitions({TOPIC: 9})

    def _hang(self, service: Service) -> None:
        os.kill(service.process.pid, signal.SIGSTOP)
        time.sleep(1.5 * SESSION)
        os.kill(service.process.pid, signal.SIGCONT)

    # --- afterwards -------------------------------------------------------------------------------

    def _result(self, load: Load, engine: Engine) -> Result:
        answered = set(load.answered.values())
        end = time.monotonic() + SETTLE
        while not _counted(engine) >= answered and time.monotonic() < end:
            time.sleep(0.5)
        counted = _counted(engine)
        faults = [
            f"{len(some)} {what}"
            for some, what in (
                (answered - counted, "answered and not counted"),
                (counted - answered, "counted and not answered"),
            )
            if some
        ]
        if len(answered) != len(load.answered):
            faults.append("two requests have one decision")
        found, expected = self._counts(engine), self._batch(engine)
        if found != expected:
            faults.append("counts differ from a batch computation's")
        repeats = len(everything(self._broker.servers, TOPIC)) - len(counted)
        windows = len({start for start, _ in found})
        return Result(len(answered), load.retries, len(counted), windows, repeats, faults)

    def _counts(self, engine: Engine) -> dict[tuple[int, str], list[int]]:
        bundle = BundleStore(self._home.bundles).take()
        reads = DriftReads(engine)
        return {
            (window.start, segment): counts.tolist()
            for window in reads.windows(None, None, 1_000)
            for segment, counts in reads.counts(bundle.hash, (window.start, window.start + 1)).items()
        }

    def _batch(self, engine: Engine) -> dict[tuple[int, str], list[int]]:
        """Counts by window and segment of all recorded decisions, at once."""
        bundle = BundleStore(self._home.bundles).take()
        with engine.connect() as connection:
            records = [from_row(row) for row in connection.execute(select(DECISIONS)).mappings()]
        place = Place(TOPIC, 0)
        messages = [Received(place, 0, b"", to_event(record, "").SerializeToString()) for record in records]
        (rows,) = Intake(WatchedBundles(BundleStore(self._home.bundles)), "", 0.0)(messages).counted
        layout = Layout(Reference.from_json(bundle.read(REFERENCE).decode()))
        starts = rows.decided_at // (WINDOW * 10**6) * (WINDOW * 10**6)
        segments = np.array(rows.segments)
        found = {}
        for start, segment in set(zip(starts.tolist(), rows.segments, strict=True)):
            of = (starts == start) & (segments == segment)
            found[start, segment] = layout.count(rows.bins[of], rows.grid[of], rows.decisions[of]).tolist()
        return found


def _counted(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.execute(select(PREDICTIONS.c.prediction_id)).scalars())
