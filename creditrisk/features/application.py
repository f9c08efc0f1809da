"""The features of the application itself, in catalogue order.

Grouped as a loan officer thinks. A feature that is a column keeps the column's name; lengths of time
are in years. Monotone directions are set only where law or common sense fixes them.
"""

from typing import Final

from creditrisk.features.circumstances import CIRCUMSTANCE
from creditrisk.features.home import HOME, HOUSE
from creditrisk.features.loan import LOAN
from creditrisk.features.person import PERSON, WORK
from creditrisk.features.scores import SCORES
from creditrisk.features.spec import FeatureSpec

APPLICATION_FEATURES: Final[tuple[FeatureSpec, ...]] = (
    *PERSON,
    *WORK,
    *LOAN,
    *SCORES,
    *HOME,
    *HOUSE,
    *CIRCUMSTANCE,
)
