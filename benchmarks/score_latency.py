"""Latency of Score beside what it cannot do without: two bare gRPC echoes of the same sizes and one commit.

The floor is measured in two ways: the parts one after another (an echo of Score's sizes, an echo of
ComputeFeatures' sizes, a SQLite commit of a decision's size, added up), and nested as in Score (a bare
server that calls a second one and commits). Every round times all of them, so that the machine's noise
falls on all alike.

    python -m benchmarks.score_latency --home var --rounds 2000
"""

import argparse
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import numpy as np

from benchmarks.echo_server import NEXT, NEXT_SIZE, SIZE, Commit
from creditrisk.api.feature.v1.feature_pb2 import ComputeFeaturesRequest
from creditrisk.api.feature.v1.feature_pb2_grpc import FeatureServiceStub
from creditrisk.api.scoring.v1.scoring_pb2 import ScoreRequest
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.wire import to_applications
from trainer.frames import TRAIN, to_batch
from trainer.generator import generate
from trainer.local import running
from trainer.paths import Home

WARM_UP = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--rounds", type=int, default=2_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        home.bundles.symlink_to((chosen.home / "bundles").resolve())
        home.policy.write_text((chosen.home / "policy.toml").read_text())
        with running(home, 0) as services, bare_server() as first, bare_server() as second:
            ports = (services["scoring"].port, services["feature"].port, first, second)
            report(measure(*ports, Commit(home.root / "bare.db"), chosen.rounds))


def measure(scoring: int, feature: int, first: int, second: int, commit: Commit, rounds: int) -> dict[str, list[float]]:
    applications = to_applications(to_batch(generate(200, 5)[TRAIN]))
    score = ScoringServiceStub(channel(scoring)).Score
    compute = FeatureServiceStub(channel(feature)).ComputeFeatures
    bare_first, bare_second = (channel(port).unary_unary("/bare/Echo") for port in (first, second))
    times: dict[str, list[float]] = {
        "echo of Score": [],
        "echo of ComputeFeatures": [],
        "commit": [],
        "nested": [],
        "Score": [],
    }
    sizes: tuple[str, str] | None = None
    for turn in range(rounds + WARM_UP):
        application = applications[turn % len(applications)]
        application.sk_id_curr = turn + 1
        request = ScoreRequest(request_id=uuid.uuid4().hex, application=application)
        inner = ComputeFeaturesRequest(applications=[application])
        if sizes is None:
            sizes = (str(score(request).ByteSize()), str(compute(inner).ByteSize()))
            request.request_id = uuid.uuid4().hex
        whole, part = request.SerializeToString(), inner.SerializeToString()
        took = [
            timed(bare_first, whole, metadata=((SIZE, sizes[0]),)),
            timed(bare_second, part, metadata=((SIZE, sizes[1]),)),
            timed(commit),
            timed(bare_first, whole, metadata=((SIZE, sizes[0]), (NEXT, str(second)), (NEXT_SIZE, sizes[1]))),
            timed(score, request),
        ]
        if turn >= WARM_UP:
            for name, seconds in zip(times, took, strict=True):
                times[name].append(seconds)
    return times


def channel(port: int) -> grpc.Channel:
    return grpc.insecure_channel(f"127.0.0.1:{port}")


def timed(call: Callable[..., object], *arguments: object, **options: object) -> float:
    begun = time.perf_counter()
    call(*arguments, **options)
    return time.perf_counter() - begun


@contextmanager
def bare_server() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.echo_server"], stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def report(times: dict[str, list[float]]) -> None:
    table = {name: np.array(values) * 1e3 for name, values in times.items()}
    score = table["Score"]
    floors = {
        "two echoes + commit, added up": table["echo of Score"] + table["echo of ComputeFeatures"] + table["commit"],
        "two echoes + commit, nested": table.pop("nested"),
    }
    print(f"{'ms, ' + str(len(score)) + ' rounds':36}{'p50':>8}{'p99':>8}")
    for name, values in (table | floors).items():
        print(f"{name:36}{np.percentile(values, 50):8.3f}{np.percentile(values, 99):8.3f}")
    for name, values in floors.items():
        ratios = [np.percentile(score, q) / np.percentile(values, q) for q in (50, 99)]
        print(f"{'Score / ' + name:36}{ratios[0]:8.2f}{ratios[1]:8.2f}")


if __name__ == "__main__":
    main()
