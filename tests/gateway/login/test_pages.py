"""The pages for signing in and out, on a gateway that runs: what they say, to whom, and what they do not."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import httpx2
import pytest
from argon2 import PasswordHasher

from gateway.texts import ENGLISH, LANGUAGES
from tests.gateway.login.site import PASSWORD, UsersFile
from tests.gateway.process import Gateway, gateway_process


class Elements(HTMLParser):
    """All elements of a page, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> UsersFile:
    file = UsersFile(tmp_path_factory.mktemp("users") / "users")
    file.hashes["ana"] = PasswordHasher().hash(PASSWORD)
    file.write(ana="analyst", vic="viewer")
    return file


@pytest.fixture(scope="module")
def started(users: UsersFile, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    settings = {"USERS": str(users.path), "SECURE_COOKIES": "false", "LOG_LEVEL": "DEBUG"}
    with gateway_process(folder, {}, **settings) as gateway:
        yield gateway


@contextmanager
def browsing(gateway: Gateway, **headers: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"http://127.0.0.1:{gateway.port}", headers=headers) as browser:
        yield browser


def test_the_page_is_whole_without_scripts_and_other_hosts(started: Gateway) -> None:
    with browsing(started) as browser:
        page = browser.get("/login")
    policy = page.headers["content-security-policy"]
    style = re.search(r"<style>(.*)</style>", page.text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert page.headers["cache-control"] == "no-store"
    elements = Elements(page.text)
    assert not elements.of("script")
    assert "://" not in page.text
    assert not [one for _, one in elements.found if any(name.startswith("on") or name == "style" for name in one)]


def test_inputs_have_labels_and_errors_are_tied_to_them(started: Gateway) -> None:
    with browsing(started) as browser:
        first = Elements(browser.get("/login").text)
        answer = browser.post("/login", data={"name": '"><b>ana', "password": "wrong"})
    assert [one["for"] for one in first.of("label")] == [one["id"] for one in first.of("input")] == ["name", "password"]
    assert [one["autocomplete"] for one in first.of("input")] == ["username", "current-password"]
    assert not [one for one in first.of("input") if "aria-invalid" in one or "aria-describedby" in one]
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text
    assert "<b>" not in answer.text
    wrong = Elements(answer.text)
    assert wrong.of("input")[0]["value"] == '"><b>ana'
    assert "value" not in wrong.of("input")[1]
    (alert,) = (one for one in wrong.of("p") if one.get("role") == "alert")
    for one in wrong.of("input"):
        assert (one["aria-describedby"], one["aria-invalid"]) == (alert["id"], "true")


@pytest.mark.parametrize(
    ("query", "accept", "code"),
    [
        ("", "fr-CH,en;q=0.5", "fr"),
        ("", "de,en;q=0.5", "en"),
        ("?language=fr", "en", "fr"),
        ("?language=en", "fr", "en"),
        ("?language=xx", "fr", "fr"),
        ("?next=/fr/x", "en", "fr"),
    ],
)
def test_the_language_is_the_askers(started: Gateway, query: str, accept: str, code: str) -> None:
    with browsing(started, Accept_Language=accept) as browser:
        browser.headers["Accept-Language"] = accept
        page = browser.get(f"/login{query}")
    assert f'<html lang="{code}">' in page.text
    assert "Accept-Language" in page.headers["vary"]
    (other,) = Elements(page.text).of("a")
    assert other["lang"] == ("en" if code == "fr" else "fr")


def test_the_french_page_stays_french(started: Gateway) -> None:
    with browsing(started) as browser:
        page = browser.get("/login?language=fr")
        assert "Mot de passe" in page.text
        (form,) = Elements(page.text).of("form")
        assert form["action"]
        wrong = browser.post(form["action"], data={"name": "ana", "password": "faux"})
        assert "Le nom d&#39;utilisateur ou le mot de passe est incorrect." in wrong.text
        signed_in = browser.post(form["action"], data={"name": "ana", "password": PASSWORD})
        assert signed_in.headers["location"] == "/fr/"
        assert "Connecté en tant que ana." in browser.get("/logout?language=fr").text
        assert "Vous êtes déconnecté." in browser.post("/logout?language=fr").text


def test_every_text_is_there_in_every_language() -> None:
    code = "".join(one.read_text(encoding="utf-8") for one in Path("gateway/login").glob("*.py"))
    texts = set(re.findall(r'\bsay\(\s*"([^"]+)"', code))
    assert len(texts) > 20
    for text in texts:
        values = dict.fromkeys(re.findall(r"{(\w+)}", text), "1")
        assert LANGUAGES["fr"].say(text, **values) != ENGLISH.say(text, **values), text


@pytest.mark.parametrize(
    "data", [{}, {"name": "ana"}, {"password": PASSWORD}, {"name": "ana", "password": "x" * 257}, {"name": "x" * 9_000}]
)
def test_a_form_that_is_none(started: Gateway, data: dict[str, str]) -> None:
    with browsing(started) as browser:
        answer = browser.post("/login", data=data)
        broken = browser.post("/login", content=b"\xff\xfe=%ff&password=%ff")
    assert answer.status_code == broken.status_code == 400
    assert "Enter name and password." in answer.text


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_another_sites_form_is_refused(started: Gateway, headers: dict[str, str]) -> None:
    with browsing(started) as browser:
        refused = browser.post("/login", data={"name": "ana", "password": PASSWORD}, headers=headers)
        assert refused.status_code == 403
        assert "set-cookie" not in refused.headers
        assert "Another site sent this" in refused.text
        browser.post("/login", data={"name": "ana", "password": PASSWORD})
        assert browser.post("/logout", headers=headers).status_code == 403
        assert "Signed in as ana." in browser.get("/logout").text


def test_other_verbs_and_ways_are_refused(started: Gateway) -> None:
    assert started.call("PUT", "/login").problem(405)
    assert started.get("/login/oidc").problem(404)
    assert started.get("/login/oidc/callback?code=a&state=b").problem(404)


def test_the_facade_has_no_sessions(started: Gateway) -> None:
    with browsing(started) as browser:
        browser.post("/login", data={"name": "ana", "password": PASSWORD})
        for path in ("/v1/model", "/openapi.json", "/metrics", "/healthz", "/nowhere"):
            answer = browser.get(path)
            assert "set-cookie" not in answer.headers
            assert "Cookie" not in answer.headers.get("vary", "")


def test_requests_are_counted_by_route(started: Gateway) -> None:
    with browsing(started) as browser:
        browser.get("/login?next=/en/planted-path")
    requests = {(name, labels): value for (name, labels), value in started.samples().items()}
    labels = frozenset({("method", "GET"), ("route", "/login"), ("status", "200")})
    assert requests["http_server_requests_total", labels] >= 1


def test_logs_say_who_signed_in_and_neither_passwords_nor_hashes(started: Gateway, users: UsersFile) -> None:
    shown = []
    with browsing(started) as browser:
        for name, password in (("ana", "planted-wrong-1"), ("planted-in-the-name-field", "x"), ("ana", PASSWORD)):
            shown.append(browser.post("/login", data={"name": name, "password": password}))
        shown.append(browser.get("/logout"))
        shown.append(browser.post("/logout"))
    log = started.log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in log.splitlines()]
    said = [one["message"] for one in lines if one["logger"] == "login"]
    assert "not signed in: wrong password of ana" in said
    assert "not signed in: wrong password of a name that nobody has" in said
    (first, *_) = started.lines("signed in")
    assert (first["user"], first["role"], first["by"], first["level"]) == ("ana", "analyst", "password", "INFO")
    assert started.lines("signed out")[-1]["user"] == "ana"
    answers = "".join(f"{one.headers}{one.text}" for one in shown)
    assert "planted-in-the-name-field" not in log
    for secret in (PASSWORD, "planted-wrong-1", "argon2id", *(one.split("$")[-1] for one in users.hashes.values())):
        assert secret not in log + answers


def test_without_a_way_to_sign_in_there_is_rest_only(tmp_path: Path) -> None:
    with gateway_process(tmp_path, {}) as gateway:
        (line,) = [one for one in gateway.log.read_text(encoding="utf-8").splitlines() if "no page" in one]
        assert "set USERS" in line
        for path in ("/login", "/logout", "/en/"):
            gateway.get(path).problem(404)
        assert gateway.get("/openapi.json").status == 200


def test_sessions_of_a_random_secret_are_said_to_end(started: Gateway) -> None:
    (line,) = [one for one in started.log.read_text(encoding="utf-8").splitlines() if "SESSION_SECRET" in one]
    assert "sessions end with this process" in line


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"USERS": "/nowhere/users"}, "USERS /nowhere/users: cannot be read"),
        ({"SESSION_SECRET": "planted-short"}, "SESSION_SECRET: "),
        ({"SESSION_HOURS": "0"}, "SESSION_HOURS: "),
        ({"PUBLIC_URL": "http://bank.example"}, "PUBLIC_URL: "),
        ({"OIDC_ISSUER": "http://bank.example"}, "OIDC_ISSUER: "),
        ({"OIDC_ISSUER": "https://bank.example"}, "OIDC_CLIENT_ID is required with OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://bank.example", "OIDC_CLIENT_ID": "credit"}, "PUBLIC_URL is required"),
        ({"OIDC_SCOPE": "profile"}, "OIDC_SCOPE: "),
    ],
)
def test_a_wrong_setting_is_said_at_the_start(
    start_fails: Callable[..., str], settings: dict[str, str], says: str
) -> None:
    said = start_fails(**settings)
    assert says in said
    assert "planted" not in said


def test_a_wrong_users_file_is_said_at_the_start(start_fails: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "users").write_text("\nana:analyst:planted-password\n", encoding="utf-8")
    said = start_fails(USERS=str(tmp_path / "users"))
    assert "line 2: the hash of ana is none of argon2id" in said
    assert "planted" not in said
