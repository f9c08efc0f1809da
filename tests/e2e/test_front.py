"""The gateway of `make run`: in front of all services, and gone with them."""

import json
from pathlib import Path
from urllib.request import urlopen

from trainer.front import gateway
from trainer.local import Service
from trainer.paths import Home


def test_the_gateway_stands_in_front_of_the_services(services: dict[str, Service], tmp_path: Path) -> None:
    with gateway(Home(tmp_path), 0, services) as front:
        with urlopen(f"http://{front.target}/healthz", timeout=10) as answer:
            assert set(json.load(answer)["services"]) == set(services)
        with urlopen(front.metrics, timeout=10) as answer:  # noqa: S310 - our own address
            assert "http_server_requests_total" in answer.read().decode()
        front.check_running()
    assert front.process.returncode == 0
