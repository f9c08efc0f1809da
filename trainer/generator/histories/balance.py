"""Monthly balances of loans at the credit bureau."""

from typing import Final

import numpy as np
import polars as pl
from polars import col

from creditrisk.history import Table
from trainer.generator.histories.facts import LABELLED
from trainer.generator.histories.rows import RowUnit
from trainer.generator.histories.spans import MONTH_DAYS, spread
from trainer.generator.histories.tables import canonical

UNITS: Final = (
    RowUnit("LAST_SHARE", 1e-3, ("CREDIT_ACTIVE", "DAYS_CREDIT")),
    RowUnit("UNKNOWN_SHARE", 1e-3, (LABELLED, "CREDIT_ACTIVE")),
    RowUnit("AFTER", given=("CREDIT_TYPE",)),
    RowUnit("DUE_SHARE", 1e-3, ("CREDIT_ACTIVE", "DAYS_CREDIT"), cuts=(0.0001, 0.1, 0.3, 0.5)),
    RowUnit("WORST", 1, ("DUE_SHARE",)),
)
"""Units of a loan with balances: how far back they end, of its age; status not known, and past due, of its open
months; its status after its end; the worst it came to.
"""
_DUE: Final = ("1", "2", "3", "4", "5")
_STATUS: Final = ("0", *_DUE, "C", "X")
_CLOSED, _UNKNOWN = _STATUS.index("C"), _STATUS.index("X")


def derive(bureau: pl.DataFrame, balance: pl.DataFrame) -> pl.DataFrame:
    """The units of the loans of ``bureau``, a row each; null without balances, or where a unit does not apply."""
    status = balance.join(bureau.select("SK_ID_BUREAU", end=_month(col("DAYS_ENDDATE_FACT"))), on="SK_ID_BUREAU")
    is_open = (col("MONTHS_BALANCE") < col("end")).fill_null(value=True)
    due = col("STATUS").is_in(_DUE)
    after = col("STATUS").filter(~is_open)
    loans = status.group_by("SK_ID_BUREAU").agg(
        LAST_SHARE=col("MONTHS_BALANCE").max() / col("MONTHS_BALANCE").min().clip(None, -1),
        UNKNOWN_SHARE=(col("STATUS") == "X").filter(is_open).mean(),
        AFTER=pl.when(after.len() > 0).then(
            pl.when((after == "C").mean() > 0.5).then(pl.lit("C")).otherwise(pl.lit("X"))
        ),
        DUE_SHARE=due.filter(is_open).mean(),
        WORST=col("STATUS").filter(due).cast(pl.Int32).max(),
    )
    joined = bureau.select("SK_ID_BUREAU").join(loans, on="SK_ID_BUREAU", how="left", maintain_order="left")
    return joined.select(unit.name for unit in UNITS)


def months(loans: pl.DataFrame, units: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """The canonical balances of canonical ``loans`` whose ``units`` are in the same order."""
    first = np.ceil(loans["DAYS_CREDIT"].to_numpy() / MONTH_DAYS)
    last = np.ceil(first * units["LAST_SHARE"].to_numpy())
    # A loan that has not ended is open in all months.
    end = loans.select(_month(col("DAYS_ENDDATE_FACT")).fill_null(1)).to_series().to_numpy()
    loan, month = spread(first, last)
    chance = random.random((2, len(loan)))
    due_share, worst = units["DUE_SHARE"].to_numpy(), units["WORST"].to_numpy()
    # What comes to more than a month gets there month by month, and stays until the loan ends.
    begins = np.where(
        worst > 1, np.floor(np.minimum(last + 1, end) - due_share * (np.minimum(last + 1, end) - first)), 1
    )
    into = np.clip(month - begins[loan] + 1, 0, worst[loan])
    status = np.where(worst[loan] > 1, into, chance[0] < due_share[loan]).astype(np.intp)
    status[(chance[1] < units["UNKNOWN_SHARE"].to_numpy()[loan]) & (status == 0)] = _UNKNOWN
    after = np.where(units["AFTER"] == "C", _CLOSED, _UNKNOWN)
    status = np.where(month < end[loan], status, after[loan])
    return canonical(
        Table.BUREAU_BALANCE,
        pl.DataFrame(
            {
                "SK_ID_BUREAU": loans["SK_ID_BUREAU"].to_numpy()[loan],
                "MONTHS_BALANCE": month,
                "STATUS": pl.Series(_STATUS).gather(status),
            }
        ),
    )


def _month(day: pl.Expr) -> pl.Expr:
    """The month of ``day``, the application's being 0."""
    return (day / MONTH_DAYS).ceil()
