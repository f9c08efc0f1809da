"""Loans at the credit bureau: from columns to units and back."""

from typing import Final

import polars as pl
from polars import col

from creditrisk.history import Table
from trainer.generator.histories import balance
from trainer.generator.histories.amounts import rounded_as, rounded_to, roundness
from trainer.generator.histories.facts import HAS_BALANCE, LABELLED, yes_no
from trainer.generator.histories.rows import RowUnit
from trainer.generator.histories.spans import EARLIEST
from trainer.generator.histories.tables import canonical
from trainer.generator.units import missing

CLOSED: Final = "Closed"

_KIND: Final = ("CREDIT_ACTIVE", "CREDIT_TYPE")
_AGED: Final = (*_KIND, "DAYS_CREDIT")
UNITS: Final = (
    RowUnit("CREDIT_ACTIVE", given=(LABELLED,)),
    RowUnit("CREDIT_TYPE", given=(LABELLED, "CREDIT_ACTIVE")),
    RowUnit("DAYS_CREDIT", 1, _KIND, cuts=(-1461.0, -730.0, -365.0)),
    RowUnit("CREDIT_CURRENCY"),
    RowUnit(missing("DAYS_ENDDATE_FACT"), 1, ("CREDIT_ACTIVE",)),
    RowUnit("LIVED_SHARE", 1e-4, ("CREDIT_TYPE", "DAYS_CREDIT")),
    RowUnit(missing("DAYS_CREDIT_ENDDATE"), 1, _KIND),
    RowUnit("DAYS_EARLY", 1, ("CREDIT_TYPE",)),
    RowUnit("DAYS_CREDIT_ENDDATE", 1, _AGED),
    RowUnit("NEWS_SHARE", 1e-4, ("DAYS_CREDIT",)),
    RowUnit("NEWS_DAYS", 1, _KIND),
    RowUnit("AMT_CREDIT_SUM", 0.01, _KIND),
    RowUnit("SUM_STEP", given=("CREDIT_TYPE",)),
    RowUnit(missing("AMT_CREDIT_SUM_DEBT"), 1, _KIND),
    RowUnit("DEBT_SHARE", 1e-4, _AGED, cuts=(0.01, 0.5, 0.9)),
    RowUnit(missing("AMT_CREDIT_SUM_LIMIT"), 1, _KIND),
    RowUnit("LIMIT_SHARE", 1e-4, (*_KIND, "DEBT_SHARE")),
    RowUnit("OVERDUE", 1, ("CREDIT_ACTIVE",)),
    RowUnit("CREDIT_DAY_OVERDUE", 1),
    RowUnit("OVERDUE_SHARE", 1e-4),
    RowUnit(missing("AMT_CREDIT_MAX_OVERDUE"), 1, (HAS_BALANCE, "CREDIT_ACTIVE")),
    RowUnit("AMT_CREDIT_MAX_OVERDUE", 0.01, ("CREDIT_TYPE",)),
    RowUnit("CNT_CREDIT_PROLONG", 1, ("CREDIT_TYPE",)),
    RowUnit(missing("AMT_ANNUITY"), 1, (HAS_BALANCE,)),
    RowUnit("AMT_ANNUITY", 0.01, _KIND),
    *balance.UNITS,
)
_ENDED: Final = col("DAYS_ENDDATE_FACT").is_not_null()
_SUM: Final = col("AMT_CREDIT_SUM")


