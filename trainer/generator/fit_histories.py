"""Fit the statistics of histories: ``python -m trainer.generator.fit_histories FOLDER INSTALMENTS``.

FOLDER holds Home Credit's tables as Kaggle gives them, with whole histories of the applicants that have any;
INSTALMENTS holds installments_payments, of which any rows will do. Only numbers over at least
``marginals.FEWEST`` applicants are kept; the same files give the same statistics.
"""

import argparse
from pathlib import Path

import numpy as np
import polars as pl
from polars import col

from creditrisk.history import Table
from trainer.data.kaggle import read_applications, read_history
from trainer.frames import ID, TARGET, TEST, TRAIN
from trainer.generator.histories import applicants, bureau, instalments, previous
from trainer.generator.histories.facts import LABELLED, yes_no
from trainer.generator.histories.fit_rows import fit_rows
from trainer.generator.histories.people import COVARIATES, OUTCOME, People, describe
from trainer.generator.histories.portrait import MEANS, portrait, summary
from trainer.generator.histories.rows import RowUnit
from trainer.generator.histories.storage import FOLDER, write
from trainer.generator.storage import save_json, shipped


def fit(folder: Path, payments: Path, out: Path) -> None:
    """Fit all models on the tables of ``folder``, and of ``payments``, and write them to ``out``.

    Raises:
        InvalidData: a file is not there or cannot be read, or has too few applicants.
    """
    tables = {table: read_history(payments if table is Table.INSTALMENTS else folder, table) for table in Table}
    applications = [read_applications(folder, name) for name in (TRAIN, TEST)]
    people = _with_history(applications, tables)
    everyone = np.arange(people.number)
    units = applicants.derive(people, tables)
    write(fit_rows(applicants.UNITS, units, everyone, people.labelled, people.covariates), out / "applicants.json")
    loans, earlier = tables[Table.BUREAU], tables[Table.PREVIOUS]
    _fit_loans(people, loans, bureau.UNITS, bureau.derive(loans, tables[Table.BUREAU_BALANCE]), out / "bureau.json")
    units = previous.derive(earlier, tables[Table.POS], tables[Table.CARD])
    _fit_loans(people, earlier, previous.UNITS, units, out / "previous.json")
    _fit_payments(applications, tables[Table.INSTALMENTS], out / "instalments.json")
    save_json(out / "real.json", _real(people, tables))


def _fit_loans(
    people: People, table: pl.DataFrame, units: tuple[RowUnit, ...], frame: pl.DataFrame, path: Path
) -> None:
    owners = np.searchsorted(people.ids, table[ID].to_numpy())
    covariates = applicants.with_number(people, applicants.number_of_rows(people, table))
    facts = frame.with_columns(yes_no(people.labelled[owners]).alias(LABELLED))
    write(fit_rows(units, facts, owners, people.labelled, covariates), path)


def _fit_payments(applications: list[pl.DataFrame], rows: pl.DataFrame, path: Path) -> None:
    """Of the payers without an application nothing but their payments counts."""
    known = pl.concat(applications, how="diagonal").join(rows, on=ID, how="semi").sort(ID)
    people = describe(known, known[TARGET], shipped())
    payers = rows[ID].unique().sort().to_numpy()
    at = np.searchsorted(payers, people.ids)
    covariates = np.zeros((len(payers), people.covariates.shape[1]))
    covariates[at] = people.covariates
    labelled = np.zeros(len(payers), dtype=np.bool_)
    labelled[at] = people.labelled
    owners = np.searchsorted(payers, rows[ID].to_numpy())
    write(fit_rows(instalments.UNITS, instalments.derive(rows), owners, labelled, covariates), path)


def _real(people: People, tables: dict[Table, pl.DataFrame]) -> dict[str, dict[str, float]]:
    """The summary of the real tables: of the train applicants, and of the payers known by their payments alone."""
    outcome = np.where(people.covariates[:, COVARIATES.index(OUTCOME)] > 0, 1, 0)[people.labelled]
    of_train = summary(portrait(tables, pl.DataFrame({ID: people.ids[people.labelled]})), pl.Series(outcome))
    payers = tables[Table.INSTALMENTS].select(ID).unique()
    of_payers = summary(portrait(tables, payers), pl.repeat(None, payers.height, dtype=pl.Int8, eager=True))
    for name in list(of_train[MEANS]):
        if name.startswith(Table.INSTALMENTS):
            of_train[MEANS][name] = of_payers[MEANS][name]
            # How many there are is not known from a part of the rows.
            if not name.endswith(("late", "short")):
                del of_train[MEANS][name]
    return {what: {name: round(value, 4) for name, value in found.items()} for what, found in of_train.items()}


def _with_history(applications: list[pl.DataFrame], tables: dict[Table, pl.DataFrame]) -> People:
    """The applicants of both application tables, each up to the last that has any loan."""
    with_history = pl.concat([tables[table][ID] for table in (Table.BUREAU, Table.PREVIOUS)]).unique()
    frames = []
    for frame in applications:
        last = frame.filter(col(ID).is_in(with_history.implode()))[ID].max()
        frames.append(frame.filter(col(ID) <= last))
    everyone = pl.concat(frames, how="diagonal").sort(ID)
    return describe(everyone, everyone[TARGET], shipped())


def main() -> None:
    """Read the folders named on the command line, write the statistics."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="folder with the seven tables")
    parser.add_argument("payments", type=Path, help="folder with installments_payments")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where the statistics go")
    arguments = parser.parse_args()
    fit(arguments.folder, arguments.payments, arguments.out)


if __name__ == "__main__":
    main()
