"""A contender: how a model is made, and what it says of every labelled application out of fold."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from creditrisk.features.spec import Protected
from creditrisk.model.calibration import fit_platt
from creditrisk.model.families import ModelFamily
from trainer.contenders.imbalance import PREPARE, Imbalance
from trainer.crossfit import cross_fit
from trainer.evaluation.costs import Costs
from trainer.families.family import Family
from trainer.features import USUAL
from trainer.labelled import Labelled
from trainer.progress import Bar

FAMILY_NAMES: Final = {
    ModelFamily.LIGHTGBM: "LightGBM",
    ModelFamily.FOREST: "random forest",
    ModelFamily.LOGISTIC: "logistic regression",
}


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """PDs of every row from a model that has not seen it, float64 (n,).

    ``raw``: as the model gives them; ``pd``: as they are used.
    """

    raw: NDArray[np.float64]
    pd: NDArray[np.float64]


class Contender(Protocol):
    """How a model is made."""

    @property
    def name(self) -> str:
        """What tables and charts call it."""
        ...

    @property
    def recipe(self) -> str:
        """All that its result depends on beside rows, features and seed."""
        ...

    def features(self, rows: Labelled) -> tuple[str, ...]:
        """Names of the features it takes."""
        ...

    def threshold(self, costs: Costs) -> float:
        """The PD it declines from."""
        ...

    def out_of_fold(self, rows: Labelled, seed: int, bar: Bar) -> OutOfFold:
        """Fit it on the folds of ``seed``, telling ``bar`` (total 1) how far it is."""
        ...


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """A family with ``imbalance`` handled on each training fold, calibrated as the trainer does.

    ``allowed``: protected attributes that it may use.
    """

    name: str
    family: Family
    imbalance: Imbalance = Imbalance.NONE
    allowed: frozenset[Protected] = USUAL

    @property
    def recipe(self) -> str:
        """See ``Contender``; features tell what is allowed."""
        return f"{self.family!r} {self.imbalance}"

    def features(self, rows: Labelled) -> tuple[str, ...]:
        """See ``Contender``."""
        return rows.names(self.allowed)

    def threshold(self, costs: Costs) -> float:
        """The one that costs least, PDs being calibrated."""
        return costs.threshold

    def out_of_fold(self, rows: Labelled, seed: int, bar: Bar) -> OutOfFold:
        """See ``Contender``."""
        crossed = cross_fit(
            rows.batch, rows.target, self.features(rows), seed, bar, self.family, PREPARE[self.imbalance]
        )
        calibrated = fit_platt(crossed.margins, rows.target).apply(crossed.margins)
        return OutOfFold(probability(crossed.margins), probability(calibrated))


def probability(log_odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """PDs of log-odds, of any shape."""
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
