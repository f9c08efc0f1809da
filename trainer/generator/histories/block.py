"""All six tables of a block of applicants."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from polars import col

from creditrisk.history import Table
from trainer.generator.histories import (
    applicants,
    balance,
    bureau,
    card_months,
    instalments,
    pos,
    previous,
    previous_rows,
)
from trainer.generator.histories.applicants import Extent
from trainer.generator.histories.facts import HAS_BALANCE, LABELLED, ORDER, order, yes_no
from trainer.generator.histories.people import People
from trainer.generator.histories.rows import Codes
from trainer.generator.histories.spans import EARLIEST
from trainer.generator.histories.storage import shipped
from trainer.generator.histories.tables import table_schema

FIRST_BUREAU_LOAN: Final = 5_000_000
FIRST_LOAN: Final = 1_000_000
MOST: Final = 192
"""Loans an applicant at most, in each table: each has so many ids to itself."""


def tables(people: People, numbers: NDArray[np.int64], random: np.random.Generator) -> dict[Table, pl.DataFrame]:
    """Canonical tables of ``people``, by applicant; ``numbers``: their places among all applicants, int64 (n,)."""
    extent = applicants.extent(shipped("applicants", applicants.UNITS), people, random)
    return _bureau(people, numbers, extent, random) | _home_credit(people, numbers, extent, random)


def no_histories() -> dict[Table, pl.DataFrame]:
    """Canonical tables without a row."""
    return {table: pl.DataFrame(schema=table_schema(table)) for table in Table}


def _bureau(
    people: People, numbers: NDArray[np.int64], extent: Extent, random: np.random.Generator
) -> dict[Table, pl.DataFrame]:
    owners, loan = _repeated(extent.bureau)
    has_balance = extent.has_balance[owners]
    units = shipped("bureau", bureau.UNITS).sample(
        applicants.with_number(people, extent.bureau),
        owners,
        random,
        {HAS_BALANCE: yes_no(has_balance), LABELLED: yes_no(people.labelled[owners])},
    )
    loans = bureau.assemble(
        units.with_columns(
            pl.Series("SK_ID_CURR", people.ids[owners]),
            pl.Series("SK_ID_BUREAU", FIRST_BUREAU_LOAN + MOST * numbers[owners] + loan),
        )
    )
    told = pl.Series(has_balance)
    return {
        Table.BUREAU: loans,
        Table.BUREAU_BALANCE: balance.months(loans.filter(told), units.filter(told), random),
    }


def _home_credit(
    people: People, numbers: NDArray[np.int64], extent: Extent, random: np.random.Generator
) -> dict[Table, pl.DataFrame]:
    owners, loan = _repeated(extent.previous + extent.old_loans + extent.old_cards)
    listed = loan < extent.previous[owners]
    is_loan = loan < (extent.previous + extent.old_loans)[owners]
    kinds = [None, previous.CONSUMER, previous.CARDS]
    facts = {
        LABELLED: yes_no(people.labelled[owners]),
        ORDER: order(loan, extent.previous[owners]),
        "NAME_CONTRACT_STATUS": pl.Series([None, previous.APPROVED]).gather((~listed).astype(np.intp)),
        "NAME_CONTRACT_TYPE": pl.Series(kinds).gather(np.where(listed, 0, np.where(is_loan, 1, 2))),
    }
    units = shipped("previous", previous.UNITS).sample(
        applicants.with_number(people, extent.previous), owners, random, facts
    )
    units = units.with_columns(owner=pl.Series(owners), old=pl.Series(~listed))
    units = previous_rows.aged(previous_rows.in_order(units), random)
    loans = previous_rows.assemble(
        units.with_columns(
            pl.Series("SK_ID_CURR", people.ids[owners]),
            pl.Series("SK_ID_PREV", FIRST_LOAN + MOST * numbers[owners] + loan),
        )
    )
    offset = random.random(people.number)[owners]
    dated = loans["DAYS_LAST_DUE_1ST_VERSION"].is_not_null()
    is_card = loans["NAME_CONTRACT_TYPE"] == previous.CARDS
    plans, cards = (dated & ~is_card), (dated & is_card)
    of_plans = loans.filter(plans), units.filter(plans)
    pos_months = pos.months(*of_plans, offset[plans.to_numpy()], random)
    of_cards = card_months.months(loans.filter(cards), units.filter(cards), offset[cards.to_numpy()], random)
    month_offset = offset[np.searchsorted(loans["SK_ID_PREV"].to_numpy(), of_cards["SK_ID_PREV"].to_numpy())]
    due = (
        instalments.of_loans(*of_plans, pos_months, offset[plans.to_numpy()], random),
        instalments.of_cards(of_cards, month_offset, random),
    )
    payments = instalments.payments(
        shipped("instalments", instalments.UNITS), people, pl.concat(due, how="diagonal"), random
    )
    return {
        Table.PREVIOUS: loans.filter(col("DAYS_DECISION") >= EARLIEST),
        Table.POS: pos_months,
        Table.CARD: of_cards,
        Table.INSTALMENTS: payments,
    }


def _repeated(counts: NDArray[np.int64]) -> tuple[Codes, Codes]:
    """Positions of the owners of ``counts`` things each, in order, and the things' numbers from 0."""
    counts = np.minimum(counts, MOST // 3)
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners, np.arange(len(owners)) - (np.cumsum(counts) - counts)[owners]
