"""Facts about applicants and loans that marginals of rows depend on."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

LABELLED: Final = "LABELLED"
"""Whether of the train table ("yes", "no"): the test applicants came later, and the bureau had got to know more."""
HAS_BALANCE: Final = "HAS_BALANCE"
"""Whether the bureau gave monthly balances ("yes", "no"), of all the applicant's loans or of none."""
ORDER: Final = "ORDER"
"""Whether a loan is the applicant's "only" one, the "first" or a "later" one."""


def yes_no(answers: NDArray[np.bool_]) -> pl.Series:
    """``answers`` as the names of a fact."""
    return pl.Series(["no", "yes"]).gather(answers.astype(np.intp))


def order(number: NDArray[np.integer], of: NDArray[np.integer]) -> pl.Series:
    """The fact ORDER of the ``number``-th loan, from 0, of as many as ``of``."""
    return pl.Series(["only", "first", "later"]).gather(np.where(number > 0, 2, np.where(of > 1, 1, 0)))
