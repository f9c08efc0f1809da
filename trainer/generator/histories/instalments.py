"""Payments: of loans by their plan, of cards by what was paid in the month."""

from typing import Final

import numpy as np
import polars as pl
from polars import col

from creditrisk.history import NEVER, Table
from trainer.generator.histories.people import People
from trainer.generator.histories.pos import GRACE_DAYS, INSTALMENT_DAYS
from trainer.generator.histories.rows import RowModel, RowUnit
from trainer.generator.histories.spans import EARLIEST, MONTH_DAYS, end_of_month, month_of, spread
from trainer.generator.histories.tables import canonical
from trainer.generator.marginals import Vector

KIND: Final = "KIND"
"""Fact "loan" or "card"."""
_LOAN: Final = (KIND,)
UNITS: Final = (
    RowUnit("LATE", 1, _LOAN),
    RowUnit("SHORT", 1, _LOAN),
    RowUnit("SHORT_PART", 1e-4, _LOAN),
    RowUnit("OVER", 1, _LOAN),
    RowUnit("OVER_RATIO", 1e-3),
)
"""Of a payment: days late, negative where early; whether it falls short and what part it is; whether it is too much."""
_REPLANNED: Final = 0.12
"""Share of loans whose plan changed on the way."""
_LEFT_WHEN_EARLY: Final = 0.9
"""What paying up early costs, against the instalments it saves."""
_PAYMENTS_A_MONTH: Final = 2.4
"""Payments of a card in a month with any."""


def derive(instalments: pl.DataFrame) -> pl.DataFrame:
    """The units and the fact of canonical ``instalments``, a row each."""
    part = col("AMT_PAYMENT") / col("AMT_INSTALMENT")
    known = part.is_finite()
    return instalments.select(
        pl.when(col("NUM_INSTALMENT_VERSION") > 0).then(pl.lit("loan")).otherwise(pl.lit("card")).alias(KIND),
        LATE=col("DAYS_ENTRY_PAYMENT") - col("DAYS_INSTALMENT"),
        SHORT=pl.when(known).then(part < 0.9999),
        SHORT_PART=pl.when(known & (part < 0.9999)).then(part),
        OVER=pl.when(known).then(part > 1.0001),
        OVER_RATIO=pl.when(known & (part > 1.0001)).then(part.clip(1, 10)),
    )


def payments(
    model: RowModel,
    people: People,
    due: pl.DataFrame,
    random: np.random.Generator,
) -> pl.DataFrame:
    """Canonical payments of the instalments ``due`` (see ``of_loans`` and ``of_cards``), in order."""
    owners = np.searchsorted(people.ids, due["SK_ID_CURR"].to_numpy())
    habits = model.sample(people.covariates, owners, random, {KIND: due[KIND]})
    late = np.clip(habits["LATE"].to_numpy(), due["least late"].to_numpy(), due["most late"].to_numpy())
    amount = due["AMT_INSTALMENT"].to_numpy()
    loan = (due[KIND] == "loan").to_numpy()
    short = loan & (habits["SHORT"] == 1).to_numpy() & (random.random(len(due)) < _HALF)
    paid = np.where(habits["OVER"] == 1, amount * habits["OVER_RATIO"].to_numpy(), amount)
    part = np.where(short, amount * habits["SHORT_PART"].to_numpy(), paid)
    day = due["DAYS_INSTALMENT"].to_numpy()
    first = due.with_columns(DAYS_ENTRY_PAYMENT=day + late, AMT_PAYMENT=part)
    # The rest of a payment in two parts comes on another day, in a row of its own.
    sooner = np.floor(random.random(len(due)) * 10)
    rest = due.with_columns(DAYS_ENTRY_PAYMENT=day + late - sooner, AMT_PAYMENT=amount - part).filter(pl.Series(short))
    rows = pl.concat([first, rest]).sort("SK_ID_PREV", "NUM_INSTALMENT_NUMBER", maintain_order=True)
    paid_by_now = col("DAYS_ENTRY_PAYMENT") < 0
    return canonical(
        Table.INSTALMENTS,
        rows.with_columns(
            AMT_PAYMENT=pl.when(paid_by_now).then((col("AMT_PAYMENT") / 0.045).round() * 0.045),
            DAYS_ENTRY_PAYMENT=pl.when(paid_by_now).then("DAYS_ENTRY_PAYMENT"),
        ),
    )


