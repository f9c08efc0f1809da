"""What of an applicant the histories depend on: the application, its risk, and the outcome."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from trainer.generator.marginals import Vector
from trainer.generator.model import Model, unit_scores
from trainer.generator.structure import derive
from trainer.generator.units import missing

OUTCOME: Final = "OUTCOME"
DEFAULT_RATE: Final = 0.08
UNIT_COVARIATES: Final = (
    "NAME_CONTRACT_TYPE",
    "CODE_GENDER",
    "AMT_INCOME_TOTAL",
    "DAYS_BIRTH",
    "DAYS_LAST_PHONE_CHANGE",
    "EXT_SOURCE_1",
    "EXT_SOURCE_2",
    "EXT_SOURCE_3",
    "AMT_REQ_CREDIT_BUREAU_QRT",
    "AMT_REQ_CREDIT_BUREAU_YEAR",
    "WORKING",
    "PRICE",
    "EMPLOYED_SHARE",
    missing("EXT_SOURCE_3"),
)
COVARIATES: Final = ("RISK", *UNIT_COVARIATES, OUTCOME)
"""The log-odds of default by the application, normal scores of its units, and the outcome, each about standard."""
_CENTRE: Final = np.log(DEFAULT_RATE / (1 - DEFAULT_RATE))
_SPREAD: Final = np.sqrt(DEFAULT_RATE * (1 - DEFAULT_RATE))


@dataclass(frozen=True, slots=True)
class People:
    """Applicants, in order.

    ``ids``: SK_ID_CURR, int64 (n,), ascending. ``labelled``: bool (n,), whether of the train table. ``enquired``:
    bool (n,), whether the application knows of the bureau's enquiries; without, the bureau knows no loan.
    ``covariates``: float64 (n, len(COVARIATES)).
    """

    ids: NDArray[np.int64]
    labelled: NDArray[np.bool_]
    enquired: NDArray[np.bool_]
    covariates: Vector

    @property
    def number(self) -> int:
        """How many they are."""
        return len(self.ids)


def describe(
    applications: pl.DataFrame, target: pl.Series, model: Model, random: np.random.Generator | None = None
) -> People:
    """The people of canonical ``applications``, whose ``target`` (1, 0 or null) is null where not labelled.

    ``random`` draws the outcomes not known, by the model's probabilities; without it they count as average.
    """
    scores = unit_scores(derive(applications), model.marginals)
    probabilities = model.risk.probabilities(scores)
    labelled = target.is_not_null().to_numpy()
    known = target.cast(pl.Float64).fill_null(DEFAULT_RATE).to_numpy()
    hidden = DEFAULT_RATE if random is None else random.random(len(known)) < probabilities
    outcome = np.where(labelled, known, hidden)
    columns = [
        np.log(probabilities / (1 - probabilities)) - _CENTRE,
        *(np.nan_to_num(scores[name]) for name in UNIT_COVARIATES),
        (outcome - DEFAULT_RATE) / _SPREAD,
    ]
    enquired = applications["AMT_REQ_CREDIT_BUREAU_YEAR"].is_not_null().to_numpy()
    return People(applications["SK_ID_CURR"].to_numpy(), labelled, enquired, np.column_stack(columns))
