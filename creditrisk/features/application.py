"""The features of the application itself, declared.

Grouped as a loan officer thinks. A feature that is a column keeps the column's name; lengths of time
are in years. Monotone directions are set only where law or common sense fixes them.
"""

from typing import Final

from creditrisk.application import BUILDING_PARTS, BY_NAME, DOCUMENTS
from creditrisk.features.spec import (
    Code,
    Column,
    Difference,
    FeatureSpec,
    GroupMean,
    Missing,
    Over,
    Product,
    Protected,
    Rank,
    Ratio,
    Scaled,
    Sentinel,
    Share,
    Statistic,
)

YEARS_AGO: Final = -1.0 / 365.25
"""From days relative to the application (negative: before it) to years before it."""

EXTERNAL: Final = "scores from external sources"
TERMS: Final = "terms of the loan: amount, annuity and price of the goods"
BURDEN: Final = "loan and payments against income"
INCOME: Final = "amount and kind of income"
EMPLOYMENT: Final = "length and kind of employment"
EDUCATION: Final = "education"
AGE: Final = "age"
SEX: Final = "sex"
HOUSEHOLD: Final = "family and dependants"
PROPERTY: Final = "car and home owned"
STABILITY: Final = "time since registration, identity document or phone changed"
BUILDING: Final = "the building lived in"
REGION: Final = "region, and distance between home and work"
CONTACT: Final = "ways to be reached"
DOCUMENTS_GIVEN: Final = "documents provided"
CIRCLE: Final = "payment record of the social circle"
ENQUIRIES: Final = "recent enquiries at the credit bureau"
CIRCUMSTANCES: Final = "circumstances of the application"

_AVERAGES: Final[tuple[tuple[Statistic, str], ...]] = (("mean", "mean"), ("min", "lowest"), ("max", "highest"))
EXT: Final = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")
CONTACT_FLAGS: Final = (
    "FLAG_MOBIL",
    "FLAG_EMP_PHONE",
    "FLAG_WORK_PHONE",
    "FLAG_CONT_MOBILE",
    "FLAG_PHONE",
    "FLAG_EMAIL",
)
MISMATCHES: Final = (
    "REG_REGION_NOT_LIVE_REGION",
    "REG_REGION_NOT_WORK_REGION",
    "LIVE_REGION_NOT_WORK_REGION",
    "REG_CITY_NOT_LIVE_CITY",
    "REG_CITY_NOT_WORK_CITY",
    "LIVE_CITY_NOT_WORK_CITY",
)
ENQUIRY_COLUMNS: Final = tuple(
    f"AMT_REQ_CREDIT_BUREAU_{span}" for span in ("HOUR", "DAY", "WEEK", "MON", "QRT", "YEAR")
)
EDUCATION_ORDER: Final = (
    "Lower secondary",
    "Secondary / secondary special",
    "Incomplete higher",
    "Higher education",
    "Academic degree",
)


def _columns(reason: str, *names: str) -> tuple[FeatureSpec, ...]:
    columns = (BY_NAME[name] for name in names)
    return tuple(FeatureSpec(c.name, c.meaning, c.unit, Column(c.name), reason, c.plausible) for c in columns)


def _code(name: str, reason: str, protected: Protected | None = None, *, in_model: bool = True) -> FeatureSpec:
    meaning = f"{BY_NAME[name].meaning}, as a code"
    return FeatureSpec(name, meaning, "code", Code(name), reason, (-1.0, 1000.0), 0, protected, in_model)


def _years(name: str, meaning: str, of: str, reason: str) -> FeatureSpec:
    return FeatureSpec(name, meaning, "years", Scaled(of, YEARS_AGO), reason, (0.0, 120.0))


def _ratio(name: str, meaning: str, over: str, under: str, reason: str) -> FeatureSpec:
    return FeatureSpec(name, meaning, "ratio", Ratio(over, under), reason)


def _product(name: str, meaning: str, left: str, right: str, reason: str) -> FeatureSpec:
    return FeatureSpec(name, meaning, "product", Product(left, right), reason)


def _missing(name: str, of: str, reason: str) -> FeatureSpec:
    return FeatureSpec(name, f"{of} is not known", "yes/no", Missing(of), reason, (0.0, 1.0))


def _count(name: str, meaning: str, of: tuple[str, ...], reason: str) -> FeatureSpec:
    return FeatureSpec(name, meaning, "count", Over("positive", of), reason, (0.0, float(len(of))))


def _group_mean(name: str, value: str, of: str, reason: str) -> FeatureSpec:
    meaning = f"mean of {value} among training applicants of the same {of}"
    return FeatureSpec(name, meaning, BY_NAME[value].unit, GroupMean(value, of), reason)