def of_loans(
    loans: pl.DataFrame, units: pl.DataFrame, months: pl.DataFrame, offset: Vector, random: np.random.Generator
) -> pl.DataFrame:
    """The instalments due by now of canonical, dated, cash and consumer ``loans``, whose POS ``months`` are known.

    Columns of the table but the payment's, and the fewest and most days late that agree with ``months``.
    """
    first, last, term, annuity = (
        loans[name].to_numpy().astype(np.float64)
        for name in ("DAYS_FIRST_DUE", "DAYS_LAST_DUE", "CNT_PAYMENT", "AMT_ANNUITY")
    )
    reached = np.minimum(last, np.minimum(first + (term - 1) * INSTALMENT_DAYS, -1))
    count = np.where(first < 0, np.floor((reached - first) / INSTALMENT_DAYS) + 1, 0)
    loan, number = spread(np.ones(len(loans)), count)
    day = first[loan] + (number - 1) * INSTALMENT_DAYS
    settles = (day == last[loan]) & (number < term[loan])
    replanned = np.where(random.random(len(loans)) < _REPLANNED, np.ceil(random.random(len(loans)) * count), NEVER)
    changed = number >= replanned[loan]
    again = 0.6 + 0.45 * random.random(len(loans))
    usual = annuity[loan] * np.where(changed, again[loan], 1.0) * np.where(number == term[loan], 0.98, 1.0)
    left = annuity[loan] * (1 + _LEFT_WHEN_EARLY * (term[loan] - number))
    amount = np.where(settles, left, usual)
    due = pl.DataFrame(
        {
            "SK_ID_PREV": loans["SK_ID_PREV"].gather(loan),
            "SK_ID_CURR": loans["SK_ID_CURR"].gather(loan),
            "NUM_INSTALMENT_VERSION": 1.0 + changed + settles,
            "NUM_INSTALMENT_NUMBER": number,
            "DAYS_INSTALMENT": day,
            "AMT_INSTALMENT": np.round(amount / 0.045) * 0.045,
            "MONTHS_BALANCE": month_of(day, offset[loan]).astype(np.int32),
            "left in month": end_of_month(month_of(day, offset[loan]), offset[loan]) - day,
            "OVERRUN": units["OVERRUN"].gather(loan),
            "is last": number == count[loan],
            KIND: pl.repeat("loan", len(loan), eager=True),
        }
    )
    past_due = months.select("SK_ID_PREV", "MONTHS_BALANCE", days="SK_DPD")
    joined = due.join(past_due, on=["SK_ID_PREV", "MONTHS_BALANCE"], how="left", maintain_order="left")
    days = col("days").fill_null(0)
    owes = col("is last") & (col("OVERRUN") > GRACE_DAYS)
    return (
        joined.with_columns(
            pl.when(owes)
            .then(col("OVERRUN") - 5)
            .otherwise(pl.when(days > 0).then(days).otherwise(-400))
            .alias("least late"),
            pl.when(owes)
            .then(col("OVERRUN"))
            .otherwise(pl.when(days > 0).then(days + INSTALMENT_DAYS).otherwise(pl.max_horizontal("left in month", 0)))
            .alias("most late"),
        )
        .filter(col("DAYS_INSTALMENT") >= EARLIEST)
        .drop("MONTHS_BALANCE", "left in month", "OVERRUN", "is last", "days")
    )


def of_cards(months: pl.DataFrame, offset: Vector, random: np.random.Generator) -> pl.DataFrame:
    """The instalments of canonical card ``months`` with a payment, in several parts; ``offset``: a row each."""
    paying = (months["AMT_PAYMENT_TOTAL_CURRENT"] > 0).to_numpy()
    rows, offset = months.filter(pl.Series(paying)), offset[paying]
    month = rows["MONTHS_BALANCE"].to_numpy().astype(np.float64)
    parts = 1 + random.poisson(_PAYMENTS_A_MONTH - 1, rows.height)
    which, part = spread(np.ones(rows.height), parts.astype(np.float64))
    total = rows["AMT_PAYMENT_TOTAL_CURRENT"].to_numpy()
    least = np.minimum(rows["AMT_INST_MIN_REGULARITY"].fill_null(0).to_numpy(), total)
    # What is due is paid first, then what comes in besides.
    first = np.where((parts > 1) & (least > 0), least, total / parts)
    amount = np.where(part == 1, first[which], ((total - first) / np.maximum(parts - 1, 1))[which])
    day = np.floor((month - offset + random.random(rows.height)) * MONTH_DAYS)
    due = pl.DataFrame(
        {
            "SK_ID_PREV": rows["SK_ID_PREV"].gather(which),
            "SK_ID_CURR": rows["SK_ID_CURR"].gather(which),
            "NUM_INSTALMENT_VERSION": 0.0,
            "DAYS_INSTALMENT": np.clip(day[which], EARLIEST, -1),
            "AMT_INSTALMENT": np.round(amount / 0.045) * 0.045,
            "least late": np.where(part == 1, -30.0, 0.0),
            "most late": np.where(part == 1, 30.0, 0.0),
            KIND: pl.repeat("card", len(which), eager=True),
        }
    )
    number = col("SK_ID_PREV").cum_count().over("SK_ID_PREV")
    return due.filter(col("AMT_INSTALMENT") > 0).with_columns(NUM_INSTALMENT_NUMBER=number.cast(pl.Float64))


_HALF: Final = 0.5
"""Of the rows that fall short, one in two is the rest of the other."""
