"""Failures to sign in by name, and how long one must wait after many."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FREE: Final = 5
"""Failures before there is a wait."""
FIRST: Final = 5.0
"""Seconds to wait after the last free failure; every further one doubles them."""
LONGEST: Final = 900.0
"""Seconds to wait at most: whoever fails on purpose in another's name keeps that person out no longer."""
FORGOTTEN: Final = 3_600.0
"""Seconds after the last failure when all are forgotten."""
SLOTS: Final = 2**16


@dataclass(slots=True)
class _Failures:
    number: int
    last: float


class Attempts:
    """Counts failures, those in flight too, so that many attempts at once are not more guesses than one by one.

    Names share slots by a keyed hash: memory is bounded, and no flood of names makes a failure forgotten. Names that
    nobody has are counted like others, so that a wait does not tell who exists.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        """``now``: the time in seconds."""
        self._now = now
        self._key = secrets.token_bytes(16)
        self._slots: dict[int, _Failures] = {}

    def begin(self, name: str) -> float:
        """Begin an attempt, a failure until it ``succeeded``; or the seconds to wait before there may be one."""
        now, slot = self._now(), self._slot(name)
        failures = self._slots.get(slot)
        if failures is None or now - failures.last > FORGOTTEN:
            failures = self._slots[slot] = _Failures(0, now)
        left = failures.last + _wait(failures.number) - now
        if left > 0:
            return left
        failures.number += 1
        failures.last = now
        return 0.0

    def succeeded(self, name: str) -> None:
        """Forget the failures of a name."""
        self._slots.pop(self._slot(name), None)

    def cancel(self, name: str) -> None:
        """Take back an attempt that was not made after all."""
        failures = self._slots.get(self._slot(name))
        if failures is not None and failures.number:
            failures.number -= 1

    def _slot(self, name: str) -> int:
        digest = hashlib.blake2b(name.encode(), key=self._key, digest_size=8).digest()
        return int.from_bytes(digest, "big") % SLOTS


def _wait(failures: int) -> float:
    """Seconds to wait after so many failures."""
    if failures < FREE:
        return 0.0
    return min(LONGEST, FIRST * 2.0 ** min(failures - FREE, 32))