PERSON: Final = (
    FeatureSpec(
        "AGE_YEARS", "age", "years", Scaled("DAYS_BIRTH", YEARS_AGO), AGE, (18.0, 100.0), protected=Protected.AGE
    ),
    _code("CODE_GENDER", SEX, Protected.SEX, in_model=False),
    _code("NAME_FAMILY_STATUS", HOUSEHOLD, Protected.FAMILY_STATUS),
    *_columns(HOUSEHOLD, "CNT_CHILDREN", "CNT_FAM_MEMBERS"),
    _ratio("CHILDREN_SHARE", "children per member of the family", "CNT_CHILDREN", "CNT_FAM_MEMBERS", HOUSEHOLD),
    FeatureSpec(
        "ADULTS",
        "family members who are not children",
        "count",
        Difference("CNT_FAM_MEMBERS", "CNT_CHILDREN"),
        HOUSEHOLD,
    ),
    FeatureSpec(
        "EDUCATION_RANK",
        "highest education, from lower secondary (0) to an academic degree (4)",
        "rank",
        Rank("NAME_EDUCATION_TYPE", EDUCATION_ORDER),
        EDUCATION,
        (-1.0, 4.0),
    ),
    _code("NAME_TYPE_SUITE", CIRCUMSTANCES),
)

WORK: Final = (
    _years("EMPLOYED_YEARS", "time in the current employment", "DAYS_EMPLOYED", EMPLOYMENT),
    FeatureSpec("NOT_EMPLOYED", "has no employment", "yes/no", Sentinel("DAYS_EMPLOYED"), EMPLOYMENT, (0.0, 1.0)),
    _ratio("EMPLOYED_TO_AGE", "share of life in the current employment", "EMPLOYED_YEARS", "AGE_YEARS", EMPLOYMENT),
    FeatureSpec(
        "AGE_AT_EMPLOYMENT",
        "age when the current employment began",
        "years",
        Difference("AGE_YEARS", "EMPLOYED_YEARS"),
        EMPLOYMENT,
    ),
    _code("NAME_INCOME_TYPE", INCOME),
    _code("OCCUPATION_TYPE", EMPLOYMENT),
    _code("ORGANIZATION_TYPE", EMPLOYMENT),
    _missing("OCCUPATION_MISSING", "OCCUPATION_TYPE", EMPLOYMENT),
    FeatureSpec(
        "OCCUPATION_SHARE", "how common the occupation is", "share", Share("OCCUPATION_TYPE"), EMPLOYMENT, (0.0, 1.0)
    ),
    FeatureSpec(
        "ORGANIZATION_SHARE",
        "how common the kind of employer is",
        "share",
        Share("ORGANIZATION_TYPE"),
        EMPLOYMENT,
        (0.0, 1.0),
    ),
    *_columns(INCOME, "AMT_INCOME_TOTAL"),
    _ratio("INCOME_PER_MEMBER", "income per member of the family", "AMT_INCOME_TOTAL", "CNT_FAM_MEMBERS", INCOME),
    _ratio("INCOME_TO_EMPLOYED", "income per year in employment", "AMT_INCOME_TOTAL", "EMPLOYED_YEARS", INCOME),
    _ratio("INCOME_TO_AGE", "income per year of age", "AMT_INCOME_TOTAL", "AGE_YEARS", INCOME),
    *(
        spec
        for by, theme in (("OCCUPATION_TYPE", EMPLOYMENT), ("ORGANIZATION_TYPE", EMPLOYMENT))
        for spec in (
            _group_mean(f"{by}_INCOME", "AMT_INCOME_TOTAL", by, theme),
            _ratio(
                f"INCOME_TO_{by}",
                f"income against the mean of the same {by}",
                "AMT_INCOME_TOTAL",
                f"{by}_INCOME",
                INCOME,
            ),
            _group_mean(f"{by}_EXT_SOURCE_1", "EXT_SOURCE_1", by, theme),
            _group_mean(f"{by}_EXT_SOURCE_2", "EXT_SOURCE_2", by, theme),
            _group_mean(f"{by}_EXT_SOURCE_3", "EXT_SOURCE_3", by, theme),
        )
    ),
)

