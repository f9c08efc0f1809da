"""Previous applications with Home Credit: what is known of each, and its units."""

from typing import Final

import polars as pl
from polars import col

from trainer.generator.histories import card, pos
from trainer.generator.histories.amounts import STEPS, roundness
from trainer.generator.histories.facts import LABELLED, ORDER
from trainer.generator.histories.pos import INSTALMENT_DAYS
from trainer.generator.histories.rows import RowUnit
from trainer.generator.histories.spans import EARLIEST
from trainer.generator.units import missing

APPROVED: Final = "Approved"
CONSUMER: Final = "Consumer loans"
CARDS: Final = "Revolving loans"
NOT_SAID: Final = "XNA"
NOBODY: Final = "nobody known"
"""Name of the missing value of NAME_TYPE_SUITE."""

_TYPE: Final = ("NAME_CONTRACT_STATUS", "NAME_CONTRACT_TYPE")
_KIND: Final = (*_TYPE, "KIND")
_PRODUCT: Final = ("PRODUCT_COMBINATION",)
CLIENT: Final = ("CLIENT_FIRST", "CLIENT_SECOND", "CLIENT_LATER")
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
    *(RowUnit(name) for name in CLIENT),
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
_RECENT_DAYS: Final = 90
"""A loan last due within these may still be closed in time."""
ASKED: Final = col("AMT_APPLICATION") > 0
_INSTALMENTS: Final = (col("NAME_CONTRACT_TYPE") != CARDS) & (col("NAME_PORTFOLIO") != NOT_SAID)
FLAGS: Final = ("FLAG_LAST_APPL_PER_CONTRACT", "NFLAG_LAST_APPL_IN_DAY")


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
        "LAST_FLAGS": _joined(*FLAGS),
        "NAME_TYPE_SUITE": col("NAME_TYPE_SUITE").fill_null(NOBODY),
        **{name: pl.when(order.clip(None, 3) == at + 1).then("NAME_CLIENT_TYPE") for at, name in enumerate(CLIENT)},
        "AMOUNT_STEP": pl.when(ASKED).then(roundness(col("AMT_APPLICATION"), STEPS[:-1])),
        "CREDIT_ALONE": pl.when(~ASKED).then("AMT_CREDIT"),
        missing("AMT_DOWN_PAYMENT"): col("AMT_DOWN_PAYMENT").is_null(),
        "DOWN_SHARE": pl.when(ASKED).then(col("AMT_DOWN_PAYMENT") / col("AMT_APPLICATION")),
        "EXTRA": pl.when(ASKED).then((col("AMT_CREDIT") + down) / col("AMT_APPLICATION")),
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


def _joined(*names: str) -> pl.Expr:
    return pl.concat_str(names, separator="/")
