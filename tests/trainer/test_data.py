"""The applications: whatever file they come in they are the same data, and what is wrong is named."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from creditrisk.application import CATEGORICAL, NUMERIC
from creditrisk.errors import InvalidData
from creditrisk.history import Table
from trainer.data import load, prepare
from trainer.data.kaggle import read_applications
from trainer.frames import TEST, TRAIN, canonical_schema, to_batch
from trainer.generator import generate

ROWS = 300
NO_HISTORIES = tuple(Table)
Edit = Callable[[list[str]], list[str]]


@pytest.fixture(scope="module")
def tables() -> dict[str, pl.DataFrame]:
    made = generate(ROWS, seed=3)
    return {TRAIN: made.train, TEST: made.test}


@pytest.fixture
def folder(tables: dict[str, pl.DataFrame], tmp_path: Path) -> Path:
    """A folder as downloaded: Y/N flags, whole numbers with a fraction, empty where missing."""
    source = tmp_path / "kaggle"
    source.mkdir()
    for name, frame in tables.items():
        as_kaggle(frame).write_csv(source / f"{name}.csv")
    return source


def as_kaggle(frame: pl.DataFrame) -> pl.DataFrame:
    yes_no = [pl.col(name).replace_strict({1: "Y", 0: "N"}) for name in ("FLAG_OWN_CAR", "FLAG_OWN_REALTY")]
    return frame.with_columns(*yes_no, pl.col("CNT_FAM_MEMBERS", "OWN_CAR_AGE").cast(pl.Float64))


def spoil(folder: Path, edit: Edit, table: str = TRAIN) -> None:
    path = folder / f"{table}.csv"
    path.write_text("".join(edit(path.read_text().splitlines(keepends=True))))


def set_cells(folder: Path, cells: dict[tuple[int, str], str | None], table: str = TRAIN) -> None:
    """Write texts into cells by row (from 1) and column."""
    path = folder / f"{table}.csv"
    frame = pl.read_csv(path, infer_schema=False)
    for (row, column), text in cells.items():
        frame = frame.with_columns(frame[column].scatter(row - 1, text))
    frame.write_csv(path)


def message(folder: Path, table: str = TRAIN) -> str:
    with pytest.raises(InvalidData) as raised:
        read_applications(folder, table)
    return str(raised.value)


# --- what is right ---------------------------------------------------------------------------------


def test_csv_and_parquet_of_the_same_rows_are_the_same_data(
    folder: Path, tables: dict[str, pl.DataFrame], tmp_path: Path
) -> None:
    other = tmp_path / "parquet"
    other.mkdir()
    for name, frame in tables.items():
        as_kaggle(frame).write_parquet(other / f"{name}.parquet")

    from_csv, from_parquet = prepare(folder, tmp_path / "a"), prepare(other, tmp_path / "b")

    assert from_csv.train.equals(tables[TRAIN])
    assert from_csv.test.equals(tables[TEST])
    assert from_parquet.train.equals(from_csv.train)
    assert from_parquet.fingerprint == from_csv.fingerprint


def test_prepared_data_loads_as_it_was(folder: Path, tmp_path: Path) -> None:
    prepared, loaded = prepare(folder, tmp_path / "out"), load(tmp_path / "out")

    assert loaded.train.equals(prepared.train)
    assert loaded.train.schema == canonical_schema(labelled=True)
    assert loaded.test.schema == canonical_schema(labelled=False)
    assert (loaded.source, loaded.seed, loaded.fingerprint) == ("kaggle", None, prepared.fingerprint)


def test_synthetic_data_names_its_seed(tmp_path: Path) -> None:
    said: list[str] = []
    prepared = prepare(None, tmp_path, without=NO_HISTORIES, rows=ROWS, seed=5, progress=said.append)

    manifest = json.loads((tmp_path / "data.json").read_text())
    assert (prepared.source, prepared.seed) == ("synthetic", 5)
    assert (manifest["source"], manifest["seed"], manifest["fingerprint"]) == ("synthetic", 5, prepared.fingerprint)
    assert manifest["tables"][TRAIN]["rows"] == ROWS
    assert manifest["tables"][TRAIN]["default_rate"] == prepared.train["TARGET"].mean()
    assert "seed 5" in said[1]


def test_one_changed_value_changes_the_fingerprint(folder: Path, tmp_path: Path) -> None:
    before = prepare(folder, tmp_path / "a").fingerprint
    set_cells(folder, {(7, "AMT_INCOME_TOTAL"): "1234.5"})
    assert prepare(folder, tmp_path / "b").fingerprint != before


def test_sentinels_and_implausible_values_are_kept(folder: Path) -> None:
    kept = {
        (1, "REGION_RATING_CLIENT_W_CITY"): "-1",
        (2, "DAYS_EMPLOYED"): "365243",
        (3, "AMT_INCOME_TOTAL"): "117000000.0",
    }
    set_cells(folder, kept)
    frame = read_applications(folder, TRAIN)
    assert [frame[column][row - 1] for row, column in kept] == [-1, 365243, 117_000_000.0]


def test_unknown_columns_are_left_out_and_named(folder: Path) -> None:
    said: list[str] = []
    path = folder / f"{TRAIN}.csv"
    pl.read_csv(path, infer_schema=False).with_columns(BRANCH=pl.lit("7")).write_csv(path)
    assert "BRANCH" not in read_applications(folder, TRAIN, said.append).columns
    assert said == ["application_train.csv: unknown columns left out: BRANCH"]


def test_arrays_follow_the_frame(tables: dict[str, pl.DataFrame]) -> None:
    frame = tables[TRAIN].head(20)
    batch = to_batch(frame)
    assert len(batch) == 20
    for row, column in enumerate(NUMERIC):
        expected = [np.nan if value is None else float(value) for value in frame[column.name]]
        np.testing.assert_array_equal(batch.numbers[row], expected)
    assert [list(values) for values in batch.categories] == [frame[column.name].to_list() for column in CATEGORICAL]


@pytest.mark.skipif("CREDITRISK_DATA_DIR" not in os.environ, reason="CREDITRISK_DATA_DIR names no folder of real rows")
def test_the_real_files_are_read_whole(tmp_path: Path) -> None:
    data = prepare(Path(os.environ["CREDITRISK_DATA_DIR"]), tmp_path, without=NO_HISTORIES)
    known = data.train.row(by_predicate=pl.col("SK_ID_CURR") == 100002, named=True)
    assert (known["TARGET"], known["AMT_CREDIT"], known["AMT_INCOME_TOTAL"]) == (1, 406597.5, 202500.0)
    assert data.train["AMT_INCOME_TOTAL"].max() == 117_000_000.0
    assert data.test["DAYS_EMPLOYED"].max() == 365243
    assert load(tmp_path).fingerprint == data.fingerprint


# --- what is wrong ---------------------------------------------------------------------------------

CELLS = {
    "negative income": ("AMT_INCOME_TOTAL", "-5", "-5 is outside 0 to 1e+12 currency"),
    "a word": ("AMT_CREDIT", "lots", "'lots' is not a number"),
    "a fraction of a child": ("CNT_CHILDREN", "1.5", "1.5 is not a whole number in 0 to 1e+06 count"),
    "a flag of neither": ("FLAG_OWN_CAR", "maybe", "'maybe' is neither Y, N, 1 nor 0"),
    "a sentinel elsewhere": ("DAYS_EMPLOYED", "365242", "365242 is not a whole number in -29220 to 0 (or 365243) days"),
    "infinite": ("EXT_SOURCE_2", "inf", "inf is outside 0 to 1 share"),
    "missing but required": ("DAYS_BIRTH", None, "the value is missing and is required"),
    "missing name": ("NAME_CONTRACT_TYPE", None, "the name is missing and is required"),
    "a number as a name": ("OCCUPATION_TYPE", "0.25", "'0.25' is a number where a name belongs"),
    "an unlabelled row": ("TARGET", None, "the value is missing and is required"),
    "a label of two": ("TARGET", "2", "2 is neither 1 nor 0"),
}


@pytest.mark.parametrize(("column", "text", "what"), CELLS.values(), ids=CELLS.keys())
def test_a_wrong_cell_is_named_with_file_row_and_column(folder: Path, column: str, text: str | None, what: str) -> None:
    set_cells(folder, {(17, column): text})
    expected = f"application_train.csv, row 17 (SK_ID_CURR 100017), {column}: {what}; correct the row or remove it"
    assert message(folder) == expected


def test_many_problems_are_counted_and_the_first_ones_shown_in_row_order(folder: Path) -> None:
    set_cells(folder, {(row, "AMT_CREDIT"): "-1" for row in range(30, 60)} | {(3, "EXT_SOURCE_3"): "7"})
    lines = message(folder).splitlines()
    assert lines[0] == "application_train.csv has 31 problems:"
    assert lines[1].startswith("application_train.csv, row 3 (SK_ID_CURR 100003), EXT_SOURCE_3: 7 is outside 0 to 1")
    assert lines[2].startswith("application_train.csv, row 30 ")
    assert lines[-1] == "and 11 more"
    assert len(lines) == 22


def test_an_id_used_twice_is_named_at_its_second_row(folder: Path) -> None:
    set_cells(folder, {(9, "SK_ID_CURR"): "100001"})
    expected = "application_train.csv, row 9 (SK_ID_CURR 100001), SK_ID_CURR: an earlier row has the same id"
    assert message(folder).startswith(expected)


def test_labels_that_are_all_zero(folder: Path) -> None:
    set_cells(folder, {(row, "TARGET"): "0" for row in range(1, ROWS + 1)})
    assert "TARGET: it is 0 in every row" in message(folder)


def test_a_missing_column_is_named_with_what_stands_there_instead(folder: Path) -> None:
    spoil(folder, lambda lines: [lines[0].replace("AMT_CREDIT,", "AMT_CREDITS,"), *lines[1:]])
    expected = "application_train.csv: columns are missing: AMT_CREDIT; unknown columns here: AMT_CREDITS; rename them"
    assert message(folder).startswith(expected)


def test_a_column_that_occurs_twice(folder: Path) -> None:
    spoil(folder, lambda lines: [lines[0].replace("AMT_CREDIT,", "AMT_ANNUITY,"), *lines[1:]])
    assert message(folder) == "application_train.csv, AMT_ANNUITY: the column occurs more than once; remove one"


def test_a_file_cut_short(folder: Path) -> None:
    spoil(folder, lambda lines: [*lines[:50], ",".join(lines[50].split(",")[:40])])
    expected = "application_train.csv: the last line has 40 of 122 fields: the file is cut short"
    assert message(folder) == f"{expected}; download it again"


def test_a_short_line_in_the_middle(folder: Path) -> None:
    spoil(folder, lambda lines: [*lines[:20], "100020,0\n", *lines[21:]])
    expected = "application_train.csv, row 20: 2 fields where the header has 122; correct the row or remove it"
    assert message(folder) == expected


def test_semicolons_between_columns(folder: Path) -> None:
    path = folder / f"{TRAIN}.csv"
    pl.read_csv(path, infer_schema=False).write_csv(path, separator=";")
    assert message(folder) == (
        "application_train.csv: columns are separated by ';'; save it with commas between columns"
    )


FILES: dict[str, tuple[bytes | None, str]] = {
    "empty": (b"", "application_train.csv is empty; download it again"),
    "blank": (b"\n", "there is only one column"),
    "not text": (b"a,b\n\xff\xfe,1\n", "application_train.csv is not UTF-8 text; save it as such"),
    "not there": (None, "holds no application_train.csv and no application_train.parquet; put Kaggle's file there"),
}


@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=FILES.keys())
def test_a_file_that_is_no_table(folder: Path, content: bytes | None, expected: str) -> None:
    path = folder / f"{TRAIN}.csv"
    path.unlink() if content is None else path.write_bytes(content)
    assert expected in message(folder)


def test_a_header_without_rows(folder: Path) -> None:
    spoil(folder, lambda lines: lines[:1])
    assert message(folder) == "application_train.csv has no rows; download it again"


def test_a_damaged_parquet_file(folder: Path) -> None:
    (folder / f"{TRAIN}.csv").rename(folder / f"{TRAIN}.parquet")
    assert message(folder).startswith("application_train.parquet cannot be read: ")


def test_a_parquet_column_of_another_type(folder: Path, tables: dict[str, pl.DataFrame]) -> None:
    (folder / f"{TRAIN}.csv").unlink()
    frame = tables[TRAIN].with_columns(DAYS_BIRTH=pl.date(1980, 1, 1))
    frame.write_parquet(folder / f"{TRAIN}.parquet")
    assert message(folder).startswith("application_train.parquet, DAYS_BIRTH: the column's type is Date, not a number")


def test_two_files_of_one_table(folder: Path) -> None:
    (folder / f"{TRAIN}.parquet").write_bytes(b"")
    assert "holds both application_train.csv and application_train.parquet; remove one" in message(folder)


def test_a_zipped_table(folder: Path) -> None:
    (folder / f"{TRAIN}.csv").rename(folder / f"{TRAIN}.csv.zip")
    assert message(folder).endswith("unpack application_train.csv.zip")


# --- nothing half-written --------------------------------------------------------------------------


def test_a_wrong_file_leaves_earlier_data_as_it_was(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    prepare(folder, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    set_cells(folder, {(1, "AMT_CREDIT"): "-1"}, TEST)
    with pytest.raises(InvalidData, match="application_test"):
        prepare(folder, out)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_a_failed_write_leaves_no_fragment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(_: pl.DataFrame, path: Path, **__: object) -> None:
        path.write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", half)
    with pytest.raises(OSError, match="no space"):
        prepare(None, tmp_path, without=NO_HISTORIES, rows=ROWS)
    assert list(tmp_path.iterdir()) == []


def test_tables_of_two_runs_are_not_loaded_together(tmp_path: Path) -> None:
    prepare(None, tmp_path / "a", without=NO_HISTORIES, rows=ROWS, seed=1)
    prepare(None, tmp_path / "b", without=NO_HISTORIES, rows=ROWS, seed=2)
    (tmp_path / "a" / f"{TEST}.parquet").replace(tmp_path / "b" / f"{TEST}.parquet")
    with pytest.raises(InvalidData, match=r"application_test\.parquet is not the table that was prepared; prepare"):
        load(tmp_path / "b")


def test_a_folder_that_was_never_prepared(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="holds no prepared data"):
        load(tmp_path)


def test_rows_too_few_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="ask for some hundreds"):
        prepare(None, tmp_path / "out", rows=1)
    assert not (tmp_path / "out").exists()
