"""The chaos test, over and over: does drift count exactly what was answered, whatever dies meanwhile?

    python -m benchmarks.chaos --home var --runs 20

Each run starts the real broker, a real PostgreSQL and two replicas of scoring and drift, and torments them as
tests/e2e/chaos.py says. ``--home``: where a bundle is published.
"""

import argparse
import tempfile
import time
from pathlib import Path

from creditrisk.wire import to_applications
from tests.databases import postgres_server
from tests.e2e.chaos import Chaos
from tests.e2e.system import launcher
from tests.kafka.broker import running
from trainer.frames import ID, to_batch
from trainer.generator import generate
from trainer.paths import Home

APPLICATIONS = 300


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--runs", type=int, default=20)
    chosen = parser.parse_args()
    frame = generate(APPLICATIONS, 11).train
    applications = to_applications(to_batch(frame))
    for application, applicant in zip(applications, frame[ID], strict=True):
        application.sk_id_curr = applicant
    exact = 0
    for number in range(1, chosen.runs + 1):
        begun = time.monotonic()
        with (
            tempfile.TemporaryDirectory(prefix="chaos-", ignore_cleanup_errors=True) as folder,
            postgres_server() as postgres,
            running() as broker,
            launcher(Home(chosen.home.resolve()), Path(folder)) as launch,
        ):
            result = Chaos(launch, Home(chosen.home.resolve()), broker, postgres.url).run(applications)
        exact += not result.faults
        print(f"{number:2} in {time.monotonic() - begun:.0f} s: {result}", flush=True)
    print(f"{exact} of {chosen.runs} runs exact")


if __name__ == "__main__":
    main()
