"""What a fit can be told."""

from dataclasses import dataclass, field

from creditrisk.features.spec import Protected
from trainer.evaluation.costs import Costs
from trainer.evaluation.profit import Lending
from trainer.families import LIGHTGBM
from trainer.families.family import Family
from trainer.features import USUAL


@dataclass(frozen=True, slots=True)
class Options:
    """Everything a fit can be told beside its data.

    ``allowed``: protected attributes that may enter the model; ``family``: its kind; ``lending``: what loans earn and
    lose, for a view of profit; ``report``: whether reports are made.
    """

    seed: int = 7
    costs: Costs = field(default_factory=Costs)
    allowed: frozenset[Protected] = USUAL
    family: Family = LIGHTGBM
    lending: Lending | None = None
    report: bool = True
