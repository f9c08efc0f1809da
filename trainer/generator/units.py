"""The units of the statistical model: what one dimension of the copula stands for.

A unit is a column, or what is left of some columns once the laws between them are taken out: the loan
against the price instead of the loan, one pattern instead of three flags of which only some
combinations exist, one indicator where columns are missing together. ``structure`` goes from columns
to units and back.
"""

from dataclasses import dataclass
from typing import Final

from creditrisk.application import BUILDING_PARTS, DOCUMENTS

BUILDING_STATISTICS: Final = ("AVG", "MODE", "MEDI")
ENQUIRIES: Final = tuple(f"AMT_REQ_CREDIT_BUREAU_{span}" for span in ("HOUR", "DAY", "WEEK", "MON", "QRT", "YEAR"))
CIRCLE: Final = tuple(f"{what}_CNT_SOCIAL_CIRCLE" for what in ("OBS_30", "DEF_30", "OBS_60", "DEF_60"))
DOCUMENT_NUMBERS: Final = {name: name.removeprefix("FLAG_DOCUMENT_") for name in DOCUMENTS}

NOT_WORKING: Final = "Pensioner"
"""The NAME_INCOME_TYPE without employment: no employer, occupation, phone or place of work."""
CASH: Final = "Cash loans"
COUPLES: Final = ("Married", "Civil marriage")
"""Values of NAME_FAMILY_STATUS that count two adults; the others count one."""
WORKING_AGE_DAYS: Final = 16 * 365.25
"""Age, in days, before which no employment begins."""
REVOLVING_ANNUITY: Final = 0.05
"""Annuity of a revolving loan against its amount."""
MONEY_STEP: Final = 4.5
"""The source's amounts are multiples of this (it was scaled to hide the currency)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One dimension. A number is rounded to ``step``; a choice (``step`` 0) is one of a set of names."""

    name: str
    step: float = 0.0

    @property
    def choice(self) -> bool:
        """Whether the unit is a name, not a number."""
        return self.step == 0.0


def missing(name: str) -> str:
    """Name of the unit that is 1 where the column, or group of columns, ``name`` is missing, else 0."""
    return f"{name} MISSING"


CHOICE_COLUMNS: Final = (
    "NAME_CONTRACT_TYPE",
    "CODE_GENDER",
    "NAME_INCOME_TYPE",
    "NAME_EDUCATION_TYPE",
    "NAME_FAMILY_STATUS",
    "NAME_HOUSING_TYPE",
    "WEEKDAY_APPR_PROCESS_START",
    "NAME_TYPE_SUITE",
    "FONDKAPREMONT_MODE",
    "HOUSETYPE_MODE",
    "WALLSMATERIAL_MODE",
    "EMERGENCYSTATE_MODE",
    "OCCUPATION_TYPE",
    "ORGANIZATION_TYPE",
)
"""Categories that are units as they stand."""

NUMBER_COLUMNS: Final[dict[str, float]] = {
    "FLAG_OWN_CAR": 1,
    "FLAG_OWN_REALTY": 1,
    "CNT_CHILDREN": 1,
    "AMT_INCOME_TOTAL": 450,
    "REGION_POPULATION_RELATIVE": 1e-6,
    "DAYS_BIRTH": 1,
    "DAYS_ID_PUBLISH": 1,
    "DAYS_LAST_PHONE_CHANGE": 1,
    "OWN_CAR_AGE": 1,
    "FLAG_CONT_MOBILE": 1,
    "FLAG_PHONE": 1,
    "FLAG_EMAIL": 1,
    "FLAG_WORK_PHONE": 1,
    "HOUR_APPR_PROCESS_START": 1,
    **{f"EXT_SOURCE_{number}": 1e-6 for number in (1, 2, 3)},
    **{f"{part}_{statistic}": 1e-4 for statistic in BUILDING_STATISTICS for part in BUILDING_PARTS},
    "TOTALAREA_MODE": 1e-4,
    "OBS_30_CNT_SOCIAL_CIRCLE": 1,
    "DEF_30_CNT_SOCIAL_CIRCLE": 1,
    **dict.fromkeys(ENQUIRIES, 1),
}
"""Numbers and flags that are units as they stand, with the step they are rounded to."""

MISSING_TOGETHER: Final[dict[str, tuple[str, ...]]] = {
    **{part: tuple(f"{part}_{statistic}" for statistic in BUILDING_STATISTICS) for part in BUILDING_PARTS},
    **{
        name: (name,)
        for name in (
            "TOTALAREA_MODE",
            "FONDKAPREMONT_MODE",
            "HOUSETYPE_MODE",
            "WALLSMATERIAL_MODE",
            "EMERGENCYSTATE_MODE",
            "EXT_SOURCE_1",
            "EXT_SOURCE_2",
            "EXT_SOURCE_3",
            "NAME_TYPE_SUITE",
            "OCCUPATION_TYPE",
        )
    },
    "ENQUIRIES": ENQUIRIES,
    "CIRCLE": CIRCLE,
}
"""Columns missing together, by the name of their group; the first column stands for all at the fit."""

UNITS: Final[tuple[Unit, ...]] = (
    *(Unit(name) for name in CHOICE_COLUMNS),
    *(Unit(name) for name in ("REGION_RATINGS", "REGION_ADDRESSES", "CITY_ADDRESSES")),
    Unit("DOCUMENTS_WORKING"),
    Unit("DOCUMENTS_NOT_WORKING"),
    *(Unit(name, step) for name, step in NUMBER_COLUMNS.items()),
    Unit("WORKING", 1),
    Unit("PRICE", 4500),
    Unit("CREDIT_TO_PRICE", 1e-4),
    Unit("ANNUITY_TO_CREDIT", 1e-5),
    Unit("EMPLOYED_SHARE", 1e-5),
    Unit("REGISTERED_SHARE", 1e-5),
    Unit("LIVES_IN_OTHER_REGION", 1),
    Unit("LIVES_IN_OTHER_CITY", 1),
    Unit("OBS_60_SHORTFALL", 1),
    Unit("DEF_60_SHORTFALL", 1),
    Unit(missing("AMT_GOODS_PRICE"), 1),
    *(Unit(missing(group), 1) for group in MISSING_TOGETHER),
)