def derive(frame: pl.DataFrame, months: pl.DataFrame) -> pl.DataFrame:
    """The units and facts of canonical ``frame`` and its balance ``months``; null where a unit does not apply."""
    life = col("DAYS_ENDDATE_FACT") - col("DAYS_CREDIT")
    of_sum = {
        "DEBT_SHARE": col("AMT_CREDIT_SUM_DEBT") / _SUM,
        "LIMIT_SHARE": col("AMT_CREDIT_SUM_LIMIT") / (_SUM - col("AMT_CREDIT_SUM_DEBT").fill_null(0)),
        "OVERDUE_SHARE": pl.when(col("CREDIT_DAY_OVERDUE") > 0).then(col("AMT_CREDIT_SUM_OVERDUE") / _SUM),
    }
    made = {
        missing("DAYS_ENDDATE_FACT"): ~_ENDED,
        "LIVED_SHARE": (life / -col("DAYS_CREDIT")).clip(0, 1),
        missing("DAYS_CREDIT_ENDDATE"): col("DAYS_CREDIT_ENDDATE").is_null(),
        "DAYS_EARLY": col("DAYS_CREDIT_ENDDATE") - col("DAYS_ENDDATE_FACT"),
        "DAYS_CREDIT_ENDDATE": pl.when(~_ENDED).then(col("DAYS_CREDIT_ENDDATE")),
        "NEWS_SHARE": ((col("DAYS_CREDIT_UPDATE") - col("DAYS_ENDDATE_FACT")) / -col("DAYS_ENDDATE_FACT")).clip(0, 1),
        "NEWS_DAYS": pl.when(~_ENDED).then(col("DAYS_CREDIT_UPDATE")),
        "OVERDUE": col("CREDIT_DAY_OVERDUE") > 0,
        "CREDIT_DAY_OVERDUE": pl.when(col("CREDIT_DAY_OVERDUE") > 0).then("CREDIT_DAY_OVERDUE"),
        "SUM_STEP": pl.when(_SUM > 0).then(roundness(_SUM)),
        **{
            missing(name): col(name).is_null()
            for name in ("AMT_CREDIT_SUM_DEBT", "AMT_CREDIT_SUM_LIMIT", "AMT_CREDIT_MAX_OVERDUE", "AMT_ANNUITY")
        },
        **{name: pl.when(_SUM > 0).then(_finite(value).clip(-1, 3)) for name, value in of_sum.items()},
    }
    owners = frame.join(months, on="SK_ID_BUREAU", how="semi")["SK_ID_CURR"]
    has_balance = yes_no(frame["SK_ID_CURR"].is_in(owners.implode()).to_numpy()).alias(HAS_BALANCE)
    units = frame.with_columns(**made).with_columns(has_balance, *balance.derive(frame, months))
    return units.select(HAS_BALANCE, *(unit.name for unit in UNITS))


def assemble(units: pl.DataFrame) -> pl.DataFrame:
    """The canonical table from a value for every unit, and the columns SK_ID_CURR and SK_ID_BUREAU."""
    units = units.with_columns(
        DAYS_CREDIT=col("DAYS_CREDIT").clip(EARLIEST, 0),
        AMT_CREDIT_SUM=rounded_as(_SUM, col("SUM_STEP")),
    ).with_columns(life=(-col("DAYS_CREDIT") * col("LIVED_SHARE")).round())
    ended = col(missing("DAYS_ENDDATE_FACT")) == 0
    # What ended, ended the day before the application at the latest.
    end = pl.min_horizontal(col("DAYS_CREDIT") + col("life"), -1)
    planned = pl.when(ended).then(end + col("DAYS_EARLY")).otherwise("DAYS_CREDIT_ENDDATE")
    news = pl.when(ended).then((end * (1 - col("NEWS_SHARE"))).round())
    debt = pl.when(_known("AMT_CREDIT_SUM_DEBT")).then(col("DEBT_SHARE") * _SUM)
    is_overdue = col("OVERDUE") == 1
    overdue = pl.when(is_overdue).then(col("OVERDUE_SHARE") * _SUM).otherwise(0.0)
    most = pl.max_horizontal("AMT_CREDIT_MAX_OVERDUE", overdue)
    columns = {
        "CREDIT_DAY_OVERDUE": pl.when(is_overdue).then("CREDIT_DAY_OVERDUE").otherwise(0),
        "DAYS_ENDDATE_FACT": pl.when(ended).then(end),
        "DAYS_CREDIT_ENDDATE": pl.when(_known("DAYS_CREDIT_ENDDATE")).then(pl.max_horizontal(planned, "DAYS_CREDIT")),
        "DAYS_CREDIT_UPDATE": news.fill_null(pl.max_horizontal("NEWS_DAYS", "DAYS_CREDIT")).clip(None, 0),
        "AMT_CREDIT_SUM_DEBT": rounded_to(debt),
        "AMT_CREDIT_SUM_LIMIT": rounded_to(
            pl.when(_known("AMT_CREDIT_SUM_LIMIT")).then(col("LIMIT_SHARE") * (_SUM - debt.fill_null(0)).clip(0, None))
        ),
        "AMT_CREDIT_SUM_OVERDUE": rounded_to(overdue),
        "AMT_CREDIT_MAX_OVERDUE": rounded_to(pl.when(_known("AMT_CREDIT_MAX_OVERDUE")).then(most)),
        "AMT_ANNUITY": rounded_to(pl.when(_known("AMT_ANNUITY")).then("AMT_ANNUITY")),
    }
    return canonical(Table.BUREAU, units.with_columns(**columns))


def _known(name: str) -> pl.Expr:
    return col(missing(name)) == 0


def _finite(value: pl.Expr) -> pl.Expr:
    return pl.when(value.is_finite()).then(value)
