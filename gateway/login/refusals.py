"""Why somebody was not let in: as an HTTP status, to the person in words, and to the operator."""

import math
from enum import Enum, auto
from typing import Final

from gateway.texts import Language

MINUTE: Final = 60


class Why(Enum):
    """The reasons there are."""

    FOREIGN = auto()
    """A page of another origin sent the form."""
    INCOMPLETE = auto()
    WRONG = auto()
    """Name or password; which of them nobody is told."""
    TOO_OFTEN = auto()
    BUSY = auto()
    BROKEN = auto()
    """The users file has become wrong."""
    DENIED = auto()
    """The provider said no."""
    STALE = auto()
    """What comes back from the provider was not begun by this browser, or long ago."""
    NO_ROLE = auto()
    UNREACHABLE = auto()
    INVALID = auto()
    """The provider's answer does not hold."""


STATUSES: Final = {
    Why.FOREIGN: 403,
    Why.INCOMPLETE: 400,
    Why.WRONG: 401,
    Why.TOO_OFTEN: 429,
    Why.BUSY: 503,
    Why.BROKEN: 503,
    Why.DENIED: 403,
    Why.STALE: 401,
    Why.NO_ROLE: 403,
    Why.UNREACHABLE: 502,
    Why.INVALID: 502,
}


class NotLetIn(Exception):
    """Somebody was not let in."""

    def __init__(self, why: Why, told: str, *, wait: float = 0.0) -> None:
        """``told``: to the operator, so nothing that may be a password; ``wait``: seconds until there may be more."""
        super().__init__(told)
        self.why = why
        self.told = told
        self.wait = math.ceil(wait)

    @property
    def status(self) -> int:
        """Of the answer."""
        return STATUSES[self.why]

    @property
    def wrong(self) -> bool:
        """Whether it is for what was typed."""
        return self.why in {Why.INCOMPLETE, Why.WRONG}

    def words(self, language: Language) -> str:
        """What the person is told."""
        say = language.say
        return {
            Why.FOREIGN: say("Another site sent this, so it was not done. Do it here."),
            Why.INCOMPLETE: say("Enter name and password."),
            Why.WRONG: say("Name or password is wrong."),
            Why.TOO_OFTEN: self._too_often(language),
            Why.BUSY: say("Too many people are signing in at once. Try again in a few seconds."),
            Why.BROKEN: say("Nobody can sign in by password now: the list of users is wrong. Tell who runs this page."),
            Why.DENIED: say("Your organisation did not let you sign in here."),
            Why.STALE: say("This sign-in was not begun in this browser, or too long ago. Sign in again."),
            Why.NO_ROLE: say("Your account has no role here. Ask who gives out roles in your organisation."),
            Why.UNREACHABLE: say("Your organisation's sign-in cannot be reached. Try again later."),
            Why.INVALID: say("Your organisation's sign-in gave an answer that does not hold. Tell who runs this page."),
        }[self.why]

    def _too_often(self, language: Language) -> str:
        if self.wait <= 2 * MINUTE:
            return language.say("Too many failures with this name. Try again in {seconds} seconds.", seconds=self.wait)
        minutes = math.ceil(self.wait / MINUTE)
        return language.say("Too many failures with this name. Try again in {minutes} minutes.", minutes=minutes)
