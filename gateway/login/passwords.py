"""Verifying passwords: slow by design, so beside the event loop and few at once."""

import asyncio
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from creditrisk.errors import Exhausted, InvalidArgument, Violation

AT_ONCE: Final = 2
"""Verifications at once; each takes 64 MiB and up to four cores for some 50 ms."""
WAITING: Final = 32
"""Verifications begun or waiting; more are turned away, as they would wait for more than a second."""
SHORTEST: Final = 12
"""Characters a new password must have."""
LONGEST: Final = 256
"""Characters a password may have."""

HASHER: Final = PasswordHasher()
"""argon2id with the library's parameters, RFC 9106's for little memory."""


def hash_password(password: str) -> str:
    """The hash of a new password.

    Raises:
        InvalidArgument: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidArgument([Violation("password", f"must have {SHORTEST} to {LONGEST} characters")])
    return HASHER.hash(_composed(password))


class Passwords:
    """Verifies passwords."""

    def __init__(self) -> None:
        """Make the hash that stands in for those of users there are not."""
        self._nobodys = HASHER.hash(secrets.token_urlsafe())
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="argon2")
        self._waiting = 0

    async def right(self, hashed: str | None, password: str) -> bool:
        """Whether ``hashed`` is of ``password``; None, of a user there is not, takes as long.

        Raises:
            Exhausted: too many are being verified.
        """
        if self._waiting >= WAITING:
            raise Exhausted("too many people are signing in at once; try again in a few seconds")
        self._waiting += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, _verify, hashed or self._nobodys, password)
        running.add_done_callback(self._ended)
        return await running and hashed is not None

    def _ended(self, _: object) -> None:
        self._waiting -= 1


def _verify(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, _composed(password))
    except (Argon2Error, InvalidHashError):
        return False


def _composed(password: str) -> str:
    """One form of letters with accents, of which keyboards make two."""
    return unicodedata.normalize("NFC", password)
