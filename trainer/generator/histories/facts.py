"""Facts about applicants that marginals of their rows depend on: "yes" or "no"."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

LABELLED: Final = "LABELLED"
"""Whether of the train table: the bureau gave balances of most test applicants, and of a third of these."""
HAS_BALANCE: Final = "HAS_BALANCE"
"""Whether the bureau gave monthly balances, of all the applicant's loans or of none."""


def yes_no(answers: NDArray[np.bool_]) -> pl.Series:
    """``answers`` as the names of a fact."""
    return pl.Series(["no", "yes"]).gather(answers.astype(np.intp))
