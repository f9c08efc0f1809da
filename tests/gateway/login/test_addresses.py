"""Where one may be sent on to, and which pages may send forms."""

import pytest
from starlette.datastructures import Headers

from gateway.login.addresses import foreign, within


@pytest.mark.parametrize("target", ["/", "/en/", "/en/?a=b&c=%C3%A9", "/en/page%20two/", "/en//x"])
def test_addresses_of_the_application(target: str) -> None:
    assert within("", target) == target
    assert within("/credit", f"/credit{target}") == f"/credit{target}"


@pytest.mark.parametrize(
    "target",
    [
        "",
        "en",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        " //evil.example",
        "/en\\..\\x",
        "/en/\r\nSet-Cookie: a=b",
        "/é",
        "/en/#there",
        "/en/" + "x" * 512,
    ],
)
def test_addresses_of_others_and_none(target: str) -> None:
    assert within("", target) == ""


@pytest.mark.parametrize(
    "target",
    ["/", "/en/", "/creditor/", "/credit/../other", "/credit/%2e%2e/other", "/credit/.%2E/other", "/credit/./x"],
)
def test_addresses_beside_the_application(target: str) -> None:
    assert within("/credit", target) == ""


@pytest.mark.parametrize(
    ("headers", "public", "expected"),
    [
        ({}, None, False),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://x"}, None, False),
        ({"Sec-Fetch-Site": "none"}, None, False),
        ({"Sec-Fetch-Site": "same-site"}, None, True),
        ({"Sec-Fetch-Site": "cross-site"}, None, True),
        ({"Origin": "https://bank.example", "Host": "bank.example"}, None, False),
        ({"Origin": "https://Bank.example:8443", "Host": "bank.example:8443"}, None, False),
        ({"Origin": "https://evil.example", "Host": "bank.example"}, None, True),
        ({"Origin": "https://bank.example:8443", "Host": "bank.example"}, None, True),
        ({"Origin": "null", "Host": "bank.example"}, None, True),
        ({"Origin": "http://[", "Host": "bank.example"}, None, True),
        ({"Origin": "https://bank.example", "Host": "gateway:8080"}, "https://bank.example/credit", False),
        ({"Origin": "https://bank.example", "Host": "gateway:8080"}, "https://bank.example:443/credit", False),
        ({"Origin": "http://bank.example", "Host": "bank.example"}, "https://bank.example/credit", True),
        ({"Origin": "https://gateway:8080", "Host": "gateway:8080"}, "https://bank.example/credit", True),
    ],
)
def test_pages_of_other_origins(headers: dict[str, str], public: str | None, expected: bool) -> None:  # noqa: FBT001
    assert foreign(Headers(headers), public) is expected
