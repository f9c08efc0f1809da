"""Features of contact, documents, social circle, enquiries and the moment of the application."""

from typing import Final

from creditrisk.application import DOCUMENTS
from creditrisk.features.declare import code, columns, count, missing, ratio
from creditrisk.features.spec import FeatureSpec, Over
from creditrisk.features.themes import CIRCLE, CIRCUMSTANCES, CONTACT, DOCUMENTS_GIVEN, ENQUIRIES

CONTACT_FLAGS: Final = (
    "FLAG_MOBIL",
    "FLAG_EMP_PHONE",
    "FLAG_WORK_PHONE",
    "FLAG_CONT_MOBILE",
    "FLAG_PHONE",
    "FLAG_EMAIL",
)
ENQUIRY_COLUMNS: Final = tuple(
    f"AMT_REQ_CREDIT_BUREAU_{span}" for span in ("HOUR", "DAY", "WEEK", "MON", "QRT", "YEAR")
)

CIRCUMSTANCE: Final = (
    *columns(CONTACT, *CONTACT_FLAGS),
    count("CONTACTS", "ways to be reached", CONTACT_FLAGS, CONTACT),
    *columns(DOCUMENTS_GIVEN, *DOCUMENTS),
    count("DOCUMENTS", "documents provided", DOCUMENTS, DOCUMENTS_GIVEN),
    *columns(
        CIRCLE,
        "OBS_30_CNT_SOCIAL_CIRCLE",
        "OBS_60_CNT_SOCIAL_CIRCLE",
    ),
    *columns(CIRCLE, "DEF_30_CNT_SOCIAL_CIRCLE", "DEF_60_CNT_SOCIAL_CIRCLE", monotone=1),
    ratio(
        "CIRCLE_DEFAULTS_30",
        "share of the circle 30 days past due",
        "DEF_30_CNT_SOCIAL_CIRCLE",
        "OBS_30_CNT_SOCIAL_CIRCLE",
        CIRCLE,
        1,
    ),
    ratio(
        "CIRCLE_DEFAULTS_60",
        "share of the circle 60 days past due",
        "DEF_60_CNT_SOCIAL_CIRCLE",
        "OBS_60_CNT_SOCIAL_CIRCLE",
        CIRCLE,
        1,
    ),
    *columns(ENQUIRIES, *ENQUIRY_COLUMNS),
    FeatureSpec("ENQUIRIES_SUM", "enquiries within the year", "count", Over("sum", ENQUIRY_COLUMNS), ENQUIRIES),
    FeatureSpec("ENQUIRIES_MONTH", "enquiries within the month", "count", Over("sum", ENQUIRY_COLUMNS[:4]), ENQUIRIES),
    missing("ENQUIRIES_MISSING", "AMT_REQ_CREDIT_BUREAU_YEAR", ENQUIRIES),
    code("WEEKDAY_APPR_PROCESS_START", CIRCUMSTANCES),
    *columns(CIRCUMSTANCES, "HOUR_APPR_PROCESS_START"),
)
