"""The catalogue: every declared feature, in the order models take them."""

from typing import Final

from creditrisk.features.application import APPLICATION_FEATURES
from creditrisk.features.spec import FeatureSpec, check_catalogue

CATALOGUE: Final[tuple[FeatureSpec, ...]] = APPLICATION_FEATURES
check_catalogue(CATALOGUE)

DEFAULT_FEATURES: Final = tuple(spec.name for spec in CATALOGUE if spec.in_model)
"""What a model takes unless the trainer is told otherwise: sex is out, age and family status are in."""
