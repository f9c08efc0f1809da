"""Whom decisions favour: approval and equal opportunity by group.

The approval ratio is a group's approval rate over the reference group's. The equal-opportunity gap is the difference
of approval rates among those who repaid (Hardt, Price & Srebro 2016). Both are of decisions by PD alone. Approval
rates differ where default rates do, whatever the model: read them beside the default rate and the mean PD, which
agree in a group that is scored fairly by calibration.

The four-fifths rule of thumb (US EEOC Uniform Guidelines 1978, 29 CFR 1607.4 D) comes from hiring. It is shown as a
convention; it is no finding of law or of fact.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidData
from trainer.evaluation.ranked import Ranked
from trainer.evaluation.resampling import RESAMPLES, Bootstrapped, Interval, Vector

FOUR_FIFTHS: Final = 0.8
SMALL: Final = 200
"""Applicants below which a group's figures say little; it is flagged, and is never the reference."""
FEWEST: Final = 10
"""Applicants below which a group's figures would be facts about persons; it is left out."""
AGES: Final = (25, 35, 45, 55, 65)
"""First years of age of all bands but the youngest."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A group for each applicant: ``codes`` (n,) index ``groups``, -1 where unknown."""

    name: str
    groups: tuple[str, ...]
    codes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GroupFairness:
    """One group's figures; ``small``: read them with care."""

    group: str
    rows: int
    small: bool
    default_rate: Interval
    mean_pd: float
    approval: Interval
    approval_ratio: Interval
    opportunity: Interval
    opportunity_gap: Interval


@dataclass(frozen=True, slots=True)
class Fairness:
    """Figures by group of an attribute, against the group ``reference``, declining from ``threshold``.

    ``left_out``: applicants whose group is unknown or too small to show.
    """

    attribute: str
    threshold: float
    reference: str
    groups: tuple[GroupFairness, ...]
    left_out: int


def by_category(name: str, values: list[str | None]) -> Attribute:
    """The groups of a category, in the order of their names."""
    groups = sorted({value for value in values if value is not None})
    at = {group: code for code, group in enumerate(groups)}
    return Attribute(name, tuple(groups), np.array([-1 if v is None else at[v] for v in values], dtype=np.int64))


def by_age(years: Vector) -> Attribute:
    """Bands of age from ``years`` (n,); NaN is unknown."""
    firsts = (18, *AGES)
    names = (*(f"{first}–{after - 1}" for first, after in zip(firsts, AGES, strict=False)), f"{AGES[-1]} and over")
    return Attribute("age", names, np.where(np.isnan(years), -1, np.digitize(years, AGES)))


def fairness(
    pd: Vector,
    target: NDArray[np.int8],
    attribute: Attribute,
    threshold: float,
    seed: int,
    number: int = RESAMPLES,
) -> Fairness:
    """Approval and equal opportunity by group, declining at ``pd`` (n,) >= ``threshold``, with 95 % intervals.

    The reference is the group approved most often among those that are not small (the largest where all are).

    Raises:
        InvalidData: ``pd`` or ``target`` is not what it should be, or no group has applicants of both outcomes.
    """
    Ranked(pd, target)
    sizes = np.bincount(attribute.codes[attribute.codes >= 0], minlength=len(attribute.groups))
    goods = np.bincount(attribute.codes[(attribute.codes >= 0) & (target == 0)], minlength=len(attribute.groups))
    shown = np.flatnonzero((sizes >= FEWEST) & (goods > 0))
    if not len(shown):
        raise InvalidData(f"no group of {attribute.name} has {FEWEST} applicants, some of them good")
    # A resample of applicants is, for these figures, a draw of how many fall in each cell: group, approved, outcome.
    cells = np.zeros((len(shown), 2, 2))
    for at, code in enumerate(shown.tolist()):
        inside = attribute.codes == code
        np.add.at(cells[at], ((pd[inside] < threshold).astype(int), target[inside].astype(int)), 1)
    elsewhere = len(pd) - cells.sum()
    chances = np.append(cells.ravel(), elsewhere) / len(pd)
    drawn = np.random.default_rng(seed).multinomial(len(pd), chances, size=number)[:, :-1]
    replicates = drawn.reshape(number, *cells.shape).astype(np.float64)

    small = sizes[shown] < SMALL
    approval = _approval(cells)
    reference = int(np.argmax(np.where(small, -1.0, approval))) if not small.all() else int(np.argmax(sizes[shown]))
    figures = [
        Bootstrapped(of(cells), of(replicates))
        for of in (
            _default_rate,
            _approval,
            lambda some: _approval(some) / _approval(some)[..., [reference]],
            _opportunity,
            lambda some: _opportunity(some) - _opportunity(some)[..., [reference]],
        )
    ]
    groups = []
    for at, code in enumerate(shown.tolist()):
        default_rate, approved, ratio, opportunity, gap = (figure.interval(at) for figure in figures)
        groups.append(
            GroupFairness(
                group=attribute.groups[code],
                rows=int(sizes[code]),
                small=bool(small[at]),
                default_rate=_as_share(default_rate),
                mean_pd=float(pd[attribute.codes == code].mean()),
                approval=_as_share(approved),
                approval_ratio=ratio,
                opportunity=_as_share(opportunity),
                opportunity_gap=gap,
            )
        )
    return Fairness(attribute.name, threshold, groups[reference].group, tuple(groups), int(elsewhere))


def _as_share(interval: Interval) -> Interval:
    """With bounds from 0 to 1, which those of a small group may leave where they are moved by their bias."""
    return Interval(interval.estimate, max(interval.low, 0.0), min(interval.high, 1.0))


# Cells: float64 (…, groups, approved, defaulted).


def _default_rate(cells: Vector) -> Vector:
    return _share(cells[..., 1].sum(axis=-1), cells.sum(axis=(-2, -1)))


def _approval(cells: Vector) -> Vector:
    return _share(cells[..., 1, :].sum(axis=-1), cells.sum(axis=(-2, -1)))


def _opportunity(cells: Vector) -> Vector:
    return _share(cells[..., 1, 0], cells[..., 0].sum(axis=-1))


def _share(part: Vector, whole: Vector) -> Vector:
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole > 0))
