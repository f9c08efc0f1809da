"""Previous applications with Home Credit: from columns to units and back."""

from typing import Final

import numpy as np
import polars as pl
from polars import col

from creditrisk.history import NEVER, Table
from trainer.generator.histories import card, pos
from trainer.generator.histories.amounts import FINEST, STEPS, rounded_as, rounded_to, roundness
from trainer.generator.histories.facts import LABELLED, ORDER
from trainer.generator.histories.pos import INSTALMENT_DAYS
from trainer.generator.histories.rows import RowUnit
from trainer.generator.histories.spans import EARLIEST
from trainer.generator.histories.tables import canonical
from trainer.generator.units import missing

APPROVED: Final = "Approved"
CONSUMER: Final = "Consumer loans"
CARDS: Final = "Revolving loans"
NOT_SAID: Final = "XNA"
DOWN_PAYMENT_RATE: Final = 1.0890909
"""RATE_DOWN_PAYMENT is the down payment's share of price and extras, times this (its normalisation)."""
_NOBODY: Final = "nobody known"
"""Name of the missing value of NAME_TYPE_SUITE."""

_TYPE: Final = ("NAME_CONTRACT_STATUS", "NAME_CONTRACT_TYPE")
_KIND: Final = (*_TYPE, "KIND")
_PRODUCT: Final = ("PRODUCT_COMBINATION",)
_CLIENT: Final = ("CLIENT_FIRST", "CLIENT_SECOND", "CLIENT_LATER")
_NAMES: Final = (
    RowUnit("NAME_CONTRACT_STATUS", given=(LABELLED, ORDER)),
    RowUnit("NAME_CONTRACT_TYPE", given=(ORDER, "NAME_CONTRACT_STATUS")),
    RowUnit("DAYS_DECISION", 1, (LABELLED, ORDER, *_TYPE), cuts=(-1461.0, -730.0, -365.0)),
    RowUnit("KIND", given=(*_TYPE, "DAYS_DECISION")),
    RowUnit("PRODUCT_COMBINATION", given=_KIND),
    RowUnit("NAME_YIELD_GROUP", given=("NAME_CONTRACT_STATUS", *_PRODUCT)),
    RowUnit("CODE_REJECT_REASON", given=_TYPE),
    RowUnit("NAME_CASH_LOAN_PURPOSE", given=_KIND),
    RowUnit("CHANNEL_TYPE", given=_KIND),
    RowUnit("NAME_SELLER_INDUSTRY", given=("CHANNEL_TYPE", *_PRODUCT)),
    RowUnit("NAME_GOODS_CATEGORY", given=("NAME_SELLER_INDUSTRY", *_PRODUCT)),
    RowUnit("SELLERPLACE_AREA", 1, ("CHANNEL_TYPE", "NAME_SELLER_INDUSTRY")),
    RowUnit("NAME_TYPE_SUITE", given=_KIND),
    RowUnit("NAME_PAYMENT_TYPE", given=_KIND),
    *(RowUnit(name) for name in _CLIENT),
    RowUnit("WEEKDAY_APPR_PROCESS_START", given=("CHANNEL_TYPE",)),
    RowUnit("HOUR_APPR_PROCESS_START", 1, ("CHANNEL_TYPE",)),
    RowUnit("LAST_FLAGS"),
)
_AMOUNTS: Final = (
    RowUnit("AMT_APPLICATION", 0.01, ("NAME_CONTRACT_STATUS", *_PRODUCT)),
    RowUnit("AMOUNT_STEP", given=_TYPE),
    RowUnit("CREDIT_ALONE", 450, _KIND),
    RowUnit(missing("AMT_DOWN_PAYMENT"), 1, _KIND),
    RowUnit("DOWN_SHARE", 1e-3, ("NAME_CONTRACT_TYPE", "NAME_GOODS_CATEGORY")),
    RowUnit("EXTRA", 1e-4, ("NAME_CONTRACT_STATUS", *_PRODUCT)),
    RowUnit("CNT_PAYMENT", 1, ("NAME_CONTRACT_STATUS", *_PRODUCT), cuts=(6.5, 12.5, 18.5, 24.5)),
    RowUnit("COST", 1e-4, ("NAME_CONTRACT_TYPE", "NAME_YIELD_GROUP", "CNT_PAYMENT")),
    RowUnit("CARD_ANNUITY", 1e-4),
    RowUnit(missing("RATE_INTEREST"), 1, _KIND),
    RowUnit("RATE_INTEREST_PRIMARY", 1e-4),
    RowUnit("RATE_INTEREST_PRIVILEGED", 1e-4),
)
_LIFE: Final = (
    RowUnit("DATED", 1, (*_TYPE, "DAYS_DECISION")),
    RowUnit("NFLAG_INSURED_ON_APPROVAL", 1, _PRODUCT),
    RowUnit("FIRST_DUE_AFTER", 1, ("NAME_CONTRACT_TYPE",)),
    RowUnit("PAID_SHARE", 1e-3, ("NAME_CONTRACT_TYPE", "CNT_PAYMENT")),
    RowUnit("OVERRUN", 1, ("NAME_CONTRACT_TYPE",)),
)
UNITS: Final = (*_NAMES, *_AMOUNTS, *_LIFE, *pos.UNITS, *card.UNITS)
"""KIND: portfolio and product type. CLIENT_…: NAME_CLIENT_TYPE of the applicant's first, second and later loans.
EXTRA: loan and down payment against the amount asked for. COST: all annuities against the loan. DATED: whether the
loan was taken and its dates are known. PAID_SHARE: instalments until it was paid up, of its term. OVERRUN: days from
the last payment due to the end.
"""
_FORGOTTEN: Final = 0.015
"""Share of the oldest loans that were never closed."""
_RECENT_DAYS: Final = 90
"""A loan last due within these may still be closed in time."""
_ASKED: Final = col("AMT_APPLICATION") > 0
_INSTALMENTS: Final = (col("NAME_CONTRACT_TYPE") != CARDS) & (col("NAME_PORTFOLIO") != NOT_SAID)
_FLAGS: Final = ("FLAG_LAST_APPL_PER_CONTRACT", "NFLAG_LAST_APPL_IN_DAY")


