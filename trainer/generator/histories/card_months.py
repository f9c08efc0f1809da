"""Months of credit cards, from what is known of each card."""

from typing import Final

import numpy as np
import polars as pl
from polars import col

from creditrisk.history import Table
from trainer.generator.histories.account import Account, Habits, run
from trainer.generator.histories.rows import Codes
from trainer.generator.histories.spans import FIRST_MONTH, first_of_each, month_of, spread
from trainer.generator.histories.tables import canonical
from trainer.generator.marginals import Vector

_USUAL_DRAWING: Final = {"ATM": 11_000.0, "POS": 3_500.0}
"""Usual amount of a drawing at a cash machine and of a purchase."""


def months(loans: pl.DataFrame, units: pl.DataFrame, offset: Vector, random: np.random.Generator) -> pl.DataFrame:
    """The canonical months of canonical, dated cards ``loans``; their ``units`` in the same order.

    ``offset``: of the loans' applicants (see ``spans``).
    """
    decided, drawn, ended = (
        month_of(loans[name].to_numpy().astype(np.float64), offset)
        for name in ("DAYS_DECISION", "DAYS_FIRST_DRAWING", "DAYS_TERMINATION")
    )
    first = np.clip(decided, FIRST_MONTH, -1)
    last = np.clip(units["CARD_LAG"].to_numpy(), first, -1)
    start = np.maximum(drawn, first)
    used = start <= last
    stop = np.where(used, start + np.round(units["SPAN_SHARE"].to_numpy() * (last - start)), FIRST_MONTH - 1)
    habits = Habits(
        first=first,
        start=start,
        stop=np.where(ended < 0, np.minimum(stop, ended), stop),
        limit=loans["AMT_CREDIT"].to_numpy(),
        limit_ratio=units["LIMIT_RATIO"].to_numpy(),
        drawn_share=units["DRAWN_SHARE"].to_numpy(),
        drawn_size=units["DRAWN_SIZE"].to_numpy(),
        level=units["LEVEL"].to_numpy(),
        paid_share=units["PAID_SHARE_OF_BALANCE"].to_numpy(),
        late_share=units["CARD_LATE_SHARE"].to_numpy(),
        late_days=units["CARD_LATE_DAYS"].to_numpy(),
        stuck=units["STUCK"].to_numpy() == 1,
    )
    account = run(habits, random)
    card, month = spread(first, last)
    return _rows(account, loans, units, card, month, start, ended, random)


def _rows(
    account: Account,
    loans: pl.DataFrame,
    units: pl.DataFrame,
    card: Codes,
    month: Vector,
    start: Vector,
    ended: Vector,
    random: np.random.Generator,
) -> pl.DataFrame:
    at = (month.astype(np.intp) - FIRST_MONTH, card)
    drawn, paid, balance, minimum = account.drawn[at], account.paid[at], account.balance[at], account.minimum[at]
    chance = random.random((4, len(card)))
    atm_share = units["ATM_SHARE"].to_numpy()[card]
    # Much at cash machines, or all in shops: in most months it is one of the two.
    at_machine = np.where(chance[0] < atm_share, np.minimum(np.round(drawn / 450) * 450, drawn), 0.0)
    in_shop = drawn - at_machine
    counts = {
        name: np.where(amount > 0, 1 + np.floor(-np.log(share) * amount / _USUAL_DRAWING[name] / 2), 0.0)
        for name, amount, share in (("ATM", at_machine, chance[1]), ("POS", in_shop, chance[2]))
    }
    begins = first_of_each(card)
    told = month - month[begins][np.cumsum(begins) - 1] >= units["UNTOLD"].to_numpy()[card]
    never_drawn = month < start[card]
    matured = np.cumsum(account.minimum > 0, axis=0)[at]
    late = account.days_past_due[at]
    frame = pl.DataFrame(
        {
            "SK_ID_PREV": loans["SK_ID_PREV"].to_numpy()[card],
            "SK_ID_CURR": loans["SK_ID_CURR"].to_numpy()[card],
            "MONTHS_BALANCE": month,
            "AMT_BALANCE": balance,
            "AMT_CREDIT_LIMIT_ACTUAL": account.limit[at],
            "AMT_DRAWINGS_ATM_CURRENT": at_machine,
            "AMT_DRAWINGS_CURRENT": drawn,
            "AMT_DRAWINGS_OTHER_CURRENT": 0.0,
            "AMT_DRAWINGS_POS_CURRENT": in_shop,
            "AMT_INST_MIN_REGULARITY": minimum,
            "AMT_PAYMENT_CURRENT": np.where((paid > 0) & (chance[3] < 0.4), paid + np.round(450 * chance[3]), paid),
            "AMT_PAYMENT_TOTAL_CURRENT": paid,
            "AMT_RECEIVABLE_PRINCIPAL": account.principal[at],
            "AMT_RECIVABLE": balance,
            "AMT_TOTAL_RECEIVABLE": balance,
            "CNT_DRAWINGS_ATM_CURRENT": counts["ATM"],
            "CNT_DRAWINGS_CURRENT": counts["ATM"] + counts["POS"],
            "CNT_DRAWINGS_OTHER_CURRENT": 0.0,
            "CNT_DRAWINGS_POS_CURRENT": counts["POS"],
            "CNT_INSTALMENT_MATURE_CUM": matured,
            "NAME_CONTRACT_STATUS": pl.Series(["Active", "Completed"]).gather((month >= ended[card]).astype(np.intp)),
            "SK_DPD": late,
            "SK_DPD_DEF": np.where((late <= 30) & (chance[3] < 0.5), np.minimum(late, 3), 0.0),
            "told": told,
            "never drawn": never_drawn,
        }
    )
    split = [name for name in frame.columns if "DRAWINGS_" in name and name.split("_")[2] != "CURRENT"]
    return canonical(
        Table.CARD,
        frame.with_columns(
            *(pl.when(~col("never drawn")).then(name).alias(name) for name in (*split, "AMT_PAYMENT_CURRENT")),
            *(
                pl.when("told").then(name).alias(name)
                for name in ("AMT_INST_MIN_REGULARITY", "CNT_INSTALMENT_MATURE_CUM")
            ),
        ),
    )
