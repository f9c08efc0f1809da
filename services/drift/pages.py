"""Pages of a list: how many entries one has, and the tokens that lead to the next."""

import base64
import json
from typing import Any, Final

from creditrisk.errors import InvalidArgument, Violation
from creditrisk.stores.alerts import Alert
from creditrisk.stores.drift_reads import Window

MOST: Final = 1_000
USUAL: Final = 50
STORED: Final = range(-(2**63), 2**63)
"""Whole numbers that the state can hold."""


def page_size(asked: int) -> int:
    """Entries of a page, at most; ``asked``: the request's page_size.

    Raises:
        InvalidArgument: it is out of range.
    """
    if not 0 <= asked <= MOST:
        raise InvalidArgument([Violation("page_size", f"must be 0 to {MOST:,}")])
    return asked or USUAL


def token_of_window(window: Window) -> str:
    """The token of the page that follows ``window``."""
    return _token([window.start, window.bundle_hash])


def read_window_token(token: str) -> tuple[int, str] | None:
    """Start and bundle of the window that a page follows; None: it is the first page.

    Raises:
        InvalidArgument: it is no token of windows.
    """
    if not token:
        return None
    match _key(token):
        case [int(start), str(bundle_hash)] if start in STORED:
            return start, bundle_hash
    raise _no_token()


def token_of_alert(alert: Alert) -> str:
    """The token of the page that follows ``alert``."""
    return _token([alert.alert_id])


def read_alert_token(token: str) -> int | None:
    """Id of the alert that a page follows; None: it is the first page.

    Raises:
        InvalidArgument: it is no token of alerts.
    """
    if not token:
        return None
    match _key(token):
        case [int(alert_id)] if alert_id in STORED:
            return alert_id
    raise _no_token()


def _token(key: list[int | str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _key(token: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, RecursionError) as error:
        raise _no_token() from error


def _no_token() -> InvalidArgument:
    return InvalidArgument([Violation("page_token", "is no token of this method")])
