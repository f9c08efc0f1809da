"""Previous applications with Home Credit, from their units: amounts that agree, dates in order."""

from typing import Final

import numpy as np
import polars as pl
from polars import col

from creditrisk.history import NEVER, Table
from trainer.generator.histories import card
from trainer.generator.histories.amounts import FINEST, rounded_as, rounded_to
from trainer.generator.histories.pos import INSTALMENT_DAYS
from trainer.generator.histories.previous import APPROVED, ASKED, CARDS, CLIENT, FLAGS, NOBODY, NOT_SAID
from trainer.generator.histories.spans import EARLIEST
from trainer.generator.histories.tables import canonical
from trainer.generator.units import missing

DOWN_PAYMENT_RATE: Final = 1.0890909
"""RATE_DOWN_PAYMENT is the down payment's share of price and extras, times this (its normalisation)."""
_YEAR, _LONGEST_RUN = 12, 24
"""Months at most that the oldest cards and loans began before the table."""
_FORGOTTEN: Final = 0.015
"""Share of the oldest loans that were never closed."""


def aged(units: pl.DataFrame, random: np.random.Generator) -> pl.DataFrame:
    """``units`` where those that are "old" were applied for before the table begins, and ran on into it."""
    card = (units["NAME_CONTRACT_TYPE"] == CARDS).to_numpy()
    ran = np.minimum(units["CNT_PAYMENT"].to_numpy(), _LONGEST_RUN) * units["PAID_SHARE"].to_numpy()
    before = np.ceil(random.random(len(units)) * np.where(card, _YEAR, ran) * INSTALMENT_DAYS)
    forgotten = col("old") & pl.Series(random.random(len(units)) < _FORGOTTEN)
    return units.with_columns(
        DAYS_DECISION=pl.when("old").then(EARLIEST - 1 - pl.Series(before)).otherwise("DAYS_DECISION"),
        DATED=pl.when("old").then(1.0).otherwise("DATED"),
        OVERRUN=pl.when(forgotten).then(-2.0 * EARLIEST).otherwise("OVERRUN"),
        OWES=pl.when(forgotten).then(1.0).otherwise("OWES"),
    )


def in_order(units: pl.DataFrame) -> pl.DataFrame:
    """``units`` where the first row of each "owner" and the one with the earliest day have changed their days.

    Those that are "old" stay as they are.
    """
    day, row = pl.when(~col("old")).then(col("DAYS_DECISION").clip(EARLIEST, -1)), pl.int_range(pl.len())
    changed = pl.when(row == 0).then(day.min()).when(row == day.arg_min()).then(day.first()).otherwise(day)
    return units.with_columns(DAYS_DECISION=changed.over("owner").fill_null(col("DAYS_DECISION")))


