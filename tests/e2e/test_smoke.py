"""The main job as a user runs it: from nothing to scored applicants, and again with what is there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def demo(home: Path) -> str:
    kept = os.environ.keys() - {"CREDITRISK_DATA_DIR", "CREDITRISK_WITHOUT"}
    environment = {key: os.environ[key] for key in kept}
    command = [sys.executable, "-m", "trainer", "demo", "--exit", "--port", "0", "--home", str(home)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.full
def test_from_nothing_then_again(tmp_path: Path) -> None:
    first = demo(tmp_path)
    assert "SYNTHETIC" in first
    assert "APPROVE" in first
    assert "DECLINE" in first
    assert "scores from external sources" in first
    assert (tmp_path / "submission.csv").read_text().startswith("SK_ID_CURR,TARGET\n")

    second = demo(tmp_path)
    assert "cross-fitting" not in second
    # The same bundle and request ids: the recorded decisions are told again.
    assert table(second) == table(first)


def table(output: str) -> list[str]:
    return [line for line in output.splitlines() if "│" in line]
