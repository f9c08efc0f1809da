"""Credit cards: what is known of each, and its dates."""

from typing import Final

import polars as pl
from polars import col

from creditrisk.history import NEVER
from trainer.generator.histories.rows import RowUnit

_SPENT: Final = ("USED", "DAYS_DECISION")
UNITS: Final = (
    RowUnit("USED", 1, ("KIND", "DAYS_DECISION"), cuts=(0.5,)),
    RowUnit("DRAWN_AFTER", 1, ("KIND",)),
    RowUnit("DUE_AFTER", 1),
    RowUnit("CARD_STATE", given=_SPENT),
    RowUnit("LAST_DUE_SHARE", 1e-3, _SPENT),
    RowUnit("CARD_END_SHARE", 1e-3, _SPENT),
    RowUnit("CARD_LAG", 1),
    RowUnit("LIMIT_RATIO", 1e-2, _SPENT),
    RowUnit("UNTOLD", 1, ("DAYS_DECISION",)),
    RowUnit("SPAN_SHARE", 1e-3, ("DAYS_DECISION",)),
    RowUnit("DRAWN_SHARE", 1e-3, ("DAYS_DECISION",)),
    RowUnit("DRAWN_SIZE", 1e-3),
    RowUnit("LEVEL", 1e-3, ("DAYS_DECISION",)),
    RowUnit("ATM_SHARE", 1e-2),
    RowUnit("PAID_SHARE_OF_BALANCE", 1e-3),
    RowUnit("CARD_LATE_SHARE", 1e-3),
    RowUnit("CARD_LATE_DAYS", 0.1),
    RowUnit("STUCK", 1, ("DAYS_DECISION",)),
)
"""Of a card that was taken: whether it was drawn on, days until then and until the first payment was due; whether it
was closed, and when, of its age; the last month; the limit in the end against the first; months until the least payment
is told; how long it was in use, of its age; in how many of these months it was drawn on, by how much of the limit, and
how much of it was used; cash machine or shop; what is paid of the balance; late months and days; whether it stopped.
"""
CLOSED: Final = ("closed", "last due, closed")
LAST_DUE: Final = ("last due", "last due, closed")
_STUCK_DAYS: Final = 90


def derive(months: pl.DataFrame, loans: pl.DataFrame) -> pl.DataFrame:
    """SK_ID_PREV and the units of the cards of canonical ``months``, whose applications are in ``loans``."""
    decided, last, end = col("DAYS_DECISION"), col("DAYS_LAST_DUE"), col("DAYS_TERMINATION")
    drawn = col("DAYS_FIRST_DRAWING")
    state = (
        pl.when((last < 0) & (end < 0))
        .then(pl.lit("last due, closed"))
        .when(last < 0)
        .then(pl.lit("last due"))
        .when(end < 0)
        .then(pl.lit("closed"))
        .otherwise(pl.lit("open"))
    )
    taken = loans.filter(col("SK_ID_PREV").is_in(months["SK_ID_PREV"].implode())).select(
        "SK_ID_PREV",
        drawn_on=drawn < 0,
        DRAWN_AFTER=pl.when(drawn < 0).then(drawn - decided),
        DUE_AFTER=pl.when((drawn < 0) & (col("DAYS_FIRST_DUE") < 0)).then(col("DAYS_FIRST_DUE") - drawn),
        CARD_STATE=state,
        LAST_DUE_SHARE=pl.when(last < 0).then((last - decided) / -decided),
        CARD_END_SHARE=pl.when(end < 0).then((end - decided) / -decided),
    )
    balance, limit, drawings = col("AMT_BALANCE"), col("AMT_CREDIT_LIMIT_ACTUAL"), col("AMT_DRAWINGS_CURRENT")
    before = balance.shift(1).over("SK_ID_PREV")
    in_use = (balance > 0) | (drawings > 0)
    frame = months.sort("SK_ID_PREV", "MONTHS_BALANCE").with_columns(in_use=in_use, before=before)
    span = (
        frame.filter("in_use")
        .group_by("SK_ID_PREV")
        .agg(start=col("MONTHS_BALANCE").min(), stop=col("MONTHS_BALANCE").max())
    )
    frame = frame.join(span, on="SK_ID_PREV", how="left", maintain_order="left")
    inside = col("MONTHS_BALANCE").is_between("start", "stop")
    late = col("SK_DPD").is_between(1, _STUCK_DAYS)
    found = frame.group_by("SK_ID_PREV", maintain_order=True).agg(
        USED=col("start").first().is_not_null(),
        CARD_LAG=col("MONTHS_BALANCE").last(),
        LIMIT_RATIO=(limit.last() / limit.first()).clip(0, 10),
        UNTOLD=col("AMT_INST_MIN_REGULARITY").is_null().cum_prod().sum(),
        SPAN_SHARE=(col("stop") - col("start")).first()
        / (col("MONTHS_BALANCE").last() - col("start").first()).clip(1, None),
        DRAWN_SHARE=(drawings > 0).filter(inside).mean(),
        DRAWN_SIZE=(drawings / limit).filter((drawings > 0) & (limit > 0)).mean().clip(0, 1),
        LEVEL=(balance / limit).filter(inside & (limit > 0)).mean().clip(0, 1.1),
        ATM_SHARE=col("AMT_DRAWINGS_ATM_CURRENT").sum() / drawings.sum(),
        PAID_SHARE_OF_BALANCE=(col("AMT_PAYMENT_TOTAL_CURRENT") / col("before"))
        .filter((col("before") > 0) & (col("AMT_PAYMENT_TOTAL_CURRENT") > 0))
        .median()
        .clip(0, 1),
        CARD_LATE_SHARE=late.filter(inside).mean(),
        CARD_LATE_DAYS=col("SK_DPD").filter(late).mean(),
        STUCK=(col("SK_DPD") > _STUCK_DAYS).any(),
    )
    of_used = [unit.name for unit in UNITS[9:]]
    joined = found.join(taken, on="SK_ID_PREV", how="inner")
    return joined.with_columns(
        pl.when("USED").then(pl.when(col(name).cast(pl.Float64).is_finite()).then(name)).alias(name) for name in of_used
    ).select("SK_ID_PREV", *(unit.name for unit in UNITS))


def dates() -> dict[str, pl.Expr]:
    """The dates of a card that was taken, by column."""
    drawn = pl.when(col("USED") == 1).then(col("DAYS_DECISION") + col("DRAWN_AFTER")).otherwise(NEVER)
    due = pl.when(drawn < 0).then(drawn + col("DUE_AFTER")).otherwise(NEVER)
    last, end = (
        (col("DAYS_DECISION") * (1 - col(share))).round().clip(col("DAYS_DECISION") + 1, -1)
        for share in ("LAST_DUE_SHARE", "CARD_END_SHARE")
    )
    has_last = col("CARD_STATE").is_in(LAST_DUE)
    end = pl.when(has_last).then(pl.max_horizontal(end, last)).otherwise(end)
    return {
        "DAYS_FIRST_DRAWING": pl.when(drawn < 0).then(drawn).otherwise(NEVER),
        "DAYS_FIRST_DUE": pl.when(due < 0).then(due).otherwise(NEVER),
        "DAYS_LAST_DUE": pl.when(has_last).then(last).otherwise(NEVER),
        "DAYS_TERMINATION": pl.when(col("CARD_STATE").is_in(CLOSED)).then(end).otherwise(NEVER),
    }
