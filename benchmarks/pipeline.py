"""Time and peak memory of the whole pipeline on generated applicants, and how they grow with their number.

Each step is a process of its own, as a user would run it: all seven tables, the fit with its reports, the online store.

    python -m benchmarks.pipeline --home /tmp/pipeline --shares 0.1 0.3 1
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic

KAGGLE = 307_511
"""Labelled applications of Home Credit's table."""
STEPS = ("data", "fit", "materialize")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.1, 1.0])
    chosen = parser.parse_args()
    print("| applicants | step | s | CPU s | peak MB |\n| --- | --- | --- | --- | --- |", flush=True)
    for share in chosen.shares:
        rows, home = round(share * KAGGLE), chosen.home / f"{share:g}"
        shutil.rmtree(home, ignore_errors=True)
        for step in STEPS:
            options = ["--rows", str(rows)] if step == "data" else []
            seconds, cpu, peak = measured([step, *options, "--home", str(home)], chosen.home / f"{share:g}-{step}.log")
            print(f"| {rows:,} | {step} | {seconds:.0f} | {cpu:.0f} | {peak:,.0f} |", flush=True)


def measured(arguments: list[str], log: Path) -> tuple[float, float, float]:
    """Seconds, CPU seconds and peak resident MB of a trainer's command."""
    log.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CREDITRISK_")}
    begun = monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "trainer", *arguments], stdout=output, stderr=output, env=kept
        )
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{arguments[0]} ended with {os.waitstatus_to_exitcode(status)}; see {log}")
    return monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
