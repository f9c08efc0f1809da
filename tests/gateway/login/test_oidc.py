"""Signing in at a provider that is another's program, as browsers do it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.databases import free_port
from tests.gateway.process import Gateway, gateway_process

PEOPLE = {
    "ana": {"preferred_username": "ana", "roles": ["credit-analyst"]},
    "vic": {"preferred_username": "vic", "roles": "credit-viewer"},
    "eve": {"preferred_username": "eve", "roles": ["another"]},
}


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a provider that knows ``PEOPLE``."""
    port = free_port()
    people = [one for sub, claims in PEOPLE.items() for one in ("--user-claims", json.dumps({"sub": sub} | claims))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *people]
    with (tmp_path_factory.mktemp("provider") / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while True:
            try:
                httpx2.get(f"{address}/jwks").raise_for_status()
                break
            except httpx2.TransportError:
                assert time.monotonic() < end, "the provider does not serve"
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def gateway(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that knows the provider, under a path."""
    port = str(free_port())
    settings = {
        "PORT": port,
        "ROOT_PATH": "/credit",
        "PUBLIC_URL": f"http://127.0.0.1:{port}/credit",
        "SECURE_COOKIES": "false",
        "LOG_LEVEL": "DEBUG",
        "OIDC_ISSUER": provider,
        "OIDC_CLIENT_ID": "credit",
        "OIDC_CLIENT_SECRET": "planted-client-secret",
        "OIDC_ANALYST": "credit-analyst; CN=analysts,OU=credit",
        "OIDC_VIEWER": "credit-viewer",
    }
    with gateway_process(tmp_path_factory.mktemp("gateway"), {}, **settings) as started:
        yield started


def come_back(browser: httpx2.Client, **form: str) -> httpx2.Response:
    """Follow the page's link, answer the provider, and come back."""
    page = browser.get("/credit/login?next=/credit/en/cases&language=fr")
    assert "Se connecter avec le compte de votre organisation" in page.text
    asking = browser.get("/credit/login/oidc?next=/credit/en/cases&language=fr")
    answered = browser.post(asking.headers["location"], data=form)
    return browser.get(answered.headers["location"])


@pytest.mark.parametrize(("sub", "role"), [("ana", "analyst"), ("vic", "viewer")])
def test_a_person_with_a_role_signs_in_and_out(gateway: Gateway, sub: str, role: str) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{gateway.port}") as browser:
        answer = come_back(browser, sub=sub)
        assert (answer.status_code, answer.headers["location"]) == (303, "/credit/en/cases")
        assert f"Signed in as {sub}." in browser.get("/credit/logout?language=en").text
        browser.post("/credit/logout")
        assert "Signed in" not in browser.get("/credit/logout?language=en").text
    line = gateway.lines("signed in")[-1]
    assert (line["user"], line["role"], line["by"]) == (sub, role, "provider")


def test_a_person_without_a_role_does_not(gateway: Gateway) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{gateway.port}") as browser:
        answer = come_back(browser, sub="eve")
        assert answer.status_code == 403
        assert "Votre compte n&#39;a aucun rôle ici." in answer.text
        assert "Signed in" not in browser.get("/credit/logout?language=en").text


def test_who_denies_at_the_provider_is_told(gateway: Gateway) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{gateway.port}") as browser:
        answer = come_back(browser, action="deny")
        assert answer.status_code == 403
        assert "ne vous a pas autorisé" in answer.text


def test_no_secret_of_the_flow_reaches_the_log(gateway: Gateway) -> None:
    with httpx2.Client(base_url=f"http://127.0.0.1:{gateway.port}") as browser:
        asking = browser.get("/credit/login/oidc")
        answered = browser.post(asking.headers["location"], data={"sub": "ana"})
        assert browser.get(answered.headers["location"]).status_code == 303
    sent = parse_qs(urlsplit(asking.headers["location"]).query)
    back = parse_qs(urlsplit(answered.headers["location"]).query)
    log = gateway.log.read_text(encoding="utf-8")
    for secret in (*sent["state"], *sent["nonce"], *sent["code_challenge"], *back["code"], "planted-client-secret"):
        assert secret not in log
    assert "verifier" not in log
