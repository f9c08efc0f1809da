"""The applicant's standing: one figure over the facts that most often tell good risks from bad."""

from typing import Final

from creditrisk.features.spec import FeatureSpec, Points, Term
from creditrisk.features.themes import STANDING_OVERALL

# Ten points a step for each external score, three for any other fact, towards the safer side. Centres
# and steps are rounded means and standard deviations over applicants. Age, sex and family are left out.
# The weights are round numbers; these terms were kept, among several sets, by cross-validated AUC.
_TERMS: Final = (
    Term("EXT_SOURCE_1", 0.5, 0.2, 10.0),
    Term("EXT_SOURCE_2", 0.5, 0.2, 10.0),
    Term("EXT_SOURCE_3", 0.5, 0.2, 10.0),
    Term("EMPLOYED_YEARS", 6.5, 6.0, 3.0),
    Term("EDUCATION_RANK", 1.5, 0.9, 3.0),
    Term("REGION_RATING_CLIENT_W_CITY", 2.0, 0.5, -3.0),
    Term("CREDIT_TO_GOODS", 1.1, 0.12, -3.0),
    Term("ID_YEARS", 8.0, 4.0, 3.0),
    Term("PHONE_YEARS", 2.6, 2.2, 3.0),
    Term("DEF_30_CNT_SOCIAL_CIRCLE", 0.15, 0.4, -3.0),
    Term("FLAG_OWN_CAR", 0.35, 0.5, 3.0),
    Term("REG_CITY_NOT_WORK_CITY", 0.25, 0.4, -3.0),
)
_MOST: Final = 3 * sum(abs(term.points) for term in _TERMS)

STANDING: Final = (
    FeatureSpec(
        "STANDING_POINTS",
        "points for external scores, employment, education, region, loan, stability, circle, car and work",
        "points",
        Points(_TERMS),
        STANDING_OVERALL,
        (-_MOST, _MOST),
        monotone=-1,
    ),
)
