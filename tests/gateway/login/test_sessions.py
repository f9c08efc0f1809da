"""Sessions: who they let in, with which role, how long, and what ends them."""

from collections.abc import Callable
from typing import Any

import pytest

from creditrisk.errors import InvalidSettings
from gateway.login.attempts import FREE
from gateway.login.login import Login
from gateway.settings import GatewaySettings
from tests.gateway.login.site import QUICK, Site, UsersFile, sign_in, whoami

Make = Callable[..., Site]


async def test_a_session_tells_name_and_role_on_every_page(site: Site) -> None:
    async with site.browser() as browser:
        assert await whoami(browser) is None
        answer = await sign_in(browser, "ana")
        assert (answer.status_code, answer.headers["location"]) == (303, "/en/")
        assert await whoami(browser) == await whoami(browser, "/fr/x") == ("ana", "analyst")
    async with site.browser() as browser:
        await sign_in(browser, "vic")
        assert await whoami(browser) == ("vic", "viewer")


async def test_a_users_removal_ends_the_session_and_a_changed_role_holds_at_once(site: Site, users: UsersFile) -> None:
    async with site.browser() as browser:
        await sign_in(browser, "ana")
        users.write(ana="viewer", vic="viewer")
        assert await whoami(browser) == ("ana", "viewer")
        users.write(vic="viewer")
        assert await whoami(browser) is None
        assert (await sign_in(browser, "ana")).status_code == 401


async def test_a_changed_password_ends_the_session(site: Site, users: UsersFile) -> None:
    async with site.browser() as browser:
        await sign_in(browser, "ana")
        users.hashes["ana"] = QUICK.hash("another password")
        users.write(ana="analyst")
        assert await whoami(browser) is None


async def test_a_session_ends_after_its_hours_whatever_was_done(make_site: Make) -> None:
    site = make_site(session_hours=0.5)
    async with site.browser() as browser:
        await sign_in(browser, "ana")
        for _ in range(3):
            site.clock.now += 599
            assert await whoami(browser) == ("ana", "analyst")
        site.clock.now += 3
        assert await whoami(browser) is None


async def test_signing_out_ends_the_session_and_a_link_alone_does_not(site: Site) -> None:
    async with site.browser() as browser:
        await sign_in(browser, "ana")
        asked = await browser.get("/logout")
        assert "Signed in as ana." in asked.text
        assert 'action="/logout?language=en"' in asked.text
        assert await whoami(browser) == ("ana", "analyst")
        done = await browser.post("/logout")
        assert "You are signed out." in done.text
        assert not browser.cookies
        assert await whoami(browser) is None
        assert "Signed in" not in (await browser.get("/logout")).text


async def test_a_tampered_or_foreign_cookie_is_none(make_site: Make) -> None:
    site, other = make_site(session_secret="a" * 32), make_site(session_secret="b" * 32)
    async with site.browser() as browser:
        await sign_in(browser, "vic")
        (cookie,) = browser.cookies.values()
        payload, time, signature = cookie.split(".")
        async with site.browser() as ana:
            await sign_in(ana, "ana")
            ours = next(iter(ana.cookies.values())).split(".")[0]
        forged = [
            f"{ours}.{time}.{signature}",
            f"{payload}.{time}.{signature[::-1]}",
            payload,
            "",
            "null",
            "%00",
            "a.b.c",
        ]
        for value in forged:
            answer = await browser.get("/en/", headers={"Cookie": f"creditrisk={value}"})
            browser.cookies.clear()
            assert answer.status_code == 401
        kept = {"Cookie": f"creditrisk={cookie}"}
        assert (await browser.get("/en/", headers=kept)).status_code == 200
    async with other.browser() as browser:
        assert (await browser.get("/en/", headers=kept)).status_code == 401


async def test_replicas_with_one_secret_share_sessions_and_without_one_none(make_site: Make) -> None:
    for secret, shared in (("a" * 32, ("ana", "analyst")), (None, None)):
        async with make_site(session_secret=secret).browser() as browser:
            await sign_in(browser, "ana")
            cookies = dict(browser.cookies)
        async with make_site(session_secret=secret).browser() as browser:
            browser.cookies.update(cookies)
            assert await whoami(browser) == shared


@pytest.mark.parametrize(
    ("settings", "name", "flags"),
    [
        ({}, "__Host-creditrisk", {"path=/", "secure"}),
        ({"root_path": "/credit"}, "__Secure-creditrisk", {"path=/credit", "secure"}),
        ({"secure_cookies": False}, "creditrisk", {"path=/"}),
    ],
)
async def test_the_cookie_is_kept_from_scripts_other_sites_and_plain_http(
    make_site: Make, settings: dict[str, Any], name: str, flags: set[str]
) -> None:
    site = make_site(**{"secure_cookies": True} | settings)
    async with site.browser("https://bank.example") as browser:
        cookie = (await sign_in(browser, "ana")).headers["set-cookie"]
    value, *rest = cookie.split("; ")
    assert value.startswith(f"{name}=")
    assert set(rest) == flags | {"httponly", "samesite=lax", "Max-Age=28800"}


async def test_who_guesses_must_wait_and_nobody_else(site: Site) -> None:
    async with site.browser() as browser:
        for name in ("ana", "nobody"):
            for _ in range(FREE):
                assert (await sign_in(browser, name, "wrong")).status_code == 401
            answer = await sign_in(browser, name, "wrong")
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
            assert "Try again in 5 seconds." in answer.text
        assert (await sign_in(browser, "ana")).status_code == 429
        assert (await sign_in(browser, "vic")).status_code == 303
        site.clock.now += 5
        assert (await sign_in(browser, "ana", "wrong")).status_code == 401
        site.clock.now += 10
        assert (await sign_in(browser, "ana")).status_code == 303
        assert (await sign_in(browser, "ana", "wrong")).status_code == 401


async def test_long_waits_are_said_in_minutes(site: Site) -> None:
    async with site.browser() as browser:
        for _ in range(FREE + 6):
            await sign_in(browser, "ana", "wrong")
            site.clock.now += 640
        await sign_in(browser, "ana", "wrong")
        answer = await sign_in(browser, "ana")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "640")
        assert "Try again in 11 minutes." in answer.text


async def test_a_users_file_that_becomes_wrong_is_said(site: Site, users: UsersFile) -> None:
    async with site.browser() as browser:
        await sign_in(browser, "ana")
        users.path.write_text("ana", encoding="utf-8")
        assert await whoami(browser) is None
        answer = await sign_in(browser, "ana")
        assert answer.status_code == 503
        assert "the list of users is wrong" in answer.text


def test_public_url_and_root_path_go_together(users: UsersFile) -> None:
    with pytest.raises(InvalidSettings, match="PUBLIC_URL: its path must be ROOT_PATH, /credit"):
        Login(GatewaySettings(users=users.path, public_url="https://bank.example", root_path="/credit"))
