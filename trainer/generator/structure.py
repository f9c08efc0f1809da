"""The laws that hold in every application: from columns to units and back.

``derive`` and ``assemble`` are each other's inverse on applications that keep the laws; one that
breaks some (a handful in the source) has no value in the units concerned.
"""

from typing import Final

import polars as pl
from polars import col

from creditrisk.application import COLUMNS, NOT_EMPLOYED
from trainer.frames import DTYPES
from trainer.generator.units import (
    CASH,
    CHOICE_COLUMNS,
    COUPLES,
    DOCUMENT_NUMBERS,
    MISSING_TOGETHER,
    MONEY_STEP,
    NOT_WORKING,
    NUMBER_COLUMNS,
    REVOLVING_ANNUITY,
    UNITS,
    WORKING_AGE_DAYS,
    missing,
)

POSSIBLE_ADDRESSES: Final = ("000", "011", "101", "110", "111")
"""Registered, contact and work address differ or not, in pairs: one difference alone cannot be."""
_WORKING: Final = col("NAME_INCOME_TYPE") != NOT_WORKING
_CASH: Final = col("NAME_CONTRACT_TYPE") == CASH
_OBSERVED: Final = col("OBS_30_CNT_SOCIAL_CIRCLE") > 0
_DEFAULTED: Final = col("DEF_30_CNT_SOCIAL_CIRCLE") > 0
_APPLIES: Final[dict[str, pl.Expr]] = {
    "NAME_INCOME_TYPE": _WORKING,
    "DOCUMENTS_WORKING": _WORKING,
    "DOCUMENTS_NOT_WORKING": ~_WORKING,
    "OWN_CAR_AGE": col("FLAG_OWN_CAR") == 1,
    "FLAG_WORK_PHONE": _WORKING,
    "OCCUPATION_TYPE": _WORKING,
    "ORGANIZATION_TYPE": _WORKING,
    missing("OCCUPATION_TYPE"): _WORKING,
    "EMPLOYED_SHARE": _WORKING & (col("DAYS_EMPLOYED") != NOT_EMPLOYED),
    "REGION_ADDRESSES": _WORKING & col("REGION_ADDRESSES").is_in(POSSIBLE_ADDRESSES),
    "CITY_ADDRESSES": _WORKING & col("CITY_ADDRESSES").is_in(POSSIBLE_ADDRESSES),
    "LIVES_IN_OTHER_REGION": ~_WORKING,
    "LIVES_IN_OTHER_CITY": ~_WORKING,
    "CREDIT_TO_PRICE": _CASH,
    "ANNUITY_TO_CREDIT": _CASH,
    missing("AMT_GOODS_PRICE"): ~_CASH,
    "DEF_30_CNT_SOCIAL_CIRCLE": _OBSERVED,
    "OBS_60_SHORTFALL": _OBSERVED,
    "DEF_60_SHORTFALL": _DEFAULTED,
}
"""Where a unit means anything, for those that do not always."""


def derive(frame: pl.DataFrame) -> pl.DataFrame:
    """The units of canonical applications: numbers Float64, choices String.

    Null where the unit's column is missing, or does not apply (the car's age without a car).
    """
    circle = {name: col(f"{name}_CNT_SOCIAL_CIRCLE") for name in ("OBS_30", "OBS_60", "DEF_30", "DEF_60")}
    documents = pl.concat_str(
        [pl.when(col(flag) == 1).then(pl.lit(f"{number} ")) for flag, number in DOCUMENT_NUMBERS.items()],
        ignore_nulls=True,
    ).str.strip_chars()
    made = {
        "REGION_RATINGS": pl.format("{}/{}", "REGION_RATING_CLIENT", "REGION_RATING_CLIENT_W_CITY"),
        "REGION_ADDRESSES": pl.concat_str(col(_addresses("REGION")).cast(pl.Int8)),
        "CITY_ADDRESSES": pl.concat_str(col(_addresses("CITY")).cast(pl.Int8)),
        "LIVES_IN_OTHER_REGION": col("REG_REGION_NOT_LIVE_REGION"),
        "LIVES_IN_OTHER_CITY": col("REG_CITY_NOT_LIVE_CITY"),
        "WORKING": _WORKING,
        "DOCUMENTS_WORKING": documents,
        "DOCUMENTS_NOT_WORKING": documents,
        "PRICE": pl.coalesce("AMT_GOODS_PRICE", "AMT_CREDIT"),
        "CREDIT_TO_PRICE": col("AMT_CREDIT") / col("AMT_GOODS_PRICE"),
        "ANNUITY_TO_CREDIT": col("AMT_ANNUITY") / col("AMT_CREDIT"),
        "EMPLOYED_SHARE": col("DAYS_EMPLOYED") / (col("DAYS_BIRTH") + WORKING_AGE_DAYS),
        "REGISTERED_SHARE": col("DAYS_REGISTRATION") / col("DAYS_BIRTH"),
        "OBS_60_SHORTFALL": circle["OBS_30"] - circle["OBS_60"],
        "DEF_60_SHORTFALL": circle["DEF_30"] - circle["DEF_60"],
        missing("AMT_GOODS_PRICE"): col("AMT_GOODS_PRICE").is_null(),
        **{missing(group): col(columns[0]).is_null() for group, columns in MISSING_TOGETHER.items()},
    }
    units = frame.with_columns(**made)
    return units.select(
        pl.when(_APPLIES.get(unit.name, pl.lit(value=True)))
        .then(col(unit.name).cast(pl.String if unit.choice else pl.Float64))
        .alias(unit.name)
        for unit in UNITS
    )