def derive(frame: pl.DataFrame, pos_rows: pl.DataFrame, card_rows: pl.DataFrame) -> pl.DataFrame:
    """The units of canonical ``frame``, its loans' months in the others; null where a unit does not apply."""
    down = col("AMT_DOWN_PAYMENT").fill_null(0)
    cost = col("AMT_ANNUITY") * col("CNT_PAYMENT") / col("AMT_CREDIT")
    granted = (col("NAME_CONTRACT_STATUS") == APPROVED) & (col("NAME_CONTRACT_TYPE") != NOT_SAID)
    dated = col("DAYS_FIRST_DUE").is_not_null()
    due = dated & (col("DAYS_FIRST_DUE") < 0)
    last, end = col("DAYS_LAST_DUE"), col("DAYS_TERMINATION")
    # Of loans still running it is not known yet; those whose plan is over tell it for all.
    over = due & (col("NAME_CONTRACT_TYPE") != CARDS) & (col("DAYS_LAST_DUE_1ST_VERSION") < 0) & (last < 0)
    order = col("DAYS_DECISION").rank("ordinal").over("SK_ID_CURR")
    made = {
        ORDER: pl.when(order > 1)
        .then(pl.lit("later"))
        .when(pl.len().over("SK_ID_CURR") > 1)
        .then(pl.lit("first"))
        .otherwise(pl.lit("only")),
        "KIND": _joined("NAME_PORTFOLIO", "NAME_PRODUCT_TYPE"),
        "LAST_FLAGS": _joined(*_FLAGS),
        "NAME_TYPE_SUITE": col("NAME_TYPE_SUITE").fill_null(_NOBODY),
        **{name: pl.when(order.clip(None, 3) == at + 1).then("NAME_CLIENT_TYPE") for at, name in enumerate(_CLIENT)},
        "AMOUNT_STEP": pl.when(_ASKED).then(roundness(col("AMT_APPLICATION"), STEPS[:-1])),
        "CREDIT_ALONE": pl.when(~_ASKED).then("AMT_CREDIT"),
        missing("AMT_DOWN_PAYMENT"): col("AMT_DOWN_PAYMENT").is_null(),
        "DOWN_SHARE": pl.when(_ASKED).then(col("AMT_DOWN_PAYMENT") / col("AMT_APPLICATION")),
        "EXTRA": pl.when(_ASKED).then((col("AMT_CREDIT") + down) / col("AMT_APPLICATION")),
        "CNT_PAYMENT": pl.when(_INSTALMENTS).then("CNT_PAYMENT"),
        "COST": pl.when(_INSTALMENTS & (col("AMT_CREDIT") > 0)).then(cost),
        "CARD_ANNUITY": pl.when((col("NAME_CONTRACT_TYPE") == CARDS) & (col("AMT_CREDIT") > 0)).then(
            col("AMT_ANNUITY") / col("AMT_CREDIT")
        ),
        missing("RATE_INTEREST"): col("RATE_INTEREST_PRIMARY").is_null(),
        "DATED": pl.when(granted).then(dated),
        "FIRST_DUE_AFTER": pl.when(due & (col("NAME_CONTRACT_TYPE") != CARDS)).then(
            col("DAYS_FIRST_DUE") - col("DAYS_DECISION")
        ),
        "PAID_SHARE": pl.when(over).then(
            (((last - col("DAYS_FIRST_DUE")) / INSTALMENT_DAYS).round() + 1) / col("CNT_PAYMENT")
        ),
        "OVERRUN": pl.when(over & (end < 0)).then(end - last).when(over & (last < -_RECENT_DAYS)).then(-EARLIEST),
    }
    loans = frame.join(pos.derive(pos_rows, frame), on="SK_ID_PREV", how="left", maintain_order="left")
    loans = loans.join(card.derive(card_rows, frame), on="SK_ID_PREV", how="left", maintain_order="left")
    return loans.with_columns(**made).select(ORDER, *(unit.name for unit in UNITS))


