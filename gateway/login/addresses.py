"""Addresses that a request may come from, and that it may be sent on to."""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

from starlette.datastructures import Headers

LONGEST: Final = 512
"""Characters of an address to go on to; the session's cookie holds it while a person is at the provider."""
PATH: Final = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
"""A path and query with nothing that a browser would read as more: no host, no backslash, no control character."""
DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


def within(root_path: str, target: str) -> str:
    """``target`` if it is an address within the application, else nothing."""
    if len(target) > LONGEST or not PATH.fullmatch(target):
        return ""
    segments = unquote(urlsplit(target).path).split("/")
    if {".", ".."} & set(segments) or not re.match(f"{re.escape(root_path)}([/?]|$)", target):
        return ""
    return target


def foreign(headers: Headers, public_url: str | None) -> bool:
    """Whether a page of another origin had a browser send a request.

    Browsers say so in Sec-Fetch-Site or, older ones and over plain HTTP, by Origin; without either it is no browser,
    and has no session that another page could use.
    """
    site = headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = headers.get("Origin")
    if origin is None:
        return False
    if public_url is not None:
        return _origin(origin) != _origin(public_url)
    # An ingress may end TLS, so that only the host is known.
    return origin.lower().rpartition("//")[2] != headers.get("Host", "").lower()


def _origin(url: str) -> str:
    """Scheme, host and port of a URL, without a port that goes without saying."""
    scheme, _, rest = url.lower().partition("://")
    return f"{scheme}://{rest.partition('/')[0].removesuffix(DEFAULT_PORTS.get(scheme, '/'))}"
