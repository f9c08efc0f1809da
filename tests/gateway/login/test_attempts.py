"""How long one must wait after failures."""

import asyncio

import pytest

from creditrisk.errors import Exhausted
from gateway.login import attempts as module
from gateway.login.attempts import FORGOTTEN, FREE, LONGEST, SLOTS, Attempts
from gateway.login.passwords import WAITING, Passwords
from tests.gateway.login.site import QUICK, Clock


def test_waits_grow_and_end() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    assert [attempts.begin("ana") for _ in range(FREE)] == [0.0] * FREE
    waits = []
    for _ in range(12):
        waits.append(attempts.begin("ana"))
        clock.now += waits[-1] - 0.5
        assert attempts.begin("ana") == pytest.approx(0.5)
        clock.now += 0.5
        assert attempts.begin("ana") == 0.0
    assert waits[:3] == [5.0, 10.0, 20.0]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST
    assert attempts.begin("vic") == 0.0


def test_success_and_time_forget() -> None:
    clock = Clock()
    attempts = Attempts(clock)
    for _ in range(FREE):
        attempts.begin("ana")
    attempts.succeeded("ana")
    assert attempts.begin("ana") == 0.0
    for _ in range(FREE):
        attempts.begin("ana")
    clock.now += FORGOTTEN + 1
    assert [attempts.begin("ana") for _ in range(FREE)] == [0.0] * FREE


def test_an_attempt_that_was_not_made_is_none() -> None:
    attempts = Attempts(Clock())
    for _ in range(10 * FREE):
        assert attempts.begin("ana") == 0.0
        attempts.cancel("ana")


def test_memory_is_bounded_and_a_flood_of_names_makes_nothing_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    assert SLOTS == 65_536
    monkeypatch.setattr(module, "SLOTS", 256)
    attempts = Attempts(Clock())
    for _ in range(FREE):
        attempts.begin("ana")
    for number in range(20_000):
        attempts.begin(f"name{number}")
    assert len(attempts._slots) <= 256
    assert attempts.begin("ana") > 0


async def test_few_are_verified_at_once_and_too_many_are_turned_away() -> None:
    passwords = Passwords()
    hashed = QUICK.hash("right")
    assert await passwords.right(hashed, "right")
    assert not await passwords.right(hashed, "wrong")
    assert not await passwords.right(None, "right")
    begun = [asyncio.ensure_future(passwords.right(hashed, "right")) for _ in range(WAITING + 3)]
    ended = await asyncio.gather(*begun, return_exceptions=True)
    assert ended[:WAITING] == [True] * WAITING
    assert all(isinstance(one, Exhausted) for one in ended[WAITING:])
    assert await passwords.right(hashed, "right")


async def test_letters_with_accents_are_the_same_however_they_are_typed() -> None:
    assert await Passwords().right(QUICK.hash("caf\u00e9"), "cafe\u0301")
