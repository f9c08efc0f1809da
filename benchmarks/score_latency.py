"""Latency of Score beside what it cannot do without: two gRPC calls with nothing in them, and one commit.

Two floors. *Echoes of bytes*: an echo of Score's sizes, an echo of ComputeFeatures' sizes and a SQLite commit
of a decision's size, one after another, added up. *Bare Score*: the same two RPCs with their messages, nested as
they are in Score, and the same commit; only the handlers are empty. Every round times all of them, so that
the machine's noise falls on all alike.

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
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np

from benchmarks.echo_server import SIZE, Commit
from creditrisk.api.feature.v1.feature_pb2 import ComputeFeaturesRequest
from creditrisk.api.feature.v1.feature_pb2_grpc import FeatureServiceStub
from creditrisk.api.scoring.v1.scoring_pb2 import ScoreRequest
from creditrisk.api.scoring.v1.scoring_pb2_grpc import ScoringServiceStub
from creditrisk.wire import to_applications
from trainer.frames import to_batch
from trainer.generator import generate
from trainer.local import running
from trainer.paths import Home

WARM_UP = 200
SCORE = "Score"
BARE = "bare Score"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--rounds", type=int, default=2_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Home(Path(scratch))
        home.bundles.symlink_to((chosen.home / "bundles").resolve())
        home.policy.write_text((chosen.home / "policy.toml").read_text())
        with (
            running(home, 0) as services,
            bare_server() as feature,
            bare_server(feature) as scoring,
        ):
            peers = Peers(services["scoring"].port, services["feature"].port, scoring, feature)
            report(measure(peers, Commit(home.root / "bare.db"), chosen.rounds))


@dataclass(frozen=True)
class Peers:
    """Ports: the services, and the bare servers that stand for them."""

    scoring: int
    feature: int
    bare_scoring: int
    bare_feature: int


def measure(peers: Peers, commit: Commit, rounds: int) -> dict[str, list[float]]:
    applications = to_applications(to_batch(generate(200, 5).train))
    score, bare_score = (ScoringServiceStub(channel(port)).Score for port in (peers.scoring, peers.bare_scoring))
    echoes = [channel(port).unary_unary("/bare/Echo") for port in (peers.bare_scoring, peers.bare_feature)]
    compute = FeatureServiceStub(channel(peers.feature)).ComputeFeatures
    times: dict[str, list[float]] = {
        "echo of Score's bytes": [],
        "echo of ComputeFeatures' bytes": [],
        "commit": [],
        BARE: [],
        SCORE: [],
    }
    request = ScoreRequest(request_id=uuid.uuid4().hex, application=applications[0])
    request.application.sk_id_curr = 1
    sizes = [
        score(request).ByteSize(),
        compute(ComputeFeaturesRequest(applications=[request.application])).ByteSize(),
    ]
    for turn in range(rounds + WARM_UP):
        application = applications[turn % len(applications)]
        application.sk_id_curr = turn + 1
        request = ScoreRequest(request_id=uuid.uuid4().hex, application=application)
        sent = [
            message.SerializeToString() for message in (request, ComputeFeaturesRequest(applications=[application]))
        ]
        took = [
            *(
                timed(echo, data, metadata=((SIZE, str(size)),))
                for echo, data, size in zip(echoes, sent, sizes, strict=True)
            ),
            timed(commit),
            timed(bare_score, request),
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
def bare_server(*next_port: int) -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.echo_server", *map(str, next_port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait()


def report(times: dict[str, list[float]]) -> None:
    table = {name: np.array(values) * 1e3 for name, values in times.items()}
    score, bare = table.pop(SCORE), table.pop(BARE)
    floors = {"echoes of bytes + commit, added up": np.add.reduce(list(table.values())), BARE: bare}
    print(f"{'ms, ' + str(len(score)) + ' rounds':36}{'p50':>8}{'p99':>8}")
    for name, values in (table | floors | {SCORE: score}).items():
        print(f"{name:36}{np.percentile(values, 50):8.3f}{np.percentile(values, 99):8.3f}")
    for name, values in floors.items():
        ratios = [np.percentile(score, q) / np.percentile(values, q) for q in (50, 99)]
        print(f"{'Score / ' + name:36}{ratios[0]:8.2f}{ratios[1]:8.2f}")


if __name__ == "__main__":
    main()
