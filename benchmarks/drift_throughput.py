"""Events a second that drift sustains on one core, and its memory; beside Evidently and a loop over scipy's tests.

    python -m benchmarks.drift_throughput --home var [--evidently PYTHON] [--events 1000000]

Ours is the whole path from message bytes to committed state (parse, check, bin, insert, count), through the
consumer's own code in polls of 1,000; then a report. The peers get 10,000 rows x 150 features as ready frames, in
memory, and judge them. ``--evidently``: an interpreter that has evidently (0.7.23 wants pandas < 3), run on the same
arrays. All on one core, in the same run. PostgreSQL's own processes have the other one.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import uuid_utils
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, ks_2samp

from creditrisk.api.event.v1.event_pb2 import PredictionEvent
from creditrisk.api.scoring.v1 import scoring_pb2
from creditrisk.drift.layout import Scored
from creditrisk.drift.reference import ALL
from creditrisk.events.consumer import Consumer
from creditrisk.events.source import Fetched, Received
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import ONNX, Bundle, BundleStore
from creditrisk.model.scorer import Scorer
from creditrisk.stores.drift_reads import DriftReads
from creditrisk.stores.drift_state import DriftState, Move, Place
from creditrisk.stores.engine import open_engine
from services.drift.bundles import WatchedBundles
from services.drift.intake import Intake
from tests.databases import postgres_server
from trainer.frames import to_batch
from trainer.generator import generate

ROWS = 10_000
FEATURES = 150
POLL = 1_000
DAY = 86_400 * 10**6
PLACE = Place("credit.predictions.v1", 0)
CODES = 20
"""A column with fewer distinct values is tested as one of categories."""
EVIDENTLY = """
import json, sys, time
import numpy as np, pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset
arrays = np.load(sys.argv[1])
names = [f"f{at}" for at in range(arrays["reference"].shape[1])]
reference, current = (pd.DataFrame(arrays[one], columns=names) for one in ("reference", "champion"))
times = []
for _ in range(3):
    begun = time.perf_counter()
    Report([DataDriftPreset()]).run(current, reference).dict()
    times.append(time.perf_counter() - begun)