def assemble(units: pl.DataFrame) -> pl.DataFrame:
    """Canonical applications, without SK_ID_CURR and TARGET, from a value for every unit.

    Values of units that do not apply are ignored, so they need not be null.
    """
    units = units.with_columns(
        NAME_INCOME_TYPE=pl.when(col("WORKING") == 1).then(col("NAME_INCOME_TYPE")).otherwise(pl.lit(NOT_WORKING)),
        DOCUMENTS=pl.when(col("WORKING") == 1).then(col("DOCUMENTS_WORKING")).otherwise(col("DOCUMENTS_NOT_WORKING")),
    )
    days_worked = col("EMPLOYED_SHARE") * (col("DAYS_BIRTH") + WORKING_AGE_DAYS)
    credit = pl.when(_CASH).then(_money(col("PRICE") * col("CREDIT_TO_PRICE"))).otherwise(col("PRICE"))
    annuity = _money(pl.when(_CASH).then(col("ANNUITY_TO_CREDIT")).otherwise(REVOLVING_ANNUITY) * credit)
    observed = col("OBS_30_CNT_SOCIAL_CIRCLE")
    defaulted = pl.min_horizontal(col("DEF_30_CNT_SOCIAL_CIRCLE"), observed)
    observed_60 = pl.max_horizontal(observed - col("OBS_60_SHORTFALL"), 0)
    defaulted_60 = pl.min_horizontal(pl.max_horizontal(defaulted - col("DEF_60_SHORTFALL"), 0), observed_60)
    columns = {
        **{name: col(name) for name in (*CHOICE_COLUMNS, *NUMBER_COLUMNS)},
        "FLAG_MOBIL": pl.lit(1),
        "FLAG_EMP_PHONE": _WORKING,
        "FLAG_WORK_PHONE": _WORKING & (col("FLAG_WORK_PHONE") == 1),
        "OCCUPATION_TYPE": pl.when(_WORKING).then(col("OCCUPATION_TYPE")),
        "ORGANIZATION_TYPE": pl.when(_WORKING).then(col("ORGANIZATION_TYPE")).otherwise(pl.lit("XNA")),
        "DAYS_EMPLOYED": pl.when(_WORKING).then(days_worked.round()).otherwise(NOT_EMPLOYED),
        "DAYS_REGISTRATION": (col("REGISTERED_SHARE") * col("DAYS_BIRTH")).round(),
        "OWN_CAR_AGE": pl.when(col("FLAG_OWN_CAR") == 1).then(col("OWN_CAR_AGE")),
        "CNT_FAM_MEMBERS": col("CNT_CHILDREN") + 1 + col("NAME_FAMILY_STATUS").is_in(COUPLES).cast(pl.Int32),
        "AMT_CREDIT": credit,
        "AMT_ANNUITY": annuity,
        "AMT_GOODS_PRICE": pl.when(_CASH | (col(missing("AMT_GOODS_PRICE")) == 0)).then(col("PRICE")),
        "REGION_RATING_CLIENT": col("REGION_RATINGS").str.slice(0, 1),
        "REGION_RATING_CLIENT_W_CITY": col("REGION_RATINGS").str.slice(2),
        **_places("REGION"),
        **_places("CITY"),
        "DEF_30_CNT_SOCIAL_CIRCLE": defaulted,
        "OBS_60_CNT_SOCIAL_CIRCLE": observed_60,
        "DEF_60_CNT_SOCIAL_CIRCLE": defaulted_60,
        **{
            flag: col("DOCUMENTS").str.split(" ").list.contains(pl.lit(number))
            for flag, number in DOCUMENT_NUMBERS.items()
        },
    }
    for group, names in MISSING_TOGETHER.items():
        columns |= {name: pl.when(col(missing(group)) == 0).then(columns[name]) for name in names}
    return units.select(columns[column.name].cast(DTYPES[column.kind]).alias(column.name) for column in COLUMNS)


def _addresses(place: str) -> list[str]:
    return [name.format(place) for name in ("REG_{0}_NOT_LIVE_{0}", "REG_{0}_NOT_WORK_{0}", "LIVE_{0}_NOT_WORK_{0}")]


def _places(place: str) -> dict[str, pl.Expr]:
    """The three flags of a place; who does not work has no work address to differ from."""
    pattern = col(f"{place}_ADDRESSES")
    lives, works, commutes = _addresses(place)
    lives_elsewhere = pl.when(_WORKING).then(pattern.str.slice(0, 1) == "1")
    return {
        lives: lives_elsewhere.otherwise(col(f"LIVES_IN_OTHER_{place}") == 1),
        works: _WORKING & (pattern.str.slice(1, 1) == "1"),
        commutes: _WORKING & (pattern.str.slice(2, 1) == "1"),
    }


def _money(amount: pl.Expr) -> pl.Expr:
    return (amount / MONEY_STEP).round() * MONEY_STEP
