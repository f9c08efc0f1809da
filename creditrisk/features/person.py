"""Features of the person: household, education, work and income."""

from typing import Final

from creditrisk.features.declare import YEARS_AGO, called, code, columns, group_mean, missing, ratio, years
from creditrisk.features.spec import Difference, FeatureSpec, Protected, Rank, Scaled, Sentinel, Share
from creditrisk.features.themes import AGE, CIRCUMSTANCES, EDUCATION, EMPLOYMENT, HOUSEHOLD, INCOME, SEX

EDUCATION_ORDER: Final = (
    "Lower secondary",
    "Secondary / secondary special",
    "Incomplete higher",
    "Higher education",
    "Academic degree",
)

PERSON: Final = (
    FeatureSpec(
        "AGE_YEARS", "age", "years", Scaled("DAYS_BIRTH", YEARS_AGO), AGE, (17.9, 100.0), protected=Protected.AGE
    ),
    code("CODE_GENDER", SEX, Protected.SEX, in_model=False),
    code("NAME_FAMILY_STATUS", HOUSEHOLD, Protected.FAMILY_STATUS),
    *columns(HOUSEHOLD, "CNT_CHILDREN", "CNT_FAM_MEMBERS"),
    ratio("CHILDREN_SHARE", "children per member of the family", "CNT_CHILDREN", "CNT_FAM_MEMBERS", HOUSEHOLD),
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
        monotone=-1,
    ),
    code("NAME_TYPE_SUITE", CIRCUMSTANCES),
)

WORK: Final = (
    years("EMPLOYED_YEARS", "time in the current employment", "DAYS_EMPLOYED", EMPLOYMENT, -1),
    FeatureSpec("NOT_EMPLOYED", "has no employment", "yes/no", Sentinel("DAYS_EMPLOYED"), EMPLOYMENT, (0.0, 1.0)),
    ratio("EMPLOYED_TO_AGE", "share of life in the current employment", "EMPLOYED_YEARS", "AGE_YEARS", EMPLOYMENT, -1),
    FeatureSpec(
        "AGE_AT_EMPLOYMENT",
        "age when the current employment began",
        "years",
        Difference("AGE_YEARS", "EMPLOYED_YEARS"),
        EMPLOYMENT,
    ),
    code("NAME_INCOME_TYPE", INCOME),
    code("OCCUPATION_TYPE", EMPLOYMENT),
    code("ORGANIZATION_TYPE", EMPLOYMENT),
    missing("OCCUPATION_MISSING", "OCCUPATION_TYPE", EMPLOYMENT),
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
    *columns(INCOME, "AMT_INCOME_TOTAL"),
    ratio("INCOME_PER_MEMBER", "income per member of the family", "AMT_INCOME_TOTAL", "CNT_FAM_MEMBERS", INCOME),
    ratio("INCOME_TO_EMPLOYED", "income per year in employment", "AMT_INCOME_TOTAL", "EMPLOYED_YEARS", INCOME),
    ratio("INCOME_TO_AGE", "income per year of age", "AMT_INCOME_TOTAL", "AGE_YEARS", INCOME),
    *(
        spec
        for by, theme in (("OCCUPATION_TYPE", EMPLOYMENT), ("ORGANIZATION_TYPE", EMPLOYMENT))
        for spec in (
            group_mean(f"{by}_INCOME", "AMT_INCOME_TOTAL", by, theme),
            ratio(
                f"INCOME_TO_{by}",
                f"income against the mean of the same {called(by)}",
                "AMT_INCOME_TOTAL",
                f"{by}_INCOME",
                INCOME,
            ),
            group_mean(f"{by}_EXT_SOURCE_1", "EXT_SOURCE_1", by, theme),
            group_mean(f"{by}_EXT_SOURCE_2", "EXT_SOURCE_2", by, theme),
            group_mean(f"{by}_EXT_SOURCE_3", "EXT_SOURCE_3", by, theme),
        )
    ),
)
