"""The tables of history: whatever file they come in, every row gets to its applicant's part, and no other does."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditrisk.history import TABLES, Table
from tests.trainer.history_files import owned, tables, write
from trainer.data import files, load, parts, prepare
from trainer.data.partition import partition
from trainer.frames import ID, canonical_types
from trainer.generator import Generated, generate

ALL = tuple(Table)
ROWS = tables()


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(50, 450), st.integers(800, 9_000), st.integers(1, 450))
def test_parts_hold_all_rows_of_their_applicants_in_the_files_order_and_no_others(
    seed: int, per_part: int, cells: int, known: int
) -> None:
    rows = tables(seed, size=300)
    ids = pl.int_range(100_001, 100_451, eager=True).alias(ID).sample(known, shuffle=True, seed=seed)
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as name:
        patch.setattr(parts, "PART", per_part)
        patch.setattr(files, "CELLS", cells)
        source, out = Path(name, "kaggle"), Path(name, "out")
        source.mkdir()
        out.mkdir()
        for table, frame in rows.items():
            frame.write_csv(source / f"{table}.csv")
        made = partition(source, ALL, ids, out / "histories", str)

        assert made.tables == ALL
        assert made.parts == -(-known // per_part)
        for part in range(made.parts):
            within = ids.filter(ids.is_between(made.bounds[part], made.bounds[part + 1], closed="left"))
            assert 0 < len(within) <= per_part
            for table in ALL:
                read = made.read(table, part)
                assert read.schema == canonical_types(TABLES[table].columns)
                assert read.equals(owned(rows, table, within))
        assert sum(made.rows(table) for table in ALL) == sum(owned(rows, table, ids).height for table in ALL)
        assert [path.name for path in out.iterdir()] == ["histories"]


def test_csv_and_parquet_are_the_same_data_however_they_are_read(
    generated: Generated, kaggle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_csv = prepare(kaggle, tmp_path / "a")
    monkeypatch.setattr(files, "CELLS", 5_000)
    from_parquet = prepare(write(tmp_path / "parquet", generated, ROWS, ".parquet"), tmp_path / "b")

    assert from_parquet.fingerprint == from_csv.fingerprint
    assert from_csv.histories
    applicants = pl.concat([generated.train[ID], generated.test[ID]])
    for table in ALL:
        assert from_csv.histories.read(table, 0).equals(owned(ROWS, table, applicants))


def test_histories_load_as_they_were_prepared(kaggle: Path, tmp_path: Path) -> None:
    some = (Table.BUREAU, Table.POS)
    prepared, loaded = prepare(kaggle, tmp_path / "out", without=set(ALL) - set(some)), load(tmp_path / "out")
    assert loaded.histories == prepared.histories
    assert loaded.fingerprint == prepared.fingerprint
    assert loaded.histories
    assert loaded.histories.tables == some


def test_one_changed_value_of_a_history_changes_the_fingerprint(folder: Path, tmp_path: Path) -> None:
    others = [table for table in ALL if table is not Table.INSTALMENTS]
    before = prepare(folder, tmp_path / "a", without=others).fingerprint
    path = folder / "installments_payments.csv"
    frame = pl.read_csv(path)
    mine = frame.with_row_index().filter(pl.col(ID) == 100_001)["index"][0]
    frame.with_columns(frame["AMT_PAYMENT"].scatter(mine, 17.25)).write_csv(path)
    assert prepare(folder, tmp_path / "b", without=others).fingerprint != before


def test_rows_that_lead_to_no_applicant_are_left_out_and_counted(
    generated: Generated, kaggle: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    applicants = pl.concat([generated.train[ID], generated.test[ID]])
    partition(kaggle, ALL, applicants, tmp_path / "histories", said.append)
    for table in ALL:
        kept, read = owned(ROWS, table, applicants).height, ROWS[table].height
        assert 0 < kept < read
        whose = f"whose {TABLES[table].owner} leads to no applicant of application_train or application_test"
        assert f"{table}.csv: {read - kept:,} of {read:,} rows left out, {whose}" in said
        assert f"{table}: {kept:,} rows in 1 parts" in said


def test_a_missing_number_and_two_ways_of_writing_a_whole_one(folder: Path, tmp_path: Path) -> None:
    path = folder / "credit_card_balance.csv"
    frame = pl.read_csv(path, infer_schema=False)
    mine = frame.with_row_index().filter(pl.col(ID) == "100001")["index"][0]
    texts = {"CNT_DRAWINGS_CURRENT": "12.0", "SK_DPD": "12", "AMT_BALANCE": "nan", "SK_DPD_DEF": ""}
    frame.with_columns(frame[name].scatter(mine, text) for name, text in texts.items()).write_csv(path)
    made = partition(folder, [Table.CARD], pl.Series([100_001]), tmp_path / "histories", str)
    row = made.read(Table.CARD, 0).row(0, named=True)
    assert [row[name] for name in texts] == [12, 12, None, None]


def test_generated_histories_are_those_of_their_range(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "PART", 60)
    made, generated = prepare(None, tmp_path / "out", rows=130, seed=4), generate(130, 4)
    assert made.histories
    assert made.histories.parts == 3
    first, last = made.histories.bounds[1:3]
    for table, frame in generated.histories(first, last).items():
        assert made.histories.read(table, 1).equals(frame)
        assert frame.schema == canonical_types(TABLES[table].columns)
    assert load(tmp_path / "out").histories == made.histories


@pytest.mark.skipif("CREDITRISK_DATA_DIR" not in os.environ, reason="CREDITRISK_DATA_DIR names no folder of real rows")
def test_the_real_tables_pass_every_check(tmp_path: Path) -> None:
    source = Path(os.environ["CREDITRISK_DATA_DIR"])
    there = [table for table in ALL if any(source.glob(f"{table}.*"))]
    histories = prepare(source, tmp_path, without=set(ALL) - set(there)).histories
    assert histories
    assert histories.tables == tuple(there)
    assert all(histories.rows(table) > 1_000 for table in there)


@pytest.mark.full
def test_memory_does_not_grow_with_bureau_balance(tmp_path: Path) -> None:
    assert peak(tmp_path, parts=32) < peak(tmp_path, parts=4) + 50_000


def peak(folder: Path, parts: int) -> int:
    """The most memory, in kB, of a process that brings 250,000 rows of each of ``parts`` into their places."""
    people = parts * 10_000
    loans = pl.DataFrame({ID: pl.int_range(1, people + 1, eager=True)}).with_columns(
        SK_ID_BUREAU=pl.col(ID) + 5_000_000
    )
    filled = [pl.lit(-1 if c.required else None).alias(c.name) for c in TABLES[Table.BUREAU].columns[2:]]
    loans.with_columns(filled).write_csv(folder / "bureau.csv")
    months = pl.DataFrame({"MONTHS_BALANCE": range(-25, 0)}, schema={"MONTHS_BALANCE": pl.Int32})
    rows = loans.select("SK_ID_BUREAU").sample(fraction=1, shuffle=True, seed=1).join(months, how="cross")
    rows.with_columns(STATUS=pl.lit("0")).write_csv(folder / "bureau_balance.csv")
    code = f"""
import polars as pl, resource
from pathlib import Path
from creditrisk.history import Table
from trainer.data.partition import partition
ids = pl.int_range(1, {people} + 1, eager=True)
folder = Path({str(folder)!r})
partition(folder, [Table.BUREAU, Table.BUREAU_BALANCE], ids, folder / "{parts}", str)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
