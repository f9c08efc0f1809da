"""What a provider may answer, and that nobody gets in by an answer that does not hold."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from joserfc.jwk import RSAKey

from tests.databases import free_port
from tests.gateway.login.provider import CLIENT, SECRET, StubProvider, stub_provider
from tests.gateway.login.site import Site, whoami

GOOD = {"preferred_username": "Ana Lyst", "roles": ["other", "credit-analyst"]}
Make = Callable[..., Site]


@pytest.fixture
def provider() -> Iterator[StubProvider]:
    with stub_provider() as started:
        started.claims = dict(GOOD)
        yield started


@pytest.fixture
def make_oidc(make_site: Make, provider: StubProvider) -> Make:
    """Makes gateways that know the provider."""

    def make(**settings: Any) -> Site:
        usual = {
            "users": None,
            "public_url": "https://bank.example",
            "oidc_issuer": provider.address,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_analyst": ("credit-analyst", "CN=analysts,OU=credit"),
            "oidc_viewer": ("credit-viewer",),
        }
        return make_site(**usual | settings)

    return make


@pytest.fixture
def oidc(make_oidc: Make) -> Site:
    return make_oidc()


async def come_back(browser: httpx2.AsyncClient, provider: StubProvider, query: str = "") -> httpx2.Response:
    """Sign in at the provider and come back to the gateway."""
    sent = await browser.get(f"/login/oidc{query}")
    assert sent.status_code == 302, sent.text
    return await browser.get(f"/login/oidc/callback?{provider.authorize(sent.headers['location'])}")


async def test_a_person_with_a_role_is_let_in(oidc: Site, provider: StubProvider) -> None:
    async with oidc.browser() as browser:
        answer = await come_back(browser, provider, "?next=/fr/cases")
        assert (answer.status_code, answer.headers["location"]) == (303, "/fr/cases")
        assert await whoami(browser) == ("Ana Lyst", "analyst")
        (cookie,) = browser.cookies.values()
        assert len(cookie) < 400
    asked, (token,) = provider.asked, provider.seen
    assert asked["redirect_uri"] == token["redirect_uri"] == "https://bank.example/login/oidc/callback"
    assert (asked["response_type"], asked["code_challenge_method"], asked["client_id"]) == ("code", "S256", CLIENT)
    assert asked["scope"] == "openid profile"
    assert len(token["code_verifier"]) >= 43


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"roles": "credit-viewer"}, "viewer"),
        ({"roles": ["credit-viewer", "credit-analyst"]}, "analyst"),
        ({"roles": ["CN=analysts,OU=credit"]}, "analyst"),
        ({"roles": ["Credit-Analyst"]}, None),
        ({"roles": "credit-analyst credit-viewer"}, None),
        ({"roles": []}, None),
        ({"roles": None}, None),
        ({"roles": {"credit-analyst": True}}, None),
        ({"roles": [["credit-analyst"]]}, None),
    ],
)
async def test_the_role_is_what_the_claim_gives(
    oidc: Site, provider: StubProvider, claims: dict[str, Any], expected: str | None
) -> None:
    provider.claims |= claims
    async with oidc.browser() as browser:
        answer = await come_back(browser, provider)
        assert (await whoami(browser)) == (expected and ("Ana Lyst", expected))
    if expected is None:
        assert answer.status_code == 403
        assert "Your account has no role here." in answer.text


async def test_claims_that_the_token_lacks_are_asked_for(make_oidc: Make, provider: StubProvider) -> None:
    site = make_oidc(oidc_name_claim="email", oidc_role_claim="https://bank.example/groups")
    provider.claims = {"email": "ana@bank.example"}
    provider.userinfo = {"https://bank.example/groups": "credit-viewer", "email": "other@bank.example"}
    async with site.browser() as browser:
        await come_back(browser, provider)
        assert await whoami(browser) == ("ana@bank.example", "viewer")
    provider.userinfo["sub"] = "another"
    async with site.browser() as browser:
        assert (await come_back(browser, provider)).status_code == 502


@pytest.mark.parametrize(
    "spoilt",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"nonce": None}},
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": "another", "azp": CLIENT}},
        {"claims": {"aud": None}},
        {"claims": {"exp": 1_000_000_000}},
        {"claims": {"sub": None}},
        {"claims": {"preferred_username": None}},
        {"claims": {"preferred_username": ""}},
        {"claims": {"preferred_username": "a\nb"}},
        {"claims": {"preferred_username": "x" * 129}},
        {"published": RSAKey.generate_key(2048, {"kid": "one"})},
        {"published": RSAKey.generate_key(2048, {"kid": "two"})},
        {"algorithm": "HS256", "metadata": {"id_token_signing_alg_values_supported": ["RS256", "HS256"]}},
        {"algorithm": "none", "metadata": {"id_token_signing_alg_values_supported": ["RS256", "none"]}},
        {"failing": {"/token": 400}},
        {"failing": {"/token": 503}},
        {"failing": {"/jwks": 500}},
    ],
    # Keys are new in each of the tests' processes, which must agree on the names.
    ids=lambda spoilt: "key" if "published" in spoilt else str(spoilt),
)
async def test_an_answer_that_does_not_hold_lets_nobody_in(
    oidc: Site, provider: StubProvider, spoilt: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in spoilt.items():
        setattr(provider, name, GOOD | value if name == "claims" else value)
    caplog.set_level(logging.DEBUG)
    async with oidc.browser() as browser:
        answer = await come_back(browser, provider)
        assert answer.status_code == 502
        assert 'role="alert"' in answer.text
        assert "/login/oidc?language=en" in answer.text
        assert await whoami(browser) is None
    for secret in (SECRET, "planted-token", "planted-code", *(one["code_verifier"] for one in provider.seen)):
        assert secret not in caplog.text + answer.text
    assert "not signed in: " in caplog.text


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": None},
        {"id_token_signing_alg_values_supported": [1]},
        {"id_token_signing_alg_values_supported": 1},
    ],
)
async def test_a_provider_that_is_another_or_says_too_little(
    oidc: Site, provider: StubProvider, metadata: dict[str, Any]
) -> None:
    provider.metadata = metadata
    async with oidc.browser() as browser:
        for _ in range(2):
            answer = await browser.get("/login/oidc?language=fr")
            assert answer.status_code == 502
            assert "réponse non valable" in answer.text


async def test_a_provider_that_is_away_and_comes_back(make_oidc: Make, provider: StubProvider) -> None:
    away = make_oidc(oidc_issuer=f"http://127.0.0.1:{free_port()}")
    async with away.browser() as browser:
        answer = await browser.get("/login/oidc")
        assert answer.status_code == 502
        assert "cannot be reached" in answer.text
    provider.failing = {"/.well-known/openid-configuration": 503}
    async with make_oidc().browser() as browser:
        assert (await browser.get("/login/oidc")).status_code == 502
        provider.failing = {}
        await come_back(browser, provider)
        assert await whoami(browser) == ("Ana Lyst", "analyst")


async def test_who_did_not_begin_here_is_not_let_in(oidc: Site, provider: StubProvider) -> None:
    async with oidc.browser() as browser, oidc.browser() as another:
        sent = await browser.get("/login/oidc")
        query = provider.authorize(sent.headers["location"])
        for wrong in (query.replace("state=", "state=x"), "code=planted-code", "state=x", ""):
            answer = await browser.get(f"/login/oidc/callback?{wrong}")
            assert answer.status_code == 401
            assert "was not begun in this browser" in answer.text
        assert (await another.get(f"/login/oidc/callback?{query}")).status_code == 401
        assert not provider.seen
        assert (await browser.get(f"/login/oidc/callback?{query}")).status_code == 303
        assert (await browser.get(f"/login/oidc/callback?{query}")).status_code == 401


async def test_a_refusal_of_the_provider_is_said_without_its_words(
    oidc: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with oidc.browser() as browser:
        said = await browser.get("/login/oidc/callback?error=access_denied&error_description=planted-words")
        other = await browser.get("/login/oidc/callback?error=planted%20words&state=x")
    assert (said.status_code, other.status_code) == (403, 502)
    assert "did not let you sign in" in said.text
    assert "planted" not in said.text + other.text + caplog.text


async def test_the_ways_that_there_are_are_shown(make_oidc: Make, users: Any) -> None:
    for file, forms in ((None, 0), (users.path, 1)):
        site = make_oidc(users=file)
        async with site.browser() as browser:
            page = await browser.get("/login?next=/en/x")
            assert page.text.count("<form") == forms
            assert page.text.count('href="/login/oidc?language=en&amp;next=%2Fen%2Fx"') == 1
            answer = await browser.post("/login", data={"name": "ana", "password": "wrong"})
            assert answer.status_code == (401 if forms else 405)


async def test_a_provided_session_ends_with_its_hours_and_with_the_provider(
    make_oidc: Make, make_site: Make, provider: StubProvider
) -> None:
    site = make_oidc(session_secret="s" * 32)
    async with site.browser() as browser:
        await come_back(browser, provider)
        cookies = dict(browser.cookies)
        signed_out = await browser.post("/logout")
        assert "your organisation&#39;s account stays signed in" in signed_out.text
        browser.cookies.update(cookies)
        site.clock.now += 8 * 3_600
        assert await whoami(browser) is None
    async with make_site(session_secret="s" * 32).browser() as browser:
        browser.cookies.update(cookies)
        assert await whoami(browser) is None
