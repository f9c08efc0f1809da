"""Several models on the same applicants: every measure with its interval, and which differences are real.

A difference of two models is taken resample by resample, on the same draws, so what moves both cancels. With many
differences some are large by chance: the bounds given hold for all differences of a family at once, by the
distribution of the greatest of their studentised errors over the resamples (max-|t|; Westfall & Young 1993; Romano &
Wolf 2005). That takes in how strongly the differences move together, which Holm's correction does not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidData
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import MEASURES, Measure, Measured
from trainer.evaluation.resampling import LEVEL, RESAMPLES, Bootstrapped, Interval, Vector, bootstrap

COMPARED: Final = (Measure.AUC, Measure.AVERAGE_PRECISION, Measure.BRIER, Measure.COST)
"""Measures whose differences are judged together: ranking, ranking at the risky end, probabilities, money."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One model's out-of-fold PDs, float64 (n,), and the PD it declines from."""

    name: str
    pd: Vector
    threshold: float


@dataclass(frozen=True, slots=True)
class Difference:
    """``model`` less ``against`` in ``measure``, with bounds that hold at 95 % for all of the family at once.

    ``p`` is the chance, were there no difference, of so large a one anywhere in the family; ``real``: the bounds
    leave out 0; ``better``: the estimate favours ``model``.
    """

    model: str
    against: str
    measure: Measure
    interval: Interval
    p: float
    real: bool

    @property
    def better(self) -> bool:
        """Whether the estimate favours ``model``."""
        return (self.interval.estimate > 0) == self.measure.more_is_better


@dataclass(frozen=True, slots=True)
class Comparison:
    """``measured``: the measures of each model, (models, measures)."""

    models: tuple[str, ...]
    measured: Bootstrapped

    def interval(self, model: str, measure: Measure) -> Interval:
        """A model's measure with its 95 % bounds, for itself alone."""
        return self.measured.interval(self.models.index(model), MEASURES.index(measure))

    def best(self, measure: Measure) -> str:
        """The model with the best estimate."""
        values = self.measured.estimates[:, MEASURES.index(measure)]
        return self.models[int(np.nanargmax(values if measure.more_is_better else -values))]

    def differences_from(self, against: str, measures: Sequence[Measure] = COMPARED) -> tuple[Difference, ...]:
        """All other models less ``against`` in all ``measures``: one family."""
        return self._family([(one, against, of) for of in measures for one in self.models if one != against])

    def differences_of_all(self, measure: Measure) -> tuple[Difference, ...]:
        """Every pair of models in one measure: one family."""
        return self._family([(one, other, measure) for one, other in combinations(self.models, 2)])

    def _family(self, members: list[tuple[str, str, Measure]]) -> tuple[Difference, ...]:
        if not members:
            return ()
        estimates = np.array([self._of(self.measured.estimates, *member) for member in members])
        replicates = np.stack([self._of(self.measured.replicates, *member) for member in members], axis=1)
        centre = np.nanmean(replicates, axis=0)
        error = np.nanstd(replicates, axis=0, ddof=1)
        # Two models with the same scores differ nowhere: there is nothing to judge, and no error to divide by.
        sure = np.where(error > 0, error, np.inf)
        greatest = np.nanmax(np.abs(replicates - centre) / sure, axis=1)
        reach = float(np.quantile(greatest, LEVEL)) * error
        exceeded = (greatest[:, None] >= np.abs(estimates) / sure).sum(axis=0)
        # The rows as they are count as one more resample (Davison & Hinkley 1997, 4.11).
        p = (1 + exceeded) / (1 + len(greatest))
        return tuple(
            Difference(*member, Interval(d, d - r, d + r), chance, real=abs(d) > r)
            for member, d, r, chance in zip(members, estimates.tolist(), reach.tolist(), p.tolist(), strict=True)
        )

    def _of(self, values: Vector, model: str, against: str, measure: Measure) -> Vector:
        of = values[..., MEASURES.index(measure)]
        return np.asarray(of[..., self.models.index(model)] - of[..., self.models.index(against)])


def compare(
    models: Sequence[Scored],
    target: NDArray[np.int8],
    costs: Costs,
    seed: int,
    number: int = RESAMPLES,
    told: Callable[[int], None] | None = None,
) -> Comparison:
    """Measure ``models`` on the rows and on ``number`` resamples; ``told`` hears how many are done.

    Raises:
        InvalidData: a model's scores are not PDs of these rows, or two models have one name.
    """
    names = tuple(model.name for model in models)
    if len(set(names)) < len(names):
        raise InvalidData(f"two models have one name among {', '.join(names)}; name each differently")
    measured = [Measured(model.pd, target, model.threshold, costs) for model in models]
    found = bootstrap(
        lambda counts: np.stack([model.on(counts) for model in measured]), len(target), seed, number, told
    )
    return Comparison(names, found)
