"""compose.yaml, its files and the Dockerfile agree with the code: settings, ports, commands, extras."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from creditrisk.runtime.settings import ProcessSettings
from tests.databases import free_port
from tests.gateway.process import gateway_process
from trainer.__main__ import app
from trainer.local import Service

ROOT = Path(__file__).parents[2]
SERVICES = ("feature", "scoring", "explain", "drift")
OURS = (*SERVICES, "gateway")
TARGETS = {"trainer": "trainer", "gateway": "gateway"}
"""Stages of the Dockerfile, of what is no service."""
DRAINS = 3
"""Times that drift, on SIGTERM, waits for up to DRAIN seconds; the others do less often."""
REFERENCE = r"\$\{\w+:\?[^}]+\}"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]

Compose = dict[str, Any]


def read(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


COMPOSE: Compose = read("compose.yaml")


def settings_class(name: str) -> type[ProcessSettings]:
    module = "gateway.settings" if name == "gateway" else f"services.{name}.settings"
    members = vars(import_module(module)).values()
    (found,) = (
        one
        for one in members
        if isinstance(one, type) and issubclass(one, ProcessSettings) and one.__module__ == module
    )
    return found


def environment(compose: Compose, name: str) -> dict[str, str]:
    """A service's variables, secrets filled in."""
    given = compose["services"][name].get("environment", {})
    return {key: re.sub(REFERENCE, "0123456789abcdef" * 2, str(value)) for key, value in given.items()}


def settings(compose: Compose, name: str) -> ProcessSettings:
    return settings_class(name)(**{key.lower(): value for key, value in environment(compose, name).items()})


def settings_faults(compose: Compose) -> Iterator[str]:
    for name in OURS:
        known = {field.upper() for field in settings_class(name).model_fields}
        for key in environment(compose, name).keys() - known:
            yield f"{name}: {key} is no setting"


def address_faults(compose: Compose) -> Iterator[str]:
    services = compose["services"]
    for name in OURS:
        for key, value in environment(compose, name).items():
            if key.endswith("_TARGET"):
                host, _, port = value.partition(":")
                if host not in OURS or port != str(settings(compose, host).port):
                    yield f"{name}: nobody serves {key} {value}"
            brokers = services["kafka"]["environment"]["KAFKA_ADVERTISED_LISTENERS"]
            if key == "KAFKA_BOOTSTRAP_SERVERS" and brokers != f"PLAINTEXT://{value}":
                yield f"{name}: no broker is at {value}"
            if key == "DATABASE_URL":
                made = (ROOT / "compose/postgres.sql").read_text(encoding="utf-8")
                databases = {
                    services["postgres"]["environment"]["POSTGRES_DB"],
                    *re.findall(r"CREATE DATABASE (\w+)", made),
                }
                host, _, database = value.partition("@")[2].partition("/")
                if host != "postgres" or database not in databases:
                    yield f"{name}: there is no database {host}/{database}"


def port_faults(compose: Compose) -> Iterator[str]:
    for name, service in compose["services"].items():
        for published in service.get("ports", []):
            if not re.fullmatch(r"127\.0\.0\.1:(\d+):\1", str(published)):
                yield f"{name}: {published} is not on loopback, or another port"
            elif name in OURS and not published.endswith(f":{settings(compose, name).port}"):
                yield f"{name}: does not listen on {published}"


def secret_faults(compose: Compose) -> Iterator[str]:
    for name, service in compose["services"].items():
        for key, value in service.get("environment", {}).items():
            secrets = re.findall(r"://[^:/@]*:(.*)@", str(value))
            if re.search("PASSWORD|SECRET|KEY|TOKEN", key):
                secrets.append(str(value))
            if not all(re.fullmatch(REFERENCE, secret) for secret in secrets):
                yield f"{name}: {key} holds a secret"


