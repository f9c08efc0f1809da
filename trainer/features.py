"""Which features a model takes: what may be used, and what the data can tell."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.application import BY_NAME
from creditrisk.features.catalogue import CATALOGUE, sources
from creditrisk.features.spec import Protected
from creditrisk.history import Table
from trainer.histories.known import Histories
from trainer.progress import say

USUAL: Final = frozenset({Protected.AGE, Protected.FAMILY_STATUS})
"""Protected attributes that enter a model unless told otherwise."""


LEAST: Final = 0.5
"""Share of the applicants whose histories must be known for a model to use them."""


def enough(histories: Histories | None, applicants: NDArray[np.int64]) -> Histories | None:
    """``histories`` where those of enough ``applicants`` are known.

    A model fitted on rows most of which lack their histories learns who is in the sample.
    """
    if histories is None:
        return None
    share = float(np.isin(applicants, histories.ids).mean())
    if share >= LEAST:
        return histories
    say(f"histories of {share:.0%} of the applicants are known, below {LEAST:.0%}: the model does without them")
    return None


def feature_names(allowed: frozenset[Protected], tables: frozenset[Table]) -> tuple[str, ...]:
    """The features of a model that may use the protected attributes ``allowed`` and the history ``tables``.

    Whatever is computed from a barred attribute's column, or from a table that is not there, goes with it.
    """
    barred: set[str] = set()
    for spec in CATALOGUE:
        if spec.protected is not None and spec.protected not in allowed:
            barred.update(sources(spec))
    usable = (spec for spec in CATALOGUE if spec.in_model or spec.protected in allowed)
    return tuple(
        spec.name
        for spec in usable
        if not barred & set(sources(spec))
        and all(name in BY_NAME or name.partition(".")[0] in tables for name in sources(spec))
    )
