"""The accounts of credit cards, month after month: what is drawn, paid and left."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from trainer.generator.histories.spans import FIRST_MONTH, MONTH_DAYS
from trainer.generator.marginals import Vector

INTEREST: Final = 0.033
"""Interest and fees of a month, of the balance before."""
LEAST_SHARE: Final = 0.05
LEAST: Final = 2250.0
"""The least payment: this share of the balance, and this much where the balance is as large."""
PRINCIPAL: Final = 0.96
_PULL: Final = 0.6
_FIRST_PULL: Final = 1.1
"""Part of the way to its usual level that a card takes with a drawing, and with its first one."""
_HELD: Final = 0.6
"""Part of its usual level that no more than the least payment is paid of."""
_OVERDRAFT: Final = 1.03
"""How far the limit can be stretched."""
_DRAWINGS_SPREAD: Final = 0.8
_PAYMENTS_SPREAD: Final = 0.4
"""Standard deviations of the logarithms of drawings and payments about a card's usual ones."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Cards, all (n,): months ``first``, ``start`` and ``stop`` of use; limit, and its ratio in the end; chances."""

    first: Vector
    start: Vector
    stop: Vector
    limit: Vector
    limit_ratio: Vector
    drawn_share: Vector
    drawn_size: Vector
    level: Vector
    paid_share: Vector
    late_share: Vector
    late_days: Vector
    stuck: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Account:
    """Amounts by month from FIRST_MONTH to -1, float64 (months, n), and days past due."""

    limit: Vector
    drawn: Vector
    paid: Vector
    minimum: Vector
    balance: Vector
    principal: Vector
    days_past_due: Vector


def run(habits: Habits, random: np.random.Generator) -> Account:
    """Keep the accounts."""
    months, cards = -FIRST_MONTH, len(habits.first)
    chance = random.random((3, months, cards))
    size, pay = random.standard_normal((2, months, cards))
    raised_at, stopped_at = (
        habits.first * random.random(cards),
        habits.start + random.random(cards) * (habits.stop - habits.start),
    )
    month = np.arange(FIRST_MONTH, 0)[:, None]
    changed = np.round(habits.limit * habits.limit_ratio / 4500) * 4500
    limit = np.where(month >= raised_at, changed, habits.limit)
    stopped = habits.stuck & (month >= stopped_at)
    in_use = (month >= habits.start) & ((month <= habits.stop) | stopped)
    draws = in_use & ~stopped & ((chance[0] < habits.drawn_share) | (month == habits.start))
    wish = limit * habits.drawn_size * np.exp(_DRAWINGS_SPREAD * size - _DRAWINGS_SPREAD**2 / 2)
    late = in_use & ~stopped & (chance[1] < habits.late_share)
    share = habits.paid_share * np.exp(_PAYMENTS_SPREAD * pay)
    drawn, paid, minimum, balance = (np.zeros((months, cards)) for _ in range(4))
    before = np.zeros(cards)
    for at in range(months):
        # The card is held at its usual level: more is drawn below it, more is paid above it.
        level = habits.level * limit[at]
        room = np.maximum(_OVERDRAFT * limit[at] - before, 0.0)
        pull = np.where(month[at] == habits.start, _FIRST_PULL, _PULL)
        wanted = np.minimum(np.maximum(wish[at], pull * (level - before)), room)
        drawn[at] = np.where(draws[at], _rounded(wanted), 0.0)
        minimum[at] = np.minimum(before, np.maximum(LEAST_SHARE * before, LEAST))
        usual = np.maximum(
            minimum[at] * (1.0 + 0.1 * chance[2, at]),
            np.minimum(share[at] * before, np.maximum(before - _HELD * level, 0.0)),
        )
        # Where payment has stopped no more is asked; after the last month of use all that is owed is paid.
        owed = before * np.where(stopped[at], 1.0, 1.0 + INTEREST)
        given = np.where(in_use[at], np.minimum(usual, owed), owed + drawn[at])
        paid[at] = np.where(stopped[at] | late[at], 0.0, given)
        before = np.maximum(owed + drawn[at] - paid[at], 0.0)
        before = np.where(before < 1.0, 0.0, before)
        balance[at] = before
    unpaid = np.cumsum(stopped, axis=0)
    days = np.where(stopped, np.ceil(unpaid * MONTH_DAYS), np.where(late, np.ceil(habits.late_days), 0.0))
    days[balance == 0] = 0.0
    paid, minimum, principal, balance = (_cents(amount) for amount in (paid, minimum, PRINCIPAL * balance, balance))
    return Account(limit, drawn, paid, minimum, balance, principal, days)


def _rounded(amount: Vector) -> Vector:
    """Amounts as they are drawn, at least one step."""
    return np.maximum(np.round(amount / 45.0) * 45.0, 0.0)


def _cents(amount: Vector) -> Vector:
    return np.asarray(np.round(amount / 0.045) * 0.045)
