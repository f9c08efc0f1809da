"""A service that cannot serve says why in one line, and ends with exit code 1."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.databases import free_port
from trainer.histories.materialize import histories_url
from trainer.paths import Home


def refused(name: str, home: Home, folder: Path, **settings: str) -> str:
    """What a service that ends at its start says."""
    environment = {
        "HOST": "127.0.0.1",
        "PORT": "0",
        "METRICS_PORT": "0",
        "BUNDLE_STORE": str(home.bundles),
        "POLICY": str(home.policy),
        "DATABASE_URL": f"sqlite:///{folder / 'd.db'}",
        "HISTORIES_URL": histories_url(home),
    } | {key.upper(): value for key, value in settings.items()}
    ended = subprocess.run(
        [sys.executable, "-m", f"services.{name}"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1, ended
    assert "Traceback" not in ended.stderr
    # Settings are read before there is a log. gRPC's core says on stderr, in its own words, that a port is taken.
    (line,) = (ended.stdout or ended.stderr).strip().splitlines()
    if line.startswith("{"):
        said = json.loads(line)
        assert said["level"] == "CRITICAL"
        return str(said["message"])
    return line


@pytest.mark.parametrize("name", ["feature", "scoring", "explain"])
def test_a_damaged_bundle(name: str, home: Home, tmp_path: Path) -> None:
    shutil.copytree(home.bundles, tmp_path / "bundles")
    damaged = next((tmp_path / "bundles").glob("*/schema.json"))
    damaged.write_bytes(damaged.read_bytes()[:-10] + b" " * 10)
    said = refused(name, home, tmp_path, bundle_store=str(tmp_path / "bundles"))
    assert "schema.json" in said
    assert "SHA-256" in said


def test_no_bundle(home: Home, tmp_path: Path) -> None:
    assert "trainer fit" in refused("feature", home, tmp_path, bundle_store=str(tmp_path / "none"))


def test_a_wrong_policy(home: Home, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('version = "1"\n[cut_off]\nthreshold = 2.0\n', encoding="utf-8")
    said = refused("scoring", home, tmp_path, policy=str(policy))
    assert "policy.toml" in said
    assert "threshold" in said


@pytest.mark.parametrize("name", ["feature", "scoring", "explain"])
def test_a_port_that_is_taken(name: str, home: Home, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"PORT {port}" in refused(name, home, tmp_path, port=port)
        assert f"METRICS_PORT {port}" in refused(name, home, tmp_path, metrics_port=port)


@pytest.mark.parametrize(
    ("url", "says"), [("", "HISTORIES_URL is required"), ("postgresql://localhost/histories", "HISTORIES_URL: use")]
)
def test_no_store_of_the_histories_that_the_bundle_takes(url: str, says: str, home: Home, tmp_path: Path) -> None:
    assert says in refused("feature", home, tmp_path, histories_url=url)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"database_url": "mysql://nowhere/decisions"}, "DATABASE_URL is of mysql"),
        ({"database_url": "decisions.db"}, "DATABASE_URL is no URL"),
        ({"database_url": "sqlite:////dev/null/decisions.db"}, "DATABASE_URL"),
        ({"port": "http"}, "PORT"),
        ({"max_deadline": "0"}, "MAX_DEADLINE"),
    ],
)
def test_a_wrong_setting(settings: dict[str, str], says: str, home: Home, tmp_path: Path) -> None:
    assert says in refused("scoring", home, tmp_path, **settings)


def test_a_database_that_is_none(home: Home, tmp_path: Path) -> None:
    (tmp_path / "d.db").write_bytes(b"this is no database, and must not be overwritten")
    assert "not a database" in refused("scoring", home, tmp_path)


def test_a_database_that_does_not_answer(home: Home, tmp_path: Path) -> None:
    nowhere = f"postgresql://postgres@127.0.0.1:{free_port()}/postgres"
    assert "refused" in refused("scoring", home, tmp_path, database_url=nowhere)
