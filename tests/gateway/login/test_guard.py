"""Nobody sees the page who has not signed in, and the façade has no part in sessions."""

from collections.abc import Callable

import pytest
from starlette.types import Message

from tests.gateway.login.site import HTML, Site, sign_in, whoami

Make = Callable[..., Site]


async def test_a_browser_is_sent_to_sign_in_and_back(site: Site) -> None:
    async with site.browser() as browser:
        answer = await browser.get("/en/cases?id=1&view=a%20b", headers=HTML)
        assert (answer.status_code, answer.headers["cache-control"]) == (303, "no-store")
        page = await browser.get(answer.headers["location"])
        assert page.status_code == 200
        back = await browser.post(answer.headers["location"], data={"name": "ana", "password": "planted-password-4711"})
        assert (back.status_code, back.headers["location"]) == (303, "/en/cases?id=1&view=a%20b")
        assert await whoami(browser, back.headers["location"]) == ("ana", "analyst")
        again = await browser.get(answer.headers["location"])
        assert (again.status_code, again.headers["location"]) == (303, "/en/cases?id=1&view=a%20b")


@pytest.mark.parametrize(("verb", "accept"), [("GET", "*/*"), ("GET", "application/json"), ("POST", HTML["Accept"])])
async def test_others_are_told(site: Site, verb: str, accept: str) -> None:
    async with site.browser() as browser:
        answer = await browser.request(verb, "/en/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.json()["detail"].endswith("sign in at /login")


async def test_what_another_origins_page_sends_is_not_done(site: Site) -> None:
    async with site.browser() as browser:
        await sign_in(browser, "ana")
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "null"}):
            assert (await browser.post("/en/", headers=headers)).status_code == 403
            assert (await browser.get("/en/", headers=headers)).status_code == 200
        for headers in ({"Origin": "http://bank.example"}, {"Sec-Fetch-Site": "same-origin"}):
            assert (await browser.post("/en/", headers=headers)).status_code == 200


async def test_no_web_socket_passes(site: Site) -> None:
    async with site.browser() as browser:
        await sign_in(browser, "ana")
        (cookie,) = browser.cookies.values()
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    headers = [(b"cookie", f"creditrisk={cookie}".encode())]
    scope = {"type": "websocket", "path": "/en/", "headers": headers, "query_string": b"", "subprotocols": []}
    await site.app(scope, receive, send)
    assert [one["type"] for one in sent] == ["websocket.close"]


@pytest.mark.parametrize("before", ["", "/credit"])
async def test_under_a_path_whether_the_ingress_strips_it_or_not(make_site: Make, before: str) -> None:
    site = make_site(root_path="/credit")
    async with site.browser() as browser:
        sent = await browser.get(f"{before}/en/a", headers=HTML)
        assert sent.headers["location"] == "/credit/login?next=%2Fcredit%2Fen%2Fa"
        page = await browser.get(f"{before}/login?next=%2Fcredit%2Fen%2Fa")
        assert 'action="/credit/login?language=en&amp;next=%2Fcredit%2Fen%2Fa"' in page.text
        answer = await browser.post(
            f"{before}/login?next=%2Fcredit%2Fen%2Fa", data={"name": "ana", "password": "planted-password-4711"}
        )
        assert (answer.status_code, answer.headers["location"]) == (303, "/credit/en/a")
        cookie = {"Cookie": answer.headers["set-cookie"].split(";")[0]}
        assert (await browser.get(f"{before}/en/a", headers=cookie)).json() == {"name": "ana", "role": "analyst"}
        assert (await browser.get(f"{before}/login", headers=cookie)).headers["location"] == "/credit/en/"


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/en/", "/\\evil.example", "/%0d%0aX: y"])
async def test_nobody_is_sent_elsewhere(site: Site, target: str) -> None:
    async with site.browser() as browser:
        page = await browser.get("/login", params={"next": target})
        assert "evil" not in page.text
        for _ in range(2):  # By the form, and as signed in already.
            answer = await sign_in(browser, "ana", next=target)
            assert (answer.status_code, answer.headers["location"]) == (303, "/en/")
        assert (await browser.get("/login", params={"next": target})).headers["location"] == "/en/"