print(json.dumps(times))
"""


class Stream:
    """A source of ever new events over the same vectors, a day's decisions after another's."""

    def __init__(self, bundle: Bundle, vectors: NDArray[np.float32]) -> None:
        scores = Scorer(bundle.read(ONNX)).score(vectors)
        threshold = bundle.manifest.proposed_threshold
        self._events = [
            PredictionEvent(
                contract_type="Cash loans",
                assessment=scoring_pb2.Assessment(
                    probability_of_default=pd,
                    calibrated_margin=margin,
                    decision=scoring_pb2.DECISION_DECLINE if pd >= threshold else scoring_pb2.DECISION_APPROVE,
                    threshold=threshold,
                    bundle_hash=bundle.hash,
                    vector=vector.astype("<f4").tobytes(),
                ),
            )
            for vector, pd, margin in zip(vectors, scores.pd, scores.calibrated, strict=True)
        ]
        self._next = 0
        self.making = 0.0

    def fetch(self) -> Fetched:
        begun = time.perf_counter()
        messages = []
        for at in range(self._next, self._next + POLL):
            event = self._events[at % len(self._events)]
            event.prediction_id = str(uuid_utils.uuid7())
            event.decided_at.FromMicroseconds(at // 100_000 * DAY + DAY)
            messages.append(Received(PLACE, at, b"", event.SerializeToString()))
        self.making += time.perf_counter() - begun
        return Fetched(messages, {PLACE: Move(self._next, self._next + POLL, None)})

    def applied(self, fetched: Fetched) -> None:
        self._next = fetched.moves[PLACE].next

    def rewind(self) -> None:
        raise AssertionError

    def close(self) -> None: ...


def consume(bundles: BundleStore, vectors: NDArray[np.float32], url: str, marks: list[int]) -> None:
    """Consume up to each of ``marks`` events; print the rate since the last and the memory."""
    bundle = bundles.take()
    source = Stream(bundle, vectors)
    watched = WatchedBundles(bundles)
    done, begun = 0, time.perf_counter()
    engine = url.partition(":")[0]
    with closing(DriftState(open_engine(url, 30.0), DAY)) as state:
        state.positions([PLACE])
        consumer = Consumer(source, state, Intake(watched, "outcomes", 0.0), lambda _: None)
        for mark in marks:
            since, source.making = done, 0.0
            cpu, begun = time.process_time(), time.perf_counter()
            while done < mark:
                consumer.step()
                done += POLL
            seconds = time.perf_counter() - begun - source.making
            cpu = time.process_time() - cpu - source.making
            print(
                f"| {engine}, {mark:,} events | {(mark - since) / seconds:,.0f} a second "
                f"| {cpu / (mark - since) * 1e6:.0f} µs CPU an event | {resident():.0f} MB resident |"
            )
        reads = DriftReads(state._engine)  # noqa: SLF001 - the one connection pool
        newest = reads.windows(bundle.hash, None, 1)[0]
        times = []
        for _ in range(5):
            begun = time.perf_counter()
            counts = reads.counts(bundle.hash, (newest.start, newest.start + 1))
            compared = watched.of(bundle.hash).monitor.compare(counts)
            times.append(time.perf_counter() - begun)
        print(f"| {engine}, a report on {compared[ALL].rows:,} | {np.median(times) * 1e3:.0f} ms | | |")


def counting(bundles: BundleStore, vectors: NDArray[np.float32]) -> float:
    """Seconds to bin, count, measure and judge ready rows as the peers do: without messages or a state."""
    watched = WatchedBundles(bundles).of(bundles.take().hash)
    scores = Scorer(bundles.take().read(ONNX)).score(vectors)
    decisions = (scores.pd >= watched.layout.reference.threshold).astype(np.uint8) * 2
    scored = Scored(vectors, scores.pd, scores.calibrated, decisions, np.ones(len(vectors), dtype=bool))
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        bins, grid = watched.layout.bins(scored)
        watched.monitor.compare({"Cash loans": watched.layout.count(bins, grid, decisions)})
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def scipy_loop(reference: NDArray[np.float32], current: NDArray[np.float32]) -> float:
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        for before, after in zip(reference.T, current.T, strict=True):
            known = [one[~np.isnan(one)] for one in (before, after)]
            values = np.unique(np.concatenate(known))
            if len(values) < 2 or not all(map(len, known)):
                continue
            if len(values) < CODES:
                table = np.stack([[np.count_nonzero(one == value) for value in values] for one in known])
                chi2_contingency(table)
            else:
                ks_2samp(*known)
        times.append(time.perf_counter() - begun)
    return float(np.median(times))


def evidently(python: Path, reference: NDArray[np.float32], current: NDArray[np.float32]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "arrays.npz"
        np.savez(arrays, reference=reference, current=current)
        found = subprocess.run(
            [python, "-W", "ignore", "-c", EVIDENTLY, arrays], check=True, capture_output=True, text=True
        )
    return float(np.median(json.loads(found.stdout.splitlines()[-1])))


def resident() -> float:
    """Megabytes of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--evidently", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    chosen = parser.parse_args()
    bundles = BundleStore(chosen.home / "bundles")
    plan = FeaturePlan(bundles.take().schema)
    current, reference = (plan.compute(to_batch(generate(ROWS, seed).train)).matrix for seed in (1, 2))
    some = reference[:, :FEATURES], current[:, :FEATURES]
    with postgres_server() as postgres, tempfile.TemporaryDirectory() as folder:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[:1])
        print("| | rate | | |\n| --- | --- | --- | --- |")
        ours = counting(bundles, current)
        print(f"| ours, {ROWS:,} ready rows x {current.shape[1]} | {ROWS / ours:,.0f} rows a second | {ours:.2f} s | |")
        loop = scipy_loop(*some)
        print(f"| scipy loop, {ROWS:,} ready rows x {FEATURES} | {ROWS / loop:,.0f} rows a second | {loop:.2f} s | |")
        if chosen.evidently:
            peer = evidently(chosen.evidently, *some)
            print(
                f"| Evidently, {ROWS:,} ready rows x {FEATURES} | {ROWS / peer:,.0f} rows a second | {peer:.2f} s | |"
            )
        print(f"| before events | | | {resident():.0f} MB resident |")
        consume(bundles, current, postgres.url, [100_000])
        consume(bundles, current, f"sqlite:///{folder}/drift.db", [100_000, chosen.events])


if __name__ == "__main__":
    main()
