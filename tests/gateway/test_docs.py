"""The documentation page: of this host alone, under any path."""

import re
from pathlib import Path

from tests.gateway.process import Gateway, gateway_process
from trainer.local import Service


def addresses(page: str) -> list[str]:
    """What a page loads from a server."""
    found = re.findall(r'(?:href|src)="([^"]*)"', page)
    return [one for one in found if not one.startswith("data:")]


def test_the_documentation_page_loads_nothing_from_elsewhere(gateway: Gateway) -> None:
    answer = gateway.get("/docs")
    loaded = addresses(answer.body.decode())
    assert len(loaded) == 3
    assert not [one for one in loaded if re.match(r"(\w+:)?//", one) or one.startswith("/")]
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {source for kind in policy.values() for source in kind.split()} <= {
        *("'none'", "'self'", "'unsafe-inline'", "data:")
    }
    assert b"validatorUrl: null" in gateway.get("/docs/start.js").body
    for one in loaded:
        assert gateway.get(f"/{one}").headers["content-type"].startswith("text/")


def test_under_a_path_page_and_description_are_found(services: dict[str, Service], tmp_path: Path) -> None:
    targets = {name: service.target for name, service in services.items()}
    with gateway_process(tmp_path, targets, ROOT_PATH="/credit/risk") as gateway:
        for before in ("", "/credit/risk"):
            assert gateway.get(f"{before}/openapi.json").json["servers"] == [{"url": "/credit/risk"}]
            page = gateway.get(f"{before}/docs").body.decode()
            for address in addresses(page):
                assert gateway.get(f"{before}/{address}").status == 200
            assert b'url: "openapi.json"' in gateway.get(f"{before}/docs/start.js").body
