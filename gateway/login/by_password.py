"""Signing in by name and password."""

from collections.abc import Callable, Mapping
from typing import Final

from creditrisk.errors import Exhausted
from gateway.login.attempts import Attempts
from gateway.login.passwords import LONGEST, Passwords
from gateway.login.refusals import NotLetIn, Why
from gateway.login.users import Entry, Users

SECONDS_WHEN_BUSY: Final = 5.0


class ByPassword:
    """Lets in users of the users file."""

    def __init__(self, users: Users, now: Callable[[], float]) -> None:
        """``now``: the time in seconds."""
        self._users = users
        self._attempts = Attempts(now)
        self._passwords = Passwords()

    async def let_in(self, form: Mapping[str, str]) -> Entry:
        """The user whose name and password a form has.

        Raises:
            NotLetIn: there is none, or it is not the time.
        """
        name, password = form.get("name", "").strip(), form.get("password", "")
        if not name or not password or len(password) > LONGEST:
            raise NotLetIn(Why.INCOMPLETE, "the form has no name or no password, or what cannot be one")
        entry = self._users.find(name)
        if self._users.broken:
            raise NotLetIn(Why.BROKEN, "the users file is wrong")
        # A name that nobody has may be a password in the wrong field.
        who = entry.user.name if entry else "a name that nobody has"
        wait = self._attempts.begin(name)
        if wait > 0:
            raise NotLetIn(Why.TOO_OFTEN, f"too many failures of {who}", wait=wait)
        try:
            right = await self._passwords.right(entry.hash if entry else None, password)
        except Exhausted as error:
            self._attempts.cancel(name)
            raise NotLetIn(Why.BUSY, str(error), wait=SECONDS_WHEN_BUSY) from error
        if entry is None or not right:
            raise NotLetIn(Why.WRONG, f"wrong password of {who}")
        self._attempts.succeeded(name)
        return entry