def assemble(units: pl.DataFrame) -> pl.DataFrame:
    """The canonical table from a value for every unit, and the columns SK_ID_CURR and SK_ID_PREV.

    DAYS_DECISION may lie before the table's first day.
    """
    cards, granted = col("NAME_CONTRACT_TYPE") == CARDS, col("NAME_CONTRACT_STATUS") == APPROVED
    asked = col("AMT_APPLICATION")
    order = col("DAYS_DECISION").rank("ordinal").over("SK_ID_CURR")
    units = units.with_columns(
        AMT_APPLICATION=rounded_as(asked, col("AMOUNT_STEP")),
        NAME_PORTFOLIO=col("KIND").str.split("/").list.get(0),
        NAME_PRODUCT_TYPE=col("KIND").str.split("/").list.get(1),
        CNT_PAYMENT=pl.max_horizontal("CNT_PAYMENT", 1),
    ).with_columns(
        down=pl.when(ASKED & (col(missing("AMT_DOWN_PAYMENT")) == 0)).then(rounded_to(asked * col("DOWN_SHARE"))),
        NAME_CLIENT_TYPE=pl.when(order == 1).then(CLIENT[0]).when(order == 2).then(CLIENT[1]).otherwise(CLIENT[2]),
    )
    total = asked * col("EXTRA")
    credit = (
        pl.when(ASKED).then(pl.max_horizontal(total - col("down").fill_null(0), 0.1 * asked)).otherwise("CREDIT_ALONE")
    )
    units = units.with_columns(AMT_CREDIT=rounded_to(credit))
    annuity = (
        pl.when(cards)
        .then(col("CARD_ANNUITY") * col("AMT_CREDIT"))
        # Rounding a small annuity down must not leave the loan unpaid.
        .otherwise(pl.max_horizontal("COST", 1.001) * col("AMT_CREDIT") / col("CNT_PAYMENT"))
    )
    known_plan = col("NAME_PORTFOLIO") != NOT_SAID
    rates = {
        name: pl.when(col(missing("RATE_INTEREST")) == 0).then(name)
        for name in ("RATE_INTEREST_PRIMARY", "RATE_INTEREST_PRIVILEGED")
    }
    columns = {
        "AMT_ANNUITY": pl.when(known_plan).then(rounded_to(annuity, FINEST)),
        "AMT_GOODS_PRICE": pl.when(ASKED).then(asked),
        "AMT_DOWN_PAYMENT": col("down"),
        "RATE_DOWN_PAYMENT": DOWN_PAYMENT_RATE * col("down") / (col("AMT_CREDIT") + col("down")),
        "CNT_PAYMENT": pl.when(known_plan).then(pl.when(cards).then(0).otherwise("CNT_PAYMENT")),
        "NAME_TYPE_SUITE": pl.when(col("NAME_TYPE_SUITE") != NOBODY).then("NAME_TYPE_SUITE"),
        **{name: col("LAST_FLAGS").str.split("/").list.get(at) for at, name in enumerate(FLAGS)},
        "PRODUCT_COMBINATION": pl.when(col("NAME_CONTRACT_TYPE") != NOT_SAID).then("PRODUCT_COMBINATION"),
        **rates,
    }
    dated = granted & (col("DATED") == 1)
    units = units.with_columns(**columns).with_columns(
        NFLAG_INSURED_ON_APPROVAL=pl.when(dated).then("NFLAG_INSURED_ON_APPROVAL"),
        **{
            name: pl.when(dated).then(pl.when(cards).then(on_card).otherwise(of_loan))
            for name, (of_loan, on_card) in _dates().items()
        },
    )
    return canonical(Table.PREVIOUS, units)


def _dates() -> dict[str, tuple[pl.Expr, pl.Expr]]:
    """By column, the date of a loan and of a card that were taken."""
    never = pl.lit(NEVER)
    planned = (col("CNT_PAYMENT") - 1) * INSTALMENT_DAYS
    paid = pl.max_horizontal((col("CNT_PAYMENT") * col("PAID_SHARE")).round(), 1)
    first = col("DAYS_DECISION") + col("FIRST_DUE_AFTER")
    last = first + (pl.min_horizontal(paid, "CNT_PAYMENT") - 1) * INSTALMENT_DAYS
    end = last + pl.max_horizontal("OVERRUN", 1)
    cards = card.dates()
    return {
        "DAYS_FIRST_DRAWING": (never, cards["DAYS_FIRST_DRAWING"]),
        "DAYS_FIRST_DUE": (_past(first), cards["DAYS_FIRST_DUE"]),
        "DAYS_LAST_DUE_1ST_VERSION": (first + planned, never),
        "DAYS_LAST_DUE": (_past(last), cards["DAYS_LAST_DUE"]),
        "DAYS_TERMINATION": (pl.when(last < 0).then(_past(end)).otherwise(NEVER), cards["DAYS_TERMINATION"]),
    }


def _past(day: pl.Expr) -> pl.Expr:
    """``day``, or never where it has not come."""
    return pl.when(day < 0).then(day).otherwise(NEVER)
