"""The histories of one part of the applicants: aggregates of all tables, joined."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from creditrisk.features.history import AGGREGATES, HISTORIES
from creditrisk.history import TABLES, Table
from trainer.frames import ID
from trainer.histories.aggregate import aggregate
from trainer.histories.known import Histories
from trainer.histories.rows import known_rows

_LOAN: Final = "SK_ID_BUREAU"


def histories(tables: Mapping[Table, pl.DataFrame]) -> pl.DataFrame:
    """SK_ID_CURR, ascending, and a Float32 column an aggregate, NaN missing, from canonical ``tables``.

    One row an applicant with a row known at the application in any table; the aggregates of a table that is
    not there are missing.
    """
    found = []
    for declared in HISTORIES:
        if declared.table not in tables:
            continue
        frame = tables[declared.table]
        if TABLES[declared.table].owner == _LOAN:
            frame = frame.join(_owners(tables[Table.BUREAU]), on=_LOAN)
        found.append(aggregate(declared, known_rows(declared, frame)))
    joined = pl.concat([one.select(ID) for one in found]).unique().sort(ID)
    for one in found:
        joined = joined.join(one, on=ID, how="left", maintain_order="left")
    present = set(joined.columns)
    absent = pl.lit(None, pl.Float64)
    # Adding 0 turns -0 into 0, so that the sign of zero cannot reach a feature's bits.
    return joined.select(
        ID,
        *(
            ((pl.col(one.name) if one.name in present else absent) + 0.0)
            .fill_null(float("nan"))
            .cast(pl.Float32)
            .alias(one.name)
            for one in AGGREGATES
        ),
    )


def known(tables: Mapping[Table, pl.DataFrame]) -> Histories:
    """``histories`` of ``tables`` that are small, as arrays."""
    frame = histories(tables)
    return Histories(frame[ID].to_numpy(), frame.drop(ID).to_numpy(order="c"), frozenset(tables))


def _owners(bureau: pl.DataFrame) -> pl.DataFrame:
    """The applicant of each loan known at the application."""
    known = pl.all_horizontal(pl.col(name) <= 0 for name in TABLES[Table.BUREAU].dated)
    return bureau.filter(known).select(_LOAN, ID)
