"""How many loans an applicant has in each table, and whether the bureau gave balances."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from creditrisk.history import Table
from trainer.generator.histories.facts import HAS_BALANCE, LABELLED, yes_no
from trainer.generator.histories.people import People
from trainer.generator.histories.rows import RowModel, RowUnit
from trainer.generator.marginals import Vector

BUREAU_LOANS: Final = "BUREAU_LOANS"
PREVIOUS_LOANS: Final = "PREVIOUS_LOANS"
OLD_LOANS: Final = "OLD_LOANS"
OLD_CARDS: Final = "OLD_CARDS"
"""Loans and cards whose months are told, but whose application is older than its table."""
UNITS: Final = (
    RowUnit(BUREAU_LOANS, 1, (LABELLED,)),
    RowUnit(PREVIOUS_LOANS, 1, (LABELLED,)),
    RowUnit(HAS_BALANCE, given=(LABELLED,)),
    RowUnit(OLD_LOANS, 1),
    RowUnit(OLD_CARDS, 1),
)


@dataclass(frozen=True, slots=True)
class Extent:
    """Loans an applicant in each table, int64 (n,), and whether the bureau gave their balances, bool (n,)."""

    bureau: NDArray[np.int64]
    previous: NDArray[np.int64]
    old_loans: NDArray[np.int64]
    old_cards: NDArray[np.int64]
    has_balance: NDArray[np.bool_]


def extent(model: RowModel, people: People, random: np.random.Generator) -> Extent:
    """Draw what each applicant has."""
    drawn = model.sample(people.covariates, np.arange(people.number), random, {LABELLED: yes_no(people.labelled)})
    names = (BUREAU_LOANS, PREVIOUS_LOANS, OLD_LOANS, OLD_CARDS)
    bureau, previous, loans, cards = (drawn[name].to_numpy().astype(np.int64) for name in names)
    return Extent(
        np.where(people.enquired, bureau, 0),
        previous,
        loans,
        cards,
        (drawn[HAS_BALANCE] == "yes").to_numpy(),
    )


def with_number(people: People, loans: NDArray[np.int64]) -> Vector:
    """``people``'s covariates and, last, how many loans they have: log(1 + loans), about standard."""
    return np.column_stack([people.covariates, np.log1p(loans) - 1.5])


def derive(people: People, tables: Mapping[Table, pl.DataFrame]) -> pl.DataFrame:
    """The units of ``people``, a row each, from canonical ``tables``."""
    bureau, previous = tables[Table.BUREAU], tables[Table.PREVIOUS]
    loans = number_of_rows(people, bureau)
    with_balance = bureau.join(tables[Table.BUREAU_BALANCE], on="SK_ID_BUREAU", how="semi")["SK_ID_CURR"]
    has_balance = yes_no(np.isin(people.ids, with_balance.to_numpy()))
    old = {
        name: tables[table].join(previous, on="SK_ID_PREV", how="anti").unique("SK_ID_PREV")
        for name, table in ((OLD_LOANS, Table.POS), (OLD_CARDS, Table.CARD))
    }
    return pl.DataFrame(
        {
            LABELLED: yes_no(people.labelled),
            BUREAU_LOANS: pl.Series(loans).set(pl.Series(~people.enquired), None),
            PREVIOUS_LOANS: number_of_rows(people, previous),
            HAS_BALANCE: has_balance.set(pl.Series(loans == 0), None),
            **{name: number_of_rows(people, rows) for name, rows in old.items()},
        }
    )


def number_of_rows(people: People, table: pl.DataFrame) -> NDArray[np.int64]:
    """Rows of ``table`` an applicant, int64 (n,)."""
    positions = np.searchsorted(people.ids, table["SK_ID_CURR"].to_numpy())
    return np.bincount(positions, minlength=people.number)