def taken(kind: str, number: int) -> dict[str, pl.Series]:
    """The facts of ``number`` loans of ``kind`` that were taken."""
    names = {"NAME_CONTRACT_STATUS": APPROVED, "NAME_CONTRACT_TYPE": kind}
    return {column: pl.repeat(name, number, eager=True) for column, name in names.items()}


def aged(units: pl.DataFrame, kind: str, random: np.random.Generator) -> pl.DataFrame:
    """``units`` of loans of ``kind`` applied for before the table begins, and still running then."""
    months = 12 if kind == CARDS else np.minimum(units["CNT_PAYMENT"].to_numpy(), 24) * units["PAID_SHARE"].to_numpy()
    before = np.ceil(random.random(len(units)) * months * INSTALMENT_DAYS)
    forgotten = random.random(len(units)) < _FORGOTTEN
    return units.with_columns(
        DAYS_DECISION=EARLIEST - before - 1,
        DATED=pl.lit(1.0),
        OVERRUN=pl.Series(np.where(forgotten, -2.0 * EARLIEST, units["OVERRUN"].to_numpy())),
        OWES=pl.Series(np.where(forgotten, 1.0, units["OWES"].to_numpy())),
    )


def in_order(units: pl.DataFrame) -> pl.DataFrame:
    """``units`` where the first row of each "owner" and the one with the earliest day have changed their days."""
    day = col("DAYS_DECISION").clip(EARLIEST, -1)
    row = pl.int_range(pl.len())
    changed = pl.when(row == 0).then(day.min()).when(row == day.arg_min()).then(day.first()).otherwise(day)
    return units.with_columns(DAYS_DECISION=changed.over("owner"))


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
        down=pl.when(_ASKED & (col(missing("AMT_DOWN_PAYMENT")) == 0)).then(rounded_to(asked * col("DOWN_SHARE"))),
        NAME_CLIENT_TYPE=pl.when(order == 1).then(_CLIENT[0]).when(order == 2).then(_CLIENT[1]).otherwise(_CLIENT[2]),
    )
    total = asked * col("EXTRA")
    credit = (
        pl.when(_ASKED).then(pl.max_horizontal(total - col("down").fill_null(0), 0.1 * asked)).otherwise("CREDIT_ALONE")
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
        "AMT_GOODS_PRICE": pl.when(_ASKED).then(asked),
        "AMT_DOWN_PAYMENT": col("down"),
        "RATE_DOWN_PAYMENT": DOWN_PAYMENT_RATE * col("down") / (col("AMT_CREDIT") + col("down")),
        "CNT_PAYMENT": pl.when(known_plan).then(pl.when(cards).then(0).otherwise("CNT_PAYMENT")),
        "NAME_TYPE_SUITE": pl.when(col("NAME_TYPE_SUITE") != _NOBODY).then("NAME_TYPE_SUITE"),
        **{name: col("LAST_FLAGS").str.split("/").list.get(at) for at, name in enumerate(_FLAGS)},
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


def _joined(*names: str) -> pl.Expr:
    return pl.concat_str(names, separator="/")