def confinement_faults(compose: Compose) -> Iterator[str]:
    for name, service in compose["services"].items():
        if not service.get("read_only"):
            yield f"{name}: may write to its root"
        if service.get("cap_drop") != ["ALL"] or "no-new-privileges:true" not in service.get("security_opt", []):
            yield f"{name}: has privileges"
        if "image" in service and not re.fullmatch(r"[\w./-]+:v?\d+\.\d+[\d.]*", service["image"]):
            yield f"{name}: {service['image']} is not pinned"


def life_faults(compose: Compose) -> Iterator[str]:
    services = compose["services"]
    for name, service in services.items():
        if "healthcheck" not in service and name != "trainer":
            yield f"{name}: nobody knows whether it is well"
        for other, needed in service.get("depends_on", {}).items():
            if needed["condition"] == "service_healthy" and "healthcheck" not in services[other]:
                yield f"{name}: waits for {other} for ever"
            if needed["condition"] == "service_completed_successfully" and services[other].get("restart") != "no":
                yield f"{name}: {other} does not complete"
    for name in OURS:
        grace = float(services[name].get("stop_grace_period", "10s").removesuffix("s"))
        if grace <= DRAINS * settings(compose, name).drain:
            yield f"{name}: is killed as it drains"


def build_faults(compose: Compose) -> Iterator[str]:
    stages = re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE)
    for name in (*OURS, "trainer"):
        build = compose["services"][name]["build"]
        if build["args"]["SERVICE"] != name or name not in EXTRAS:
            yield f"{name}: is built as {build['args']['SERVICE']}"
        if build.get("target", stages[-1]) != TARGETS.get(name, "service"):
            yield f"{name}: is built to {build.get('target')}"
    commands = {one.name for one in app.registered_commands}
    if compose["services"]["trainer"]["command"][0] not in commands:
        yield "trainer: has no such command"


def volume_faults(compose: Compose) -> Iterator[str]:
    for name, service in compose["services"].items():
        for mounted in service.get("volumes", []):
            source = mounted.partition(":")[0]
            if not ((ROOT / source).is_file() if source.startswith("./") else source in compose["volumes"]):
                yield f"{name}: there is no {source} to mount"


