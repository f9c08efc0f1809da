"""What is read of a file is what was written; what cannot be is named with its row and column."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from creditrisk.application import COLUMNS, Kind
from creditrisk.client import LoanApplication
from gateway.page.batch.columns import ID, BadFile
from gateway.page.batch.guarded import guarded, guarded_columns
from gateway.page.batch.kinds import open_source
from gateway.texts import ENGLISH
from tests.gateway.page.batch.files import NAMES, read, rows_of, write_csv, write_parquet

# Every example writes its own file anew.
FILES = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
BIG = 2**31


def _is_name(text: str) -> bool:
    return bool(text) and pl.Series([text]).cast(pl.Float64, strict=False).is_null().item()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=12).map(str.strip).filter(_is_name)
VALUES = {
    Kind.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    Kind.INTEGER: st.integers(-BIG, BIG - 1),
    Kind.FLAG: st.booleans(),
    Kind.CATEGORY: WORDS,
}


@st.composite
def loans(draw: st.DrawFn) -> LoanApplication:
    """An application of any values its fields hold, without a time."""
    application = LoanApplication(sk_id_curr=draw(st.integers(1, 2**63 - 1)))
    for column in draw(st.lists(st.sampled_from(COLUMNS), max_size=20, unique_by=lambda one: one.name)):
        setattr(application, column.field, draw(VALUES[column.kind]))
    return application


@FILES
@given(
    st.lists(loans(), min_size=1, max_size=5),
    st.sampled_from(",;\t"),
    st.sampled_from(["utf-8", "utf-8-sig"]),
    st.sampled_from([("0", "1"), ("N", "Y"), ("false", "true"), ("FALSE", "TRUE"), ("0.0", "1.0")]),
    st.sampled_from([str.upper, str.lower, str.title]),
)
def test_any_application_comes_back_from_csv(
    tmp_path: Path,
    applications: list[LoanApplication],
    separator: str,
    encoding: str,
    flags: tuple[str, str],
    cased: Callable[[str], str],
) -> None:
    names = [cased(name) for name in NAMES]
    file = write_csv(tmp_path / "loans.csv", rows_of(applications), names, separator, encoding, flags)
    assert read(file) == (applications, [])


@FILES
@given(st.lists(loans(), min_size=1, max_size=5))
def test_any_application_comes_back_from_parquet(tmp_path: Path, applications: list[LoanApplication]) -> None:
    assert read(write_parquet(tmp_path / "loans.parquet", rows_of(applications))) == (applications, [])


BAD = [
    *((column.name, cell) for column in COLUMNS if column.kind is Kind.NUMBER for cell in ("1,5", "1 000", "x")),
    *((column.name, cell) for column in COLUMNS if column.kind is Kind.INTEGER for cell in ("1.5", "1985-04-30")),
    *((column.name, cell) for column in COLUMNS if column.kind is Kind.FLAG for cell in ("maybe", "2", "-1")),
    *((column.name, cell) for column in COLUMNS if column.kind is Kind.CATEGORY for cell in ("17", "1e3")),
    *(("AMT_CREDIT", cell) for cell in ("inf", "-inf", "1e999", "#N/A", "=1+1")),
    *(("CNT_CHILDREN", cell) for cell in (str(BIG), str(-BIG - 1))),
    *((ID, cell) for cell in ("", "0", "-1", "1.5", "x", str(2**63), "1e300", "nan")),
]


def test_every_bad_cell_is_named_with_its_row_and_column(tmp_path: Path, application: LoanApplication) -> None:
    rows = []
    for place, (column, cell) in enumerate(BAD, 1):
        application.sk_id_curr = place
        rows.append({**rows_of([application])[0], column: cell})
    applications, problems = read(write_csv(tmp_path / "loans.csv", rows))
    assert len(applications) == len(BAD)
    for row, (found, (column, cell)) in enumerate(zip(sorted(problems, key=lambda one: one.row), BAD, strict=True), 2):
        assert (found.row, found.column, found.shown, found.fatal) == (row, column, cell, True)
        assert found.what
        assert found.mend
    for place, (made, (column, _)) in enumerate(zip(applications, BAD, strict=True), 1):
        application.sk_id_curr = place
        expected = LoanApplication.FromString(application.SerializeToString())
        expected.ClearField(column.lower())  # type: ignore[arg-type]
        assert made == expected


@pytest.mark.parametrize("cell", ["", "  ", "nan", "NaN"])
def test_an_empty_cell_is_not_known(tmp_path: Path, cell: str) -> None:
    row = {ID: 1, "AMT_CREDIT": cell, "FLAG_OWN_CAR": cell, "CNT_CHILDREN": cell}
    assert read(write_csv(tmp_path / "loans.csv", [row])) == ([LoanApplication(sk_id_curr=1)], [])


def test_rows_are_numbered_as_a_spreadsheet_does(tmp_path: Path) -> None:
    file = tmp_path / "loans.csv"
    header = "SK_ID_CURR,NAME_CONTRACT_TYPE,AMT_INCOME_TOTAL,AMT_CREDIT,DAYS_BIRTH"
    broken = '3,"Cash\nloans",1,1,-9000'
    lines = ["", header, "1,Cash loans,1,1,-9000", "", ",,,,", broken, "4,Cash loans,x,1,-9000", "5,Cash loans,1"]
    file.write_text("\n".join([*lines, "6,Cash loans,1,1,-9000,,", "7,Cash loans,1,1,-9000,8"]), encoding="utf-8")
    source = open_source(file, ENGLISH)
    (cells,) = source.pages()
    assert source.first == 3
    assert list(cells.numbers) == [3, 6, 7, 9]
    assert cells.torn == {8: 3, 10: 6}
    (problem,) = read(file)[1]
    assert (problem.row, problem.column) == (7, "AMT_INCOME_TOTAL")


HEADER = "SK_ID_CURR,NAME_CONTRACT_TYPE,AMT_INCOME_TOTAL,AMT_CREDIT,DAYS_BIRTH\n"
ROW = "1,Cash loans,1,1,-9000\n"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"PK\x03\x04\x14\x00\x06", "spreadsheet"),
        ("SK_ID_CURR\n1".encode("utf-16"), "neither a CSV"),
        (b"PAR1 and then nothing", "damaged"),
        (b"a,b\n1,2\n", "names no column"),
        (
            HEADER.replace("DAYS_BIRTH", "DAYS").encode() + ROW.encode(),
            "missing: DAYS_BIRTH. Columns that are not known: DAYS",
        ),
        (HEADER.replace("SK_ID_CURR,", "").encode(), "missing: SK_ID_CURR"),
        (HEADER.replace("DAYS_BIRTH", "DAYS_BIRTH,amt_credit").encode(), "AMT_CREDIT is there twice"),
        (HEADER.encode() + ROW.encode() + "2,Crédit,1,1,-9000\n".encode("latin-1"), "see line 3"),
        (HEADER.encode() + ROW.encode() + b'2,"Cash loans,1,1,-9000\n', "Row 3 cannot be read"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_why(tmp_path: Path, content: bytes, named: str) -> None:
    file = tmp_path / "loans.csv"
    file.write_bytes(content)
    with pytest.raises(BadFile, match=named) as refused:
        read(file)
    assert refused.value.mend


def test_a_parquet_column_of_a_wrong_type_is_named(tmp_path: Path) -> None:
    frame = pl.DataFrame({name: [1] for name in NAMES})
    frame.write_parquet(tmp_path / "loans.parquet")
    with pytest.raises(BadFile, match="NAME_CONTRACT_TYPE is of the type Int64"):
        read(tmp_path / "loans.parquet")


def test_quoted_names_and_unknown_columns_are_understood(tmp_path: Path) -> None:
    file = tmp_path / "loans.csv"
    quoted = ";".join(f'"{name}"' for name in ("TARGET", *NAMES[:20], "BRANCH"))
    file.write_text(quoted + "\n", encoding="utf-8-sig")
    columns = open_source(file, ENGLISH).columns
    assert columns.ignored == ("TARGET", "BRANCH")
    assert columns.absent == tuple(NAMES[20:])


@given(st.text(max_size=5) | st.text("=+-@\t\r0123456789.", max_size=5))
def test_no_text_is_a_formula(text: str) -> None:
    written = guarded(text)
    assert isinstance(written, str)
    assert written in {text, f"'{text}"}
    if written == text and text[:1] in {*"=+-@\t\r"} and text:
        float(text.replace(".", "") + "0")
    assert guarded_columns(pl.LazyFrame({"text": [text]})).collect()["text"].to_list() == [written]
    assert guarded(-5) == -5
