"""Histories online: what they take, how fast they are written and read, in a SQLite file and on a Valkey server.

    python -m benchmarks.history_store --applicants 100000

The vectors are the aggregates of some thousand generated applicants, given to others again and again. Reads are of
applicants drawn at random, one call at a time, through the stores' own code. "Of the loop": CPU a call takes on the
event loop's own thread, median: as long as others wait for their turn.
"""

import argparse
import asyncio
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import redis
from numpy.typing import NDArray

from creditrisk.features.history import AGGREGATES, LAYOUT
from creditrisk.stores.histories import HistoryStore, Part, open_histories
from tests.valkey import valkey_server
from trainer.generator import generate
from trainer.histories.part import known

FIRST = 100_002
PART = 10_000
MODELS = 3_000
"""Applicants generated."""
SIZES = {1: 3_000, 1_000: 100}
"""Applicants a call, and calls."""
TIMEOUT = 30.0


class Set:
    """A set of ``applicants`` made of the vectors there are."""

    def __init__(self, vectors: NDArray[np.float32], applicants: int) -> None:
        self._vectors = vectors
        self.applicants = applicants

    def parts(self) -> Iterator[Part]:
        for start in range(0, self.applicants, PART):
            places = np.arange(start, min(start + PART, self.applicants))
            yield FIRST + places, self._vectors[places % len(self._vectors)]


def packing(vectors: NDArray[np.float32]) -> None:
    raw = [one.tobytes() for one in vectors]
    begun = time.process_time()
    packed = [zlib.compress(one) for one in raw]
    packing = time.process_time() - begun
    begun = time.process_time()
    for one in packed:
        zlib.decompress(one)
    unpacking = time.process_time() - begun
    size = sum(map(len, packed)) / len(packed)
    print(
        f"A vector of {vectors.shape[1]} values, {np.isnan(vectors).mean():.0%} missing and "
        f"{(vectors == 0).mean():.0%} zero, takes {size:.0f} bytes packed, of {len(raw[0]):,}; "
        f"packing takes {packing / len(raw) * 1e6:.0f} µs of CPU, unpacking {unpacking / len(raw) * 1e6:.1f} µs.\n"
    )


def written(store: HistoryStore, of: Set) -> float:
    """Seconds to replace a set by another."""
    store.replace(datetime.now(UTC), of.parts())
    begun = time.perf_counter()
    store.replace(datetime.now(UTC), of.parts())
    return time.perf_counter() - begun


async def read(url: str, applicants: int) -> str:
    """The columns of a row: what a call takes, and what it takes of the event loop's own time."""
    random = np.random.default_rng(1)
    columns = []
    async with aclosing(open_histories(url, LAYOUT, len(AGGREGATES))) as store:
        for size, calls in SIZES.items():
            took, busy = [], []
            for _ in range(calls):
                wanted = (FIRST + random.integers(0, applicants, size)).tolist()
                begun, working = time.perf_counter(), time.thread_time()
                found = await store.read(wanted, TIMEOUT)
                took.append(time.perf_counter() - begun)
                busy.append(time.thread_time() - working)
                assert found.known.all()
            columns += [np.percentile(took, 50), np.percentile(took, 99), np.percentile(busy, 50)]
    return " | ".join(f"{column * 1e6:,.0f}" for column in columns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=100_000)
    applicants = parser.parse_args().applicants
    generated = generate(MODELS, 1)
    vectors = known(generated.histories(0, 2**53)).matrix
    packing(vectors)
    of = Set(vectors, applicants)
    print("| | MB | written a second | 1: p50, µs | p99 | of the loop | 1,000: p50, µs | p99 | of the loop |")
    print("| --- " * 9 + "|")
    with tempfile.TemporaryDirectory() as folder, valkey_server() as server:
        file = Path(folder) / "histories.db"
        for name, url in (("SQLite", f"sqlite:///{file}"), ("Valkey", server.url)):
            seconds = written(open_histories(url, LAYOUT, len(AGGREGATES)), of)
            reads = asyncio.run(read(url, applicants))
            if name == "SQLite":
                size = file.stat().st_size
            else:
                with redis.Redis.from_url(url) as client:
                    size = client.info("memory")["used_memory_dataset"]
            print(f"| {name} | {size / 1e6:.0f} | {applicants / seconds:,.0f} | {reads} |")


if __name__ == "__main__":
    main()