CHECKS = (
    settings_faults,
    address_faults,
    port_faults,
    secret_faults,
    confinement_faults,
    life_faults,
    build_faults,
    volume_faults,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_wrong(check: Any) -> None:
    assert not list(check(COMPOSE))


@pytest.mark.parametrize(
    ("check", "at", "value", "fault"),
    [
        (settings_faults, "scoring environment DATABASE_URI", "x", "DATABASE_URI is no setting"),
        (address_faults, "explain environment SCORING_TARGET", "scoring:50051", "nobody serves SCORING_TARGET"),
        (address_faults, "scoring environment FEATURE_TARGET", "features:50051", "nobody serves FEATURE_TARGET"),
        (address_faults, "feature environment PORT", 50061, "nobody serves FEATURE_TARGET"),
        (address_faults, "drift environment KAFKA_BOOTSTRAP_SERVERS", "kafka:9093", "no broker is at kafka:9093"),
        (
            address_faults,
            "drift environment DATABASE_URL",
            "postgresql://u@postgres/state",
            "no database postgres/state",
        ),
        (port_faults, "scoring ports", ["50052:50052"], "is not on loopback"),
        (port_faults, "grafana ports", ["0.0.0.0:3000:3000"], "is not on loopback"),
        (port_faults, "explain ports", ["127.0.0.1:50052:50052"], "does not listen on"),
        (secret_faults, "scoring environment PSEUDONYM_KEY", "a key of sixteen", "PSEUDONYM_KEY holds a secret"),
        (secret_faults, "postgres environment POSTGRES_PASSWORD", "${P:-postgres}", "POSTGRES_PASSWORD holds a secret"),
        (
            secret_faults,
            "drift environment DATABASE_URL",
            "postgresql://u:p@postgres/drift",
            "DATABASE_URL holds a secret",
        ),
        (confinement_faults, "feature read_only", False, "may write to its root"),
        (confinement_faults, "kafka cap_drop", ["CHOWN"], "has privileges"),
        (confinement_faults, "redis image", "redis:latest", "redis:latest is not pinned"),
        (confinement_faults, "redis image", "redis", "redis is not pinned"),
        (life_faults, "drift stop_grace_period", "30s", "is killed as it drains"),
        (life_faults, "trainer restart", "always", "trainer does not complete"),
        (build_faults, "drift build args SERVICE", "scoring", "drift: is built as scoring"),
        (build_faults, "trainer build target", "service", "trainer: is built to service"),
        (build_faults, "trainer command", ["train"], "has no such command"),
        (
            volume_faults,
            "prometheus volumes",
            ["./compose/prom.yml:/etc/prometheus/prometheus.yml"],
            "no ./compose/prom",
        ),
        (volume_faults, "kafka volumes", ["logs:/var/lib/kafka/data"], "no logs to mount"),
    ],
)
def test_a_planted_fault_is_found(check: Any, at: str, value: object, fault: str) -> None:
    planted = deepcopy(COMPOSE)
    *path, last = at.split()
    place = planted["services"]
    for key in path:
        place = place[key]
    place[last] = value
    assert any(fault in found for found in check(planted))


@pytest.mark.parametrize("name", ["feature", "kafka"])
def test_a_service_without_a_healthcheck_is_found(name: str) -> None:
    planted = deepcopy(COMPOSE)
    del planted["services"][name]["healthcheck"]
    found = list(life_faults(planted))
    assert f"{name}: nobody knows whether it is well" in found
    assert f"scoring: waits for {name} for ever" in found


def test_prometheus_asks_every_service() -> None:
    (job,) = read("compose/prometheus.yml")["scrape_configs"]
    (targets,) = (one["targets"] for one in job["static_configs"])
    ports = {name: getattr(settings(COMPOSE, name), "metrics_port", settings(COMPOSE, name).port) for name in OURS}
    assert sorted(targets) == sorted(f"{name}:{port}" for name, port in ports.items())


def test_grafana_asks_prometheus() -> None:
    (source,) = read("compose/grafana.yml")["datasources"]
    assert source["url"] == "http://prometheus:9090"
    assert "prometheus" in COMPOSE["services"]


def probe(name: str, port: int) -> int:
    kind, program, *arguments = COMPOSE["services"][name]["healthcheck"]["test"]
    assert (kind, program) == ("CMD", "python")
    command = [sys.executable, *arguments]
    return subprocess.run(command, env={"PORT": str(port)}, capture_output=True, check=False).returncode


@pytest.mark.parametrize("name", SERVICES)
def test_the_healthcheck_tells_a_service_that_serves(name: str, services: dict[str, Service]) -> None:
    assert probe(name, services[name].port) == 0
    assert probe(name, free_port()) != 0


def test_the_healthcheck_tells_a_gateway_that_serves(services: dict[str, Service], tmp_path: Path) -> None:
    targets = {name: service.target for name, service in services.items()}
    with gateway_process(tmp_path, targets) as started:
        assert probe("gateway", started.port) == 0
    assert probe("gateway", free_port()) != 0


def copied() -> set[str]:
    """What the Dockerfile copies from the project."""
    found = set()
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        *sources, _ = line.split()
        found |= {source.replace("${SERVICE}", name) for source in sources for name in SERVICES}
    return found


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    passed = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    for source in copied():
        assert (ROOT / source).exists(), source
        assert source.partition("/")[0] in passed, source
    assert passed == {source.partition("/")[0] for source in copied()}


def test_nobody_in_an_image_is_root() -> None:
    for stage in re.split(r"^FROM .* AS ", DOCKERFILE, flags=re.MULTILINE):
        if "ENTRYPOINT" in stage:
            assert re.findall(r"^USER (\S+)$", stage, re.MULTILINE) == ["10001:10001"], stage


def test_the_installer_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    (block,) = re.findall(r"^uv==.*?# via", lock, re.MULTILINE | re.DOTALL)
    assert "--hash=sha256:" in block
