"""The features of an applicant's history: every aggregate, and what they say of each other and of the application."""

from typing import Final

from creditrisk.features.elsewhere import ELSEWHERE
from creditrisk.features.history import AGGREGATES
from creditrisk.features.spec import Column, FeatureSpec
from creditrisk.features.with_us import WITH_US

HISTORY_FEATURES: Final[tuple[FeatureSpec, ...]] = (
    *(
        FeatureSpec(one.name, one.meaning, one.unit, Column(one.name), one.reason, monotone=one.monotone)
        for one in AGGREGATES
    ),
    *ELSEWHERE,
    *WITH_US,
)