LOAN: Final = (
    _code("NAME_CONTRACT_TYPE", TERMS),
    *_columns(TERMS, "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"),
    _ratio("CREDIT_TO_ANNUITY", "number of annuities in the loan", "AMT_CREDIT", "AMT_ANNUITY", TERMS),
    _ratio("CREDIT_TO_GOODS", "loan against the price of the goods", "AMT_CREDIT", "AMT_GOODS_PRICE", TERMS),
    _ratio("ANNUITY_TO_GOODS", "annuity against the price of the goods", "AMT_ANNUITY", "AMT_GOODS_PRICE", TERMS),
    FeatureSpec(
        "CREDIT_OVER_GOODS",
        "loan beyond the price of the goods",
        "currency",
        Difference("AMT_CREDIT", "AMT_GOODS_PRICE"),
        TERMS,
    ),
    _ratio("CREDIT_TO_INCOME", "loan against income", "AMT_CREDIT", "AMT_INCOME_TOTAL", BURDEN),
    _ratio("ANNUITY_TO_INCOME", "annuity against income", "AMT_ANNUITY", "AMT_INCOME_TOTAL", BURDEN),
    _ratio("GOODS_TO_INCOME", "price of the goods against income", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL", BURDEN),
    FeatureSpec(
        "INCOME_LEFT", "income less annuity", "currency", Difference("AMT_INCOME_TOTAL", "AMT_ANNUITY"), BURDEN
    ),
    _ratio("INCOME_LEFT_PER_MEMBER", "income less annuity per family member", "INCOME_LEFT", "CNT_FAM_MEMBERS", BURDEN),
    _ratio("CREDIT_TO_AGE", "loan per year of age", "AMT_CREDIT", "AGE_YEARS", TERMS),
    _ratio("CREDIT_TO_EMPLOYED", "loan per year in employment", "AMT_CREDIT", "EMPLOYED_YEARS", BURDEN),
    _ratio("ANNUITY_TO_AGE", "annuity per year of age", "AMT_ANNUITY", "AGE_YEARS", TERMS),
    _ratio("CREDIT_PER_MEMBER", "loan per member of the family", "AMT_CREDIT", "CNT_FAM_MEMBERS", BURDEN),
    FeatureSpec(
        "TERM_YEARS", "length of the loan, at one annuity a month", "years", Scaled("CREDIT_TO_ANNUITY", 1 / 12), TERMS
    ),
    FeatureSpec(
        "AGE_AT_END",
        "age when the last annuity is due, at one annuity a month",
        "years",
        Over("sum", ("AGE_YEARS", "TERM_YEARS")),
        TERMS,
    ),
)

SCORES: Final = (
    *(
        FeatureSpec(name, BY_NAME[name].meaning, "share", Column(name), EXTERNAL, (0.0, 1.0), monotone=-1)
        for name in EXT
    ),
    *(_missing(f"{name}_MISSING", name, EXTERNAL) for name in EXT),
    FeatureSpec("EXT_SOURCE_KNOWN", "external scores known", "count", Over("known", EXT), EXTERNAL, (0.0, 3.0)),
    *(
        FeatureSpec(
            f"EXT_SOURCE_{statistic.upper()}",
            f"{words} external score",
            "share",
            Over(statistic, EXT),
            EXTERNAL,
            (0.0, 1.0),
            monotone=-1,
        )
        for statistic, words in _AVERAGES
    ),
    FeatureSpec("EXT_SOURCE_STD", "spread of the external scores", "share", Over("std", EXT), EXTERNAL, (0.0, 0.5)),
    _product("EXT_1_2", "external scores 1 and 2 multiplied", "EXT_SOURCE_1", "EXT_SOURCE_2", EXTERNAL),
    _product("EXT_1_3", "external scores 1 and 3 multiplied", "EXT_SOURCE_1", "EXT_SOURCE_3", EXTERNAL),
    _product("EXT_2_3", "external scores 2 and 3 multiplied", "EXT_SOURCE_2", "EXT_SOURCE_3", EXTERNAL),
    _product("EXT_1_2_3", "the three external scores multiplied", "EXT_1_2", "EXT_SOURCE_3", EXTERNAL),
    *(
        _product(f"{name}_BY_AGE", f"{name} times age", name, "AGE_YEARS", EXTERNAL)
        for name in (*EXT, "EXT_SOURCE_MEAN")
    ),
    _product(
        "EXT_MEAN_BY_EMPLOYED",
        "mean external score times years employed",
        "EXT_SOURCE_MEAN",
        "EMPLOYED_YEARS",
        EXTERNAL,
    ),
    _ratio("CREDIT_TO_EXT_MEAN", "loan against the mean external score", "AMT_CREDIT", "EXT_SOURCE_MEAN", EXTERNAL),
    _ratio(
        "ANNUITIES_TO_EXT_MEAN",
        "annuities in the loan against the mean external score",
        "CREDIT_TO_ANNUITY",
        "EXT_SOURCE_MEAN",
        EXTERNAL,
    ),
)

HOME: Final = (
    *_columns(PROPERTY, "FLAG_OWN_CAR", "FLAG_OWN_REALTY", "OWN_CAR_AGE"),
    _missing("CAR_AGE_MISSING", "OWN_CAR_AGE", PROPERTY),
    _ratio("CAR_TO_AGE", "age of the car against the applicant's", "OWN_CAR_AGE", "AGE_YEARS", PROPERTY),
    _ratio("CAR_TO_EMPLOYED", "age of the car against years employed", "OWN_CAR_AGE", "EMPLOYED_YEARS", PROPERTY),
    _code("NAME_HOUSING_TYPE", PROPERTY),
    _years("REGISTRATION_YEARS", "time since the registration changed", "DAYS_REGISTRATION", STABILITY),
    _years("ID_YEARS", "time since the identity document changed", "DAYS_ID_PUBLISH", STABILITY),
    _years("PHONE_YEARS", "time since the phone changed", "DAYS_LAST_PHONE_CHANGE", STABILITY),
    _ratio("REGISTRATION_TO_AGE", "share of life at this registration", "REGISTRATION_YEARS", "AGE_YEARS", STABILITY),
    _ratio("ID_TO_AGE", "share of life with this identity document", "ID_YEARS", "AGE_YEARS", STABILITY),
    _ratio("PHONE_TO_AGE", "share of life with this phone", "PHONE_YEARS", "AGE_YEARS", STABILITY),
    _ratio(
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
    *_columns(REGION, "REGION_POPULATION_RELATIVE", "REGION_RATING_CLIENT", "REGION_RATING_CLIENT_W_CITY", *MISMATCHES),
    _count("ADDRESS_MISMATCHES", "addresses that do not match", MISMATCHES, REGION),
    _product(
        "REGION_RATINGS",
        "both ratings of the region multiplied",
        "REGION_RATING_CLIENT",
        "REGION_RATING_CLIENT_W_CITY",
        REGION,
    ),
    _product(
        "POPULATION_BY_RATING",
        "population of the region times its rating",
        "REGION_POPULATION_RELATIVE",
        "REGION_RATING_CLIENT",
        REGION,
    ),
    _product(
        "INCOME_BY_POPULATION",
        "income times population of the region",
        "AMT_INCOME_TOTAL",
        "REGION_POPULATION_RELATIVE",
        REGION,
    ),
)

HOUSE: Final = (
    *_columns(BUILDING, *(f"{part}_{suffix}" for suffix in ("AVG", "MODE", "MEDI") for part in BUILDING_PARTS)),
    *_columns(BUILDING, "TOTALAREA_MODE"),
    _code("FONDKAPREMONT_MODE", BUILDING),
    _code("HOUSETYPE_MODE", BUILDING),
    _code("WALLSMATERIAL_MODE", BUILDING),
    _code("EMERGENCYSTATE_MODE", BUILDING),
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
    _ratio("LIVING_TO_TOTAL", "area lived in against total area", "LIVINGAREA_AVG", "TOTALAREA_MODE", BUILDING),
)

CIRCUMSTANCE: Final = (
    *_columns(CONTACT, *CONTACT_FLAGS),
    _count("CONTACTS", "ways to be reached", CONTACT_FLAGS, CONTACT),
    *_columns(DOCUMENTS_GIVEN, *DOCUMENTS),
    _count("DOCUMENTS", "documents provided", DOCUMENTS, DOCUMENTS_GIVEN),
    *_columns(
        CIRCLE,
        "OBS_30_CNT_SOCIAL_CIRCLE",
        "DEF_30_CNT_SOCIAL_CIRCLE",
        "OBS_60_CNT_SOCIAL_CIRCLE",
        "DEF_60_CNT_SOCIAL_CIRCLE",
    ),
    _ratio(
        "CIRCLE_DEFAULTS_30",
        "share of the circle 30 days past due",
        "DEF_30_CNT_SOCIAL_CIRCLE",
        "OBS_30_CNT_SOCIAL_CIRCLE",
        CIRCLE,
    ),
    _ratio(
        "CIRCLE_DEFAULTS_60",
        "share of the circle 60 days past due",
        "DEF_60_CNT_SOCIAL_CIRCLE",
        "OBS_60_CNT_SOCIAL_CIRCLE",
        CIRCLE,
    ),
    *_columns(ENQUIRIES, *ENQUIRY_COLUMNS),
    FeatureSpec("ENQUIRIES_SUM", "enquiries within the year", "count", Over("sum", ENQUIRY_COLUMNS), ENQUIRIES),
    FeatureSpec("ENQUIRIES_MONTH", "enquiries within the month", "count", Over("sum", ENQUIRY_COLUMNS[:4]), ENQUIRIES),
    _missing("ENQUIRIES_MISSING", "AMT_REQ_CREDIT_BUREAU_YEAR", ENQUIRIES),
    _code("WEEKDAY_APPR_PROCESS_START", CIRCUMSTANCES),
    *_columns(CIRCUMSTANCES, "HOUR_APPR_PROCESS_START"),
)

APPLICATION_FEATURES: Final[tuple[FeatureSpec, ...]] = (*PERSON, *WORK, *LOAN, *SCORES, *HOME, *HOUSE, *CIRCUMSTANCE)
