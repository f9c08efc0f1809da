"""Months of cash and consumer loans: instalments left, status, days past due."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars import col

from creditrisk.history import NEVER, Table
from trainer.generator.histories.rows import Codes, RowUnit
from trainer.generator.histories.spans import (
    EARLIEST,
    FIRST_MONTH,
    MONTH_DAYS,
    end_of_month,
    first_of_each,
    month_of,
    spread,
)
from trainer.generator.histories.tables import canonical
from trainer.generator.marginals import Vector

UNITS: Final = (
    RowUnit("LATE_SHARE", 1e-3, ("NAME_CONTRACT_TYPE", "DAYS_DECISION")),
    RowUnit("LATE_DAYS", 0.1, ("NAME_CONTRACT_TYPE",)),
    RowUnit("SMALL_DEBT", 1e-2),
    RowUnit("OWES", 1),
    RowUnit("POS_START", given=("NAME_CONTRACT_TYPE",)),
    RowUnit("POS_END", given=("NAME_CONTRACT_TYPE", "DAYS_DECISION")),
    RowUnit("POS_LAG", 1, ("NAME_CONTRACT_TYPE",)),
)
"""Late months of those of the plan, their mean days past due, the share of late months that owe little;
whether one not closed in time is past due; first
status, last status of a loan that ended, last month of one that runs.
"""
INSTALMENT_DAYS: Final = 30
GRACE_DAYS: Final = 16
"""Days after its last payment within which a loan is closed without being late."""
_OVERRUN_DAYS: Final = 45
_MOST_USUAL_DAYS: Final = 60
_LITTLE_LEFT: Final = (0.87, 0.99)
"""Share of plans that are over and not closed of which little is left to pay: the oldest, and others."""
_DEMANDED_AFTER: Final = 90
_AMORTIZED_AFTER: Final = 360


def derive(months: pl.DataFrame, loans: pl.DataFrame) -> pl.DataFrame:
    """SK_ID_PREV and the units of the loans of canonical ``months``, whose applications are in ``loans``."""
    ended = col("DAYS_TERMINATION") < 0
    last = pl.when(col("DAYS_LAST_DUE") < 0).then("DAYS_LAST_DUE").otherwise(0)
    overran = (col("DAYS_TERMINATION").clip(None, 0) - col("DAYS_LAST_DUE")) > _OVERRUN_DAYS
    plan = loans.select("SK_ID_PREV", planned=(last / MONTH_DAYS).floor(), ended=ended, overran=overran)
    frame = months.join(plan, on="SK_ID_PREV").sort("SK_ID_PREV", "MONTHS_BALANCE")
    in_plan, late = col("MONTHS_BALANCE") <= col("planned"), col("SK_DPD") > 0
    status = col("NAME_CONTRACT_STATUS")
    return frame.group_by("SK_ID_PREV", maintain_order=True).agg(
        LATE_SHARE=late.filter(in_plan).mean(),
        LATE_DAYS=col("SK_DPD").filter(in_plan & late).mean().clip(1, _MOST_USUAL_DAYS),
        SMALL_DEBT=(col("SK_DPD_DEF") == 0).filter(late).mean(),
        OWES=pl.when(col("overran").first()).then((col("SK_DPD") > INSTALMENT_DAYS).any()),
        POS_START=status.first(),
        POS_END=pl.when(pl.col("ended").first()).then(status.last()),
        POS_LAG=pl.when(pl.col("ended").first().not_()).then(col("MONTHS_BALANCE").last()),
    )


def months(loans: pl.DataFrame, units: pl.DataFrame, offset: Vector, random: np.random.Generator) -> pl.DataFrame:
    """The canonical months of canonical, dated, cash and consumer ``loans``; their ``units`` in the same order.

    ``offset``: of the loans' applicants (see ``spans``).
    """
    decision, first_due, last_due, end, term = (
        loans[name].to_numpy().astype(np.float64)
        for name in ("DAYS_DECISION", "DAYS_FIRST_DUE", "DAYS_LAST_DUE", "DAYS_TERMINATION", "CNT_PAYMENT")
    )
    ended = end < 0
    completed = ended & (units["POS_END"] != "Active").to_numpy()
    lag = np.minimum(units["POS_LAG"].to_numpy(), -1)
    last = np.where(ended, month_of(end, offset) - ~completed, lag)
    first = np.maximum(month_of(decision, offset), FIRST_MONTH)
    loan, month = spread(first, np.minimum(np.maximum(last, first), -1))
    closing = completed[loan] & (np.append(loan[1:], -1) != loan)
    until = end_of_month(month, offset[loan])
    due = np.clip(np.floor((until - first_due[loan]) / INSTALMENT_DAYS) + 1, 0, term[loan])
    paid_up = (np.minimum(last_due, 0) - first_due) / INSTALMENT_DAYS + 1
    days = _days_past_due(units, loan, due > 0, until - last_due[loan], random)
    days[closing] = 0
    owes_little = random.random((2, len(units))) < np.stack(
        [units["SMALL_DEBT"].to_numpy(), np.where(decision < EARLIEST, *_LITTLE_LEFT)]
    )
    serious = np.where(np.where(until > last_due[loan], owes_little[1][loan], owes_little[0][loan]), 0, days)
    early = closing & (last_due[loan] < NEVER)
    return canonical(
        Table.POS,
        pl.DataFrame(
            {
                "SK_ID_PREV": loans["SK_ID_PREV"].to_numpy()[loan],
                "SK_ID_CURR": loans["SK_ID_CURR"].to_numpy()[loan],
                "MONTHS_BALANCE": month,
                "CNT_INSTALMENT": np.where(early, np.minimum(paid_up[loan], term[loan]), term[loan]),
                "CNT_INSTALMENT_FUTURE": np.where(closing, 0, term[loan] - due),
                "NAME_CONTRACT_STATUS": _status(units, loan, closing, serious),
                "SK_DPD": days,
                "SK_DPD_DEF": serious,
            }
        ),
    )


def _days_past_due(
    units: pl.DataFrame, loan: Codes, begun: NDArray[np.bool_], overdue: Vector, random: np.random.Generator
) -> Vector:
    """Days past due at each month's end: now and then within the plan, more with every month after it."""
    chance, much = random.random((2, len(loan)))
    late = begun & (overdue <= 0) & (chance < units["LATE_SHARE"].to_numpy()[loan])
    usual = np.ceil(units["LATE_DAYS"].to_numpy()[loan] * (0.5 + much))
    overrun, owes = units["OVERRUN"].to_numpy(), units["OWES"].to_numpy() == 1
    left_open = (overdue > 0) & (overrun > GRACE_DAYS)[loan] & (owes | (overrun <= _OVERRUN_DAYS))[loan]
    return np.where(late, usual, np.where(left_open, overdue, 0.0))


def _status(units: pl.DataFrame, loan: Codes, closing: NDArray[np.bool_], serious: Vector) -> pl.Series:
    begins = first_of_each(loan)
    active = pl.lit("Active")
    frame = pl.DataFrame(
        {
            "begins": begins,
            "closing": closing,
            "serious": serious,
            "start": units["POS_START"].gather(loan),
            "end": units["POS_END"].gather(loan),
        }
    )
    return frame.select(
        pl.when("closing")
        .then("end")
        .when(col("serious") > _AMORTIZED_AFTER)
        .then(pl.lit("Amortized debt"))
        .when(col("serious") > _DEMANDED_AFTER)
        .then(pl.lit("Demand"))
        .when(col("begins") & (col("start") != "Completed"))
        .then("start")
        .otherwise(active)
    ).to_series()
