"""schemathesis on the description, with real services behind it: whatever it tries is answered as described."""

import json
import os
import re
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.process import Gateway

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PROGRAM = Path(sysconfig.get_path("scripts")) / "schemathesis"
HOOKS = {"SCHEMATHESIS_HOOKS": "tests.gateway.schemathesis_hooks", "PYTHONPATH": str(ROOT)}


def tried(folder: Path, description: str, *arguments: str) -> tuple[int, int, str]:
    """How many cases a run tries, how many distinct failures it finds, and what it says."""
    command = [PROGRAM, "--config-file", HERE / "schemathesis.toml", "run", description, "--no-color", *arguments]
    ran = subprocess.run(
        command, cwd=folder, env=os.environ | HOOKS, capture_output=True, text=True, check=False, timeout=1_800
    )
    (cases,) = re.findall(r"(\d+) generated", ran.stdout) or [ran.stdout + ran.stderr]
    failures = re.findall(r"(\d+) unique failure", ran.stdout)
    assert (ran.returncode == 0) == (not failures), ran.stdout + ran.stderr
    return int(cases), sum(map(int, failures)), ran.stdout


@pytest.mark.parametrize(
    ("phases", "examples", "least"),
    [
        ("examples,fuzzing", "20", 200),
        pytest.param("examples,coverage,fuzzing", "200", 5_000, marks=pytest.mark.full),
    ],
    ids=["short", "whole"],
)
def test_what_is_described_holds(
    gateway: Gateway,
    tmp_path: Path,
    phases: str,
    examples: str,
    least: int,
    record_property: Callable[[str, Any], None],
) -> None:
    description = f"http://127.0.0.1:{gateway.port}/openapi.json"
    cases, failures, said = tried(tmp_path, description, "--phases", phases, "--max-examples", examples)
    record_property("cases", cases)
    print(f"{cases} cases, {failures} failures")
    assert failures == 0, said
    assert cases >= least
    assert gateway.get("/healthz").status == 200


def wrong_type(described: dict[str, Any]) -> None:
    described["components"]["schemas"]["GetModelResponse"]["properties"]["modelVersion"]["type"] = "integer"


def undocumented_status(described: dict[str, Any]) -> None:
    del described["paths"]["/v1/model"]["get"]["responses"]["400"]


def parameter_that_is_not_there(described: dict[str, Any]) -> None:
    described["paths"]["/v1/model"]["get"]["parameters"].append(
        {"name": "of", "in": "query", "required": True, "schema": {"type": "string"}}
    )


@pytest.mark.parametrize("plant", [wrong_type, undocumented_status, parameter_that_is_not_there])
def test_a_description_that_is_wrong_is_found(
    gateway: Gateway, tmp_path: Path, plant: Callable[[dict[str, Any]], None]
) -> None:
    described = gateway.get("/openapi.json").json
    plant(described)
    (tmp_path / "openapi.json").write_text(json.dumps(described), encoding="utf-8")
    only = ("--include-operation-id", "GetModel", "--url", f"http://127.0.0.1:{gateway.port}")
    _, failures, _ = tried(tmp_path, "openapi.json", *only, "--phases", "coverage", "--max-examples", "5")
    assert failures >= 1
