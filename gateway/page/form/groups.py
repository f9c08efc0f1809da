"""Which fields stand together, as a loan officer asks for them."""

from dataclasses import dataclass
from typing import Final

from creditrisk.application import BUILDING_PARTS, DOCUMENTS


@dataclass(frozen=True, slots=True)
class Group:
    """Columns under one heading; ``opened``: seen without a click."""

    title: str
    columns: tuple[str, ...]
    opened: bool = False


LEFT_OUT: Final = tuple(f"{part}_{suffix}" for part in BUILDING_PARTS for suffix in ("MODE", "MEDI"))
"""Not asked for: modes and medians of the building repeat its means."""

GROUPS: Final = (
    Group(
        "Loan",
        (
            "NAME_CONTRACT_TYPE",
            "AMT_CREDIT",
            "AMT_ANNUITY",
            "AMT_GOODS_PRICE",
            "NAME_TYPE_SUITE",
            "WEEKDAY_APPR_PROCESS_START",
            "HOUR_APPR_PROCESS_START",
        ),
        opened=True,
    ),
    Group(
        "Income and work",
        ("AMT_INCOME_TOTAL", "NAME_INCOME_TYPE", "DAYS_EMPLOYED", "OCCUPATION_TYPE", "ORGANIZATION_TYPE"),
        opened=True,
    ),
    Group(
        "Person and household",
        (
            "DAYS_BIRTH",
            "CODE_GENDER",
            "NAME_EDUCATION_TYPE",
            "NAME_FAMILY_STATUS",
            "CNT_CHILDREN",
            "CNT_FAM_MEMBERS",
            "NAME_HOUSING_TYPE",
            "FLAG_OWN_REALTY",
            "FLAG_OWN_CAR",
            "OWN_CAR_AGE",
            "DAYS_REGISTRATION",
            "DAYS_ID_PUBLISH",
            "DAYS_LAST_PHONE_CHANGE",
        ),
        opened=True,
    ),
    Group(
        "External scores and enquiries",
        (
            "EXT_SOURCE_1",
            "EXT_SOURCE_2",
            "EXT_SOURCE_3",
            *(f"AMT_REQ_CREDIT_BUREAU_{span}" for span in ("HOUR", "DAY", "WEEK", "MON", "QRT", "YEAR")),
            "OBS_30_CNT_SOCIAL_CIRCLE",
            "DEF_30_CNT_SOCIAL_CIRCLE",
            "OBS_60_CNT_SOCIAL_CIRCLE",
            "DEF_60_CNT_SOCIAL_CIRCLE",
        ),
        opened=True,
    ),
    Group("Documents", DOCUMENTS),
    Group(
        "Contact and region",
        (
            "FLAG_MOBIL",
            "FLAG_CONT_MOBILE",
            "FLAG_EMP_PHONE",
            "FLAG_WORK_PHONE",
            "FLAG_PHONE",
            "FLAG_EMAIL",
            "REGION_POPULATION_RELATIVE",
            "REGION_RATING_CLIENT",
            "REGION_RATING_CLIENT_W_CITY",
            "REG_REGION_NOT_LIVE_REGION",
            "REG_REGION_NOT_WORK_REGION",
            "LIVE_REGION_NOT_WORK_REGION",
            "REG_CITY_NOT_LIVE_CITY",
            "REG_CITY_NOT_WORK_CITY",
            "LIVE_CITY_NOT_WORK_CITY",
        ),
    ),
    Group(
        "Building",
        (
            "HOUSETYPE_MODE",
            "WALLSMATERIAL_MODE",
            "FONDKAPREMONT_MODE",
            "EMERGENCYSTATE_MODE",
            "TOTALAREA_MODE",
            *(f"{part}_AVG" for part in BUILDING_PARTS),
        ),
    ),
)
