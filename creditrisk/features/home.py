"""Features of property, stability, region and the building lived in."""

from typing import Final

from creditrisk.application import BUILDING_PARTS
from creditrisk.features.declare import code, columns, count, missing, product, ratio, years
from creditrisk.features.spec import Difference, FeatureSpec, Over
from creditrisk.features.themes import BUILDING, PROPERTY, REGION, STABILITY

MISMATCHES: Final = (
    "REG_REGION_NOT_LIVE_REGION",
    "REG_REGION_NOT_WORK_REGION",
    "LIVE_REGION_NOT_WORK_REGION",
    "REG_CITY_NOT_LIVE_CITY",
    "REG_CITY_NOT_WORK_CITY",
    "LIVE_CITY_NOT_WORK_CITY",
)

HOME: Final = (
    *columns(PROPERTY, "FLAG_OWN_CAR", monotone=-1),
    *columns(PROPERTY, "FLAG_OWN_REALTY"),
    *columns(PROPERTY, "OWN_CAR_AGE", monotone=1),
    missing("CAR_AGE_MISSING", "OWN_CAR_AGE", PROPERTY),
    ratio("CAR_TO_AGE", "age of the car against the applicant's", "OWN_CAR_AGE", "AGE_YEARS", PROPERTY),
    ratio("CAR_TO_EMPLOYED", "age of the car against years employed", "OWN_CAR_AGE", "EMPLOYED_YEARS", PROPERTY),
    code("NAME_HOUSING_TYPE", PROPERTY),
    years("REGISTRATION_YEARS", "time since the registration changed", "DAYS_REGISTRATION", STABILITY, -1),
    years("ID_YEARS", "time since the identity document changed", "DAYS_ID_PUBLISH", STABILITY, -1),
    years("PHONE_YEARS", "time since the phone changed", "DAYS_LAST_PHONE_CHANGE", STABILITY, -1),
    ratio("REGISTRATION_TO_AGE", "share of life at this registration", "REGISTRATION_YEARS", "AGE_YEARS", STABILITY),
    ratio("ID_TO_AGE", "share of life with this identity document", "ID_YEARS", "AGE_YEARS", STABILITY),
    ratio("PHONE_TO_AGE", "share of life with this phone", "PHONE_YEARS", "AGE_YEARS", STABILITY),
    ratio(
        "PHONE_TO_EMPLOYED", "time with this phone against years employed", "PHONE_YEARS", "EMPLOYED_YEARS", STABILITY
    ),
    FeatureSpec(
        "ID_AFTER_REGISTRATION",
        "how long the registration is older than the identity document",
        "years",
        Difference("REGISTRATION_YEARS", "ID_YEARS"),
        STABILITY,
    ),
    FeatureSpec(
        "AGE_AT_ID",
        "age when the identity document was issued",
        "years",
        Difference("AGE_YEARS", "ID_YEARS"),
        STABILITY,
    ),
    *columns(REGION, "REGION_POPULATION_RELATIVE"),
    *columns(REGION, "REGION_RATING_CLIENT", "REGION_RATING_CLIENT_W_CITY", *MISMATCHES, monotone=1),
    count("ADDRESS_MISMATCHES", "addresses that do not match", MISMATCHES, REGION, 1),
    product(
        "REGION_RATINGS",
        "both ratings of the region multiplied",
        "REGION_RATING_CLIENT",
        "REGION_RATING_CLIENT_W_CITY",
        REGION,
    ),
    product(
        "POPULATION_BY_RATING",
        "population of the region times its rating",
        "REGION_POPULATION_RELATIVE",
        "REGION_RATING_CLIENT",
        REGION,
    ),
    product(
        "INCOME_BY_POPULATION",
        "income times population of the region",
        "AMT_INCOME_TOTAL",
        "REGION_POPULATION_RELATIVE",
        REGION,
    ),
)

HOUSE: Final = (
    # The table also gives each part's mode and median. They all but repeat the mean, and cost AUC.
    *columns(BUILDING, *(f"{part}_AVG" for part in BUILDING_PARTS)),
    *columns(BUILDING, "TOTALAREA_MODE"),
    code("FONDKAPREMONT_MODE", BUILDING),
    code("HOUSETYPE_MODE", BUILDING),
    code("WALLSMATERIAL_MODE", BUILDING),
    code("EMERGENCYSTATE_MODE", BUILDING),
    FeatureSpec(
        "BUILDING_KNOWN",
        "facts known of the building",
        "count",
        Over("known", tuple(f"{part}_AVG" for part in BUILDING_PARTS)),
        BUILDING,
        (0.0, float(len(BUILDING_PARTS))),
    ),
    FeatureSpec(
        "BUILDING_MEAN",
        "mean of the known facts of the building",
        "share",
        Over("mean", tuple(f"{part}_AVG" for part in BUILDING_PARTS)),
        BUILDING,
        (0.0, 1.0),
    ),
    ratio("LIVING_TO_TOTAL", "area lived in against total area", "LIVINGAREA_AVG", "TOTALAREA_MODE", BUILDING),
)
