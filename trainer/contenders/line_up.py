"""Who contends: families by handling of imbalance with the reference system, and what rules of governance cost."""

from dataclasses import replace
from enum import StrEnum
from typing import Final

from creditrisk.features.spec import Protected
from trainer.contenders.contender import FAMILY_NAMES, Contender, CrossFitted
from trainer.contenders.imbalance import Imbalance
from trainer.contenders.reference import ReferenceSystem
from trainer.families import FAMILIES, LIGHTGBM
from trainer.features import USUAL


class Question(StrEnum):
    """What a comparison is to tell."""

    MODELS = "models"
    """Which family, with which handling of rare defaults, is best, and how far from the reference system."""
    GOVERNANCE = "governance"
    """What is lost by leaving out protected attributes and by holding features to their directions."""


BASE: Final = CrossFitted(FAMILY_NAMES[LIGHTGBM.kind], LIGHTGBM)
"""The usual model, in both line-ups."""
# Fitted where half default, a model expects that half will: held to life's rate, its log loss tells that above all.
_HANDLED: Final = FAMILIES | {LIGHTGBM.kind: replace(LIGHTGBM, metric="auc")}
_MODELS: Final[tuple[Contender, ...]] = (
    *(CrossFitted(FAMILY_NAMES[kind], family) for kind, family in FAMILIES.items()),
    *(
        CrossFitted(f"{FAMILY_NAMES[kind]}, {imbalance}", family, imbalance)
        for kind, family in _HANDLED.items()
        for imbalance in Imbalance
        if imbalance is not Imbalance.NONE
    ),
    ReferenceSystem(),
)
_GOVERNANCE: Final[tuple[Contender, ...]] = (
    BASE,
    *(
        CrossFitted(
            f"{'without' if attribute in USUAL else 'with'} {attribute}",
            LIGHTGBM,
            allowed=USUAL ^ {attribute},
        )
        for attribute in Protected
    ),
    CrossFitted("without monotone constraints", replace(LIGHTGBM, monotone=False)),
)
LINE_UPS: Final = {Question.MODELS: _MODELS, Question.GOVERNANCE: _GOVERNANCE}
