"""Which history tables are prepared: all six, or those not left out knowingly, or none."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

from creditrisk.errors import InvalidData
from creditrisk.history import Table
from trainer.data.files import check_folder

NEEDS_BUREAU: Final = "bureau_balance cannot be used without bureau, through which its rows find their applicants"


def selected(source: Path | None, without: Collection[Table], note: Callable[[str], None]) -> tuple[Table, ...]:
    """The tables to read from ``source``, or to generate where that is None: all but ``without``.

    A folder with none of the six is one of applications only; ``note`` is told what is left out.

    Raises:
        InvalidData: there is no such folder, some tables are neither there nor left out, or bureau is left
            out and bureau_balance is not.
    """
    wanted = tuple(table for table in Table if table not in without)
    if source is not None:
        check_folder(source)
        there = {table for table in Table if any(source.glob(f"{table}.*"))}
        if not there:
            note(f"{source} holds none of the six history tables: applications only")
            return ()
        missing = [table for table in wanted if table not in there]
        if missing:
            files = " and no ".join(f"{table}.csv" for table in missing)
            mend = f"put Kaggle's files there (.csv or .parquet) or leave tables out knowingly: {_options(missing)}"
            raise InvalidData(f"{source} holds no {files}; {mend}")
    if Table.BUREAU_BALANCE in wanted and Table.BUREAU not in wanted:
        raise InvalidData(f"{NEEDS_BUREAU}; leave both out: {_options([Table.BUREAU, Table.BUREAU_BALANCE])}")
    if without:
        note(f"history tables left out: {', '.join(table for table in Table if table in without)}")
    return wanted


def _options(tables: Sequence[Table]) -> str:
    """What to say to the trainer to do without ``tables``."""
    options = " ".join(f"--without {table}" for table in tables)
    if Table.BUREAU in tables and Table.BUREAU_BALANCE not in tables:
        return f"{options} --without {Table.BUREAU_BALANCE} ({NEEDS_BUREAU})"
    return options
