"""The gateway of `make run`: in front of all services, and gone with them."""

import json
from pathlib import Path
from urllib.request import urlopen

import httpx2

from trainer.front import gateway, new_users
from trainer.local import Service
from trainer.paths import Home


def test_the_gateway_stands_in_front_of_the_services(services: dict[str, Service], tmp_path: Path) -> None:
    home = Home(tmp_path)
    new_users(home)
    with gateway(home, 0, services) as front:
        with urlopen(f"http://{front.target}/healthz", timeout=10) as answer:
            assert set(json.load(answer)["services"]) == set(services)
        with urlopen(front.metrics, timeout=10) as answer:  # noqa: S310 - our own address
            assert "http_server_requests_total" in answer.read().decode()
        front.check_running()
    assert front.process.returncode == 0


def test_people_sign_in_with_the_passwords_of_this_start(services: dict[str, Service], tmp_path: Path) -> None:
    home = Home(tmp_path)
    before, now = new_users(home), new_users(home)
    assert before.keys() == now.keys() == {"analyst", "viewer"}
    with gateway(home, 0, services) as front, httpx2.Client(base_url=f"http://{front.target}") as browser:
        for name in now:
            assert browser.post("/login", data={"name": name, "password": before[name]}).status_code == 401
            assert browser.post("/login", data={"name": name, "password": now[name]}).status_code == 303
            assert name in browser.get("/logout").text
    kept = home.users.read_text(encoding="utf-8") + front.log.read_text(encoding="utf-8")
    assert not [password for password in (*before.values(), *now.values()) if password in kept]
