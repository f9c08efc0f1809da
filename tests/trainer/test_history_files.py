"""Files of histories that are wrong, or not there: the error names file, row, column and the mend."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from creditrisk.errors import InvalidData
from creditrisk.history import TABLES, Table
from trainer.__main__ import app
from trainer.data import files, load, parts, prepare
from trainer.data.partition import partition
from trainer.data.selection import selected
from trainer.frames import ID

ALL = tuple(Table)
IDS = pl.int_range(100_001, 100_349, eager=True).alias(ID)
"""The applicants in the files' applications."""
CORRECT = "correct the row or remove it"


def message(folder: Path, tmp_path: Path, *tables: Table) -> str:
    """What is said of ``tables``, read in small batches."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "CELLS", 3_000)
        with pytest.raises(InvalidData) as raised:
            partition(folder, tables, IDS, tmp_path / "histories", str)
    assert not any(path.suffix == ".arrow" for path in tmp_path.rglob("*"))
    return str(raised.value)


def change(folder: Path, table: Table, edit: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    path = folder / f"{table}.csv"
    frame = edit(pl.read_csv(path, infer_schema=False))
    frame.write_csv(path)
    return frame


def set_cell(folder: Path, table: Table, row: int, column: str, text: str | None) -> str:
    """Write ``text`` into a cell; return the id that names its row."""
    frame = change(folder, table, lambda frame: frame.with_columns(frame[column].scatter(row - 1, text)))
    return str(frame[row - 1, 0])


# --- cells -----------------------------------------------------------------------------------------

CELLS = {
    "a word": (Table.BUREAU, "AMT_CREDIT_SUM", "lots", "'lots' is not a number"),
    "a fraction of a day": (
        Table.BUREAU,
        "DAYS_CREDIT",
        "-1.5",
        "-1.5 is not a whole number in -100000 to 100000 days",
    ),
    "no month": (Table.BUREAU_BALANCE, "MONTHS_BALANCE", None, "the value is missing and is required"),
    "a month of another age": (
        Table.BUREAU_BALANCE,
        "MONTHS_BALANCE",
        "-1201",
        "-1201 is not a whole number in -1200 to 1200 months",
    ),
    "a flag of neither": (Table.PREVIOUS, "FLAG_LAST_APPL_PER_CONTRACT", "maybe", "'maybe' is neither Y, N, 1 nor 0"),
    "a number as a name": (Table.PREVIOUS, "NAME_PORTFOLIO", "3", "'3' is a number where a name belongs"),
    "a sentinel elsewhere": (
        Table.PREVIOUS,
        "DAYS_DECISION",
        "365243",
        "365243 is not a whole number in -100000 to 100000 days",
    ),
    "a negative count": (Table.POS, "CNT_INSTALMENT", "-1.0", "-1 is not a whole number in 0 to 1e+06 count"),
    "infinite": (Table.CARD, "AMT_BALANCE", "inf", "inf is outside -1e+12 to 1e+12 currency"),
    "no payer": (Table.INSTALMENTS, "SK_ID_CURR", None, "the value is missing and is required"),
}


@pytest.mark.parametrize(("table", "column", "text", "what"), CELLS.values(), ids=CELLS.keys())
def test_a_wrong_cell_is_named_with_file_row_and_column(
    folder: Path, tmp_path: Path, table: Table, column: str, text: str | None, what: str
) -> None:
    name = set_cell(folder, table, 333, column, text)
    found = message(folder, tmp_path, *([Table.BUREAU, table] if table is Table.BUREAU_BALANCE else [table]))
    named = TABLES[table].columns[0].name
    assert found == f"{table}.csv, row 333 ({named} {name}), {column}: {what}; {CORRECT}"


def test_problems_of_many_batches_are_counted_and_the_first_shown(folder: Path, tmp_path: Path) -> None:
    change(folder, Table.POS, lambda frame: frame.with_columns(SK_DPD=pl.lit("-1")))
    lines = message(folder, tmp_path, Table.POS).splitlines()
    rows = pl.read_csv(folder / "POS_CASH_balance.csv").height
    assert lines[0] == f"POS_CASH_balance.csv has {rows} problems:"
    assert lines[1].startswith("POS_CASH_balance.csv, row 1 (SK_ID_PREV ")
    assert lines[20].startswith("POS_CASH_balance.csv, row 20 (SK_ID_PREV ")
    assert lines[21:] == [f"and {rows - 20} more"]


def test_a_status_may_be_a_number_and_sentinels_are_kept(kaggle: Path, tmp_path: Path) -> None:
    assert "365243" in (kaggle / "previous_application.csv").read_text()
    assert set(pl.read_csv(kaggle / "bureau_balance.csv", infer_schema=False)["STATUS"].drop_nulls()) & set("012345")
    made = partition(kaggle, ALL, IDS, tmp_path / "histories", str)
    assert made.read(Table.PREVIOUS, 0)["DAYS_TERMINATION"].max() == 365_243


# --- keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [table for table in ALL if TABLES[table].unique])
def test_a_row_given_twice_is_named(folder: Path, tmp_path: Path, table: Table) -> None:
    known = pl.col(TABLES[table].owner)
    mine = pl.read_csv(folder / "bureau.csv").filter(pl.col(ID) == 100_001)["SK_ID_BUREAU"].cast(pl.String)
    known = known == "100001" if TABLES[table].owner == ID else known.is_in(mine.implode())
    again = change(folder, table, lambda frame: pl.concat([frame, frame.filter(known).head(1)]))
    row = f"row {again.height} ({TABLES[table].unique[0]} {again[-1, TABLES[table].unique[0]]})"
    found = message(folder, tmp_path, *dict.fromkeys([Table.BUREAU, table]))
    assert found == f"{table}.csv, {row}, {' and '.join(TABLES[table].unique)}: an earlier row has the same; {CORRECT}"


@pytest.mark.parametrize(("month", "wrong"), [("-601", False), ("-600", True)])
def test_rows_of_a_loan_are_compared_across_parts(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, month: str, *, wrong: bool
) -> None:
    monkeypatch.setattr(parts, "PART", 100)

    def lend(frame: pl.DataFrame) -> pl.DataFrame:
        row = frame.head(1).with_columns(pl.lit("7").alias("SK_ID_PREV"))
        one = row.with_columns(pl.lit("100001").alias(ID), pl.lit("-600").alias("MONTHS_BALANCE"))
        other = row.with_columns(pl.lit("100300").alias(ID), pl.lit(month).alias("MONTHS_BALANCE"))
        return pl.concat([other, frame, one])

    last = change(folder, Table.CARD, lend).height
    if wrong:
        what = "SK_ID_PREV and MONTHS_BALANCE: an earlier row has the same"
        assert message(folder, tmp_path, Table.CARD) == (
            f"credit_card_balance.csv, row {last} (SK_ID_PREV 7), {what}; {CORRECT}"
        )
    else:
        made = partition(folder, [Table.CARD], IDS, tmp_path / "histories", str)
        assert [made.read(Table.CARD, part).filter(SK_ID_PREV=7).height for part in (0, 2)] == [1, 1]


# --- lines and columns -----------------------------------------------------------------------------

POS = "POS_CASH_balance.csv"
LINES: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "cut short": (
        lambda lines: [*lines[:500], ",".join(lines[500].split(",")[:3])],
        f"{POS}: the last line has 3 of 8 fields: the file is cut short; download it again",
    ),
    "a short line": (
        lambda lines: [*lines[:400], "1,2\n", *lines[401:]],
        f"{POS}, row 400: 2 fields where the header has 8; {CORRECT}",
    ),
    "a long line": (
        lambda lines: [*lines[:400], lines[400].replace("\n", ",1\n"), *lines[401:]],
        f"{POS}, row 400: 9 fields where the header has 8; {CORRECT}",
    ),
    "semicolons": (
        lambda lines: [line.replace(",", ";") for line in lines],
        f"{POS}: columns are separated by ';'; save it with commas between columns",
    ),
    "a missing column": (
        lambda lines: [lines[0].replace("SK_DPD,", "DPD,"), *lines[1:]],
        f"{POS}: columns are missing: SK_DPD; unknown columns here: DPD; rename them or download it again",
    ),
    "a column twice": (
        lambda lines: [lines[0].replace("SK_DPD,", "SK_DPD_DEF,"), *lines[1:]],
        f"{POS}, SK_DPD_DEF: the column occurs more than once; remove one",
    ),
    "no rows": (lambda lines: lines[:1], f"{POS} has no rows; download it again"),
    "empty": (lambda _: [], f"{POS} is empty; download it again"),
    "a quotation mark that is not closed": (
        lambda lines: [*lines[:400], lines[400].replace(",", ',"', 1), *lines[401:]],
        f"{POS}, row 400: 2 fields where the header has 8; {CORRECT}",
    ),
}


@pytest.mark.parametrize(("edit", "expected"), LINES.values(), ids=LINES.keys())
def test_a_file_that_is_no_table(
    folder: Path, tmp_path: Path, edit: Callable[[list[str]], list[str]], expected: str
) -> None:
    path = folder / POS
    path.write_text("".join(edit(path.read_text().splitlines(keepends=True))))
    assert message(folder, tmp_path, Table.POS) == expected


def test_lines_wrong_in_many_batches_are_all_counted(folder: Path, tmp_path: Path) -> None:
    path = folder / POS
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([lines[0].replace("SK_DPD,", "SK_DPD,NEW,"), *lines[1:]]))
    found = message(folder, tmp_path, Table.POS).splitlines()
    assert found[0] == f"{POS} has {len(lines) - 1} problems:"
    assert found[20] == f"{POS}, row 20: 8 fields where the header has 9; {CORRECT}"


def test_a_parquet_column_of_another_type(folder: Path, tmp_path: Path) -> None:
    path = folder / POS
    frame = pl.read_csv(path).with_columns(SK_DPD=pl.date(2018, 1, 1))
    path.unlink()
    frame.write_parquet(path.with_suffix(".parquet"))
    what = "the column's type is Date, not a number; save the column as Kaggle gives it"
    assert message(folder, tmp_path, Table.POS) == f"POS_CASH_balance.parquet, SK_DPD: {what}"


def test_a_parquet_file_cut_short(folder: Path, tmp_path: Path) -> None:
    path = folder / POS
    pl.read_csv(path).write_parquet(path.with_suffix(".parquet"))
    path.unlink()
    whole = path.with_suffix(".parquet").read_bytes()
    path.with_suffix(".parquet").write_bytes(whole[:-100])
    found = message(folder, tmp_path, Table.POS)
    assert found.startswith("POS_CASH_balance.parquet cannot be read: ")
    assert found.endswith("; download it again")


def test_unknown_columns_and_a_last_line_without_its_end_are_told(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    change(folder, Table.POS, lambda frame: frame.with_columns(BRANCH=pl.lit("7")))
    (folder / POS).write_text((folder / POS).read_text().removesuffix("\n"))
    made = partition(folder, [Table.POS], IDS, tmp_path / "histories", said.append)
    assert "BRANCH" not in made.read(Table.POS, 0).columns
    assert f"{POS}: unknown columns left out: BRANCH" in said
    assert f"{POS}: the last line has no line break; if the file was cut short, download it again" in said


# --- which tables ----------------------------------------------------------------------------------


def test_a_folder_with_applications_only(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    for table in ALL:
        (folder / f"{table}.csv").unlink()
    assert prepare(folder, tmp_path / "out", progress=said.append).histories is None
    assert said[0].endswith("kaggle holds none of the six history tables: applications only")


def test_missing_tables_are_named_with_what_leaves_them_out(folder: Path) -> None:
    for table in (Table.BUREAU, Table.INSTALMENTS):
        (folder / f"{table}.csv").unlink()
    with pytest.raises(InvalidData) as raised:
        selected(folder, (), str)
    found = str(raised.value)
    assert found.startswith(f"{folder} holds no bureau.csv and no installments_payments.csv; put Kaggle's files there")
    assert "--without bureau --without installments_payments --without bureau_balance (bureau_balance cannot" in found
    without = {Table.BUREAU, Table.BUREAU_BALANCE, Table.INSTALMENTS}
    assert selected(folder, without, str) == (Table.PREVIOUS, Table.POS, Table.CARD)


@pytest.mark.parametrize("synthetic", [True, False])
def test_bureau_balance_is_not_read_without_bureau(kaggle: Path, *, synthetic: bool) -> None:
    with pytest.raises(InvalidData, match=r"leave both out: --without bureau --without bureau_balance$"):
        selected(None if synthetic else kaggle, [Table.BUREAU], str)


def test_a_table_still_zipped_is_missing_no_less(folder: Path, tmp_path: Path) -> None:
    for table in ALL:
        (folder / f"{table}.csv").rename(folder / f"{table}.csv.zip")
    with pytest.raises(InvalidData, match=r"holds no bureau.csv and no bureau.parquet; unpack bureau\.csv\.zip"):
        prepare(folder, tmp_path / "out")


def test_the_environment_leaves_tables_out(folder: Path, tmp_path: Path) -> None:
    (folder / "credit_card_balance.csv").unlink()
    home = ["--home", str(tmp_path)]
    environment = {"CREDITRISK_DATA_DIR": str(folder), "CREDITRISK_WITHOUT": "credit_card_balance POS_CASH_balance"}
    done = CliRunner().invoke(app, ["data", *home], env=environment)
    assert done.exit_code == 0, done.output
    histories = load(tmp_path / "data").histories
    assert histories
    assert set(ALL) - set(histories.tables) == {Table.CARD, Table.POS}
    done = CliRunner().invoke(app, ["data", *home], env=environment | {"CREDITRISK_WITHOUT": ""})
    assert isinstance(done.exception, InvalidData)
    done = CliRunner().invoke(app, ["data", *home, *(f"--without={table}" for table in ALL)], env=environment)
    assert done.exit_code == 0, done.output
    assert load(tmp_path / "data").histories is None
