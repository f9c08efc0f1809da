"""Generated histories: six tables that agree with each other, and tell of the outcome as in life."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars import col
from sklearn.metrics import roc_auc_score

from creditrisk.application import Kind
from creditrisk.history import NEVER, TABLES, Table
from trainer.data.kaggle import read_history
from trainer.frames import ID, TARGET
from trainer.generator import Generated, applications, fit_histories, generate
from trainer.generator.histories import previous
from trainer.generator.histories.people import COVARIATES
from trainer.generator.histories.portrait import AUCS, MEANS, portrait, summary
from trainer.generator.histories.storage import FOLDER, read
from trainer.generator.histories.tables import table_schema
from trainer.generator.storage import load_json

REAL = os.environ.get("CREDITRISK_DATA_DIR")
needs_real_rows = pytest.mark.skipif(REAL is None, reason="CREDITRISK_DATA_DIR names no folder of real rows")
Tables = dict[Table, pl.DataFrame]
LOAN = "SK_ID_PREV"
KAGGLE = {
    Table.BUREAU: 1_716_428,
    Table.BUREAU_BALANCE: 27_299_925,
    Table.PREVIOUS: 1_670_214,
    Table.POS: 10_001_358,
    Table.CARD: 3_840_312,
    Table.INSTALMENTS: 13_605_401,
}
"""Rows of the competition's tables, for 356,255 applicants."""
CARD = col("NAME_CONTRACT_TYPE") == "Revolving loans"


@pytest.fixture(scope="module")
def made() -> Generated:
    return generate(6_000, seed=2)


@pytest.fixture(scope="module")
def tables(made: Generated) -> Tables:
    return whole(made)


def whole(made: Generated) -> Tables:
    first = int(made.train[ID][0])
    return made.histories(first, first + made.train.height + made.test.height)


def broken(frame: pl.DataFrame, law: pl.Expr) -> int:
    """Rows that break ``law``; a null keeps it."""
    return frame.filter(~law).height


def approved(tables: Tables) -> pl.DataFrame:
    """Loans that were taken, with their dates."""
    return tables[Table.PREVIOUS].filter(col("DAYS_LAST_DUE_1ST_VERSION").is_not_null())


# --- the tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", Table)
def test_a_table_is_canonical_and_its_values_are_plausible(tables: Tables, table: Table) -> None:
    frame = tables[table]
    assert dict(frame.schema) == dict(table_schema(table))
    for column in TABLES[table].columns:
        if column.required:
            assert frame[column.name].null_count() == 0, column.name
        if column.kind is not Kind.CATEGORY:
            values = frame[column.name].cast(pl.Float64)
            usual = values.filter(~values.is_in(list(column.sentinels)))
            assert usual.is_between(*column.plausible).all(), column.name


@pytest.mark.parametrize("table", Table)
def test_no_row_is_dated_after_the_application(tables: Tables, table: Table) -> None:
    assert [name for name in TABLES[table].dated if (tables[table][name] > 0).any()] == []


@pytest.mark.parametrize("table", [table for table in Table if TABLES[table].unique])
def test_the_key_names_a_row(tables: Tables, table: Table) -> None:
    assert tables[table].select(TABLES[table].unique).is_duplicated().sum() == 0


def test_rows_lead_to_applicants_of_both_tables(made: Generated, tables: Tables) -> None:
    for table in Table:
        owner = TABLES[table].owner
        owners = pl.concat([made.train[ID], made.test[ID]]) if owner == ID else tables[Table.BUREAU][owner]
        assert tables[table][owner].is_in(owners.implode()).all(), table
    for table in (Table.BUREAU, Table.PREVIOUS, Table.POS, Table.CARD, Table.INSTALMENTS):
        assert tables[table][ID].is_in(made.test[ID].implode()).any(), table


def test_a_loan_has_one_applicant_in_all_tables(tables: Tables) -> None:
    pairs = pl.concat([tables[table].select(LOAN, ID) for table in Table if LOAN in tables[table].columns]).unique()
    assert pairs[LOAN].is_duplicated().sum() == 0


def test_there_are_as_many_rows_as_in_life(made: Generated, tables: Tables) -> None:
    applicants = made.train.height + made.test.height
    share = {table: tables[table].height / applicants / (KAGGLE[table] / 356_255) for table in Table}
    assert {table: round(at, 2) for table, at in share.items() if not 0.8 < at < 1.2} == {}


def test_some_have_no_history_in_a_table_and_some_none_at_all(made: Generated, tables: Tables) -> None:
    figures = portrait(tables, made.train)
    without = {table: float(figures[f"{table}: none"].mean()) for table in Table}  # type: ignore[arg-type]
    real = load_json(FOLDER / "real.json")[MEANS]
    for table in (Table.BUREAU, Table.PREVIOUS, Table.POS, Table.CARD):
        assert without[table] == pytest.approx(real[f"{table}: none"], abs=0.06), table
    nothing = pl.all_horizontal(col(f"{table}: none") == 1 for table in Table)
    assert 0 < figures.filter(nothing).height < 0.05 * figures.height


# --- ranges ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small() -> Generated:
    return generate(70, seed=4)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "BLOCK", 30)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(applications.FIRST_ID, applications.FIRST_ID + 81))
@pytest.mark.usefixtures("small_blocks")
def test_the_cut_of_ids_into_ranges_changes_nothing(small: Generated, cut: int) -> None:
    first = applications.FIRST_ID
    before, after = small.histories(first, cut), small.histories(cut, first + 81)
    for table, frame in whole(small).items():
        assert pl.concat([before[table], after[table]]).equals(frame), table


def test_a_range_without_applicants_has_the_tables_without_rows(small: Generated) -> None:
    for first, last in ((1, 50), (100_001, 100_001), (900_000, 900_010)):
        empty = small.histories(first, last)
        assert {table: (frame.height, dict(frame.schema)) for table, frame in empty.items()} == {
            table: (0, dict(table_schema(table))) for table in Table
        }


def test_the_seed_decides_the_histories() -> None:
    first, same, other = (whole(generate(120, seed)) for seed in (7, 7, 8))
    assert all(first[table].equals(same[table]) for table in Table)
    assert not any(first[table].equals(other[table]) for table in Table)


# --- loans at the bureau ---------------------------------------------------------------------------


def test_who_was_not_asked_about_has_no_loan_at_the_bureau(made: Generated, tables: Tables) -> None:
    unknown = made.train.filter(col("AMT_REQ_CREDIT_BUREAU_YEAR").is_null())
    assert unknown.height > 500
    assert unknown.join(tables[Table.BUREAU], on=ID, how="semi").is_empty()


def test_bureau_dates_are_in_order(tables: Tables) -> None:
    bureau = tables[Table.BUREAU]
    for law in (
        col("DAYS_ENDDATE_FACT") >= col("DAYS_CREDIT"),
        col("DAYS_CREDIT_ENDDATE") >= col("DAYS_CREDIT"),
        col("DAYS_CREDIT_UPDATE") >= col("DAYS_CREDIT"),
        col("DAYS_ENDDATE_FACT") < 0,
        (col("CREDIT_ACTIVE") != "Closed") | col("DAYS_ENDDATE_FACT").is_not_null(),
        (col("AMT_CREDIT_SUM_OVERDUE") == 0) | (col("CREDIT_DAY_OVERDUE") > 0),
        col("AMT_CREDIT_MAX_OVERDUE") >= col("AMT_CREDIT_SUM_OVERDUE") - 5,
    ):
        assert broken(bureau, law) == 0, str(law)


def test_balances_are_of_the_loans_life_month_by_month(tables: Tables) -> None:
    months = tables[Table.BUREAU_BALANCE].join(tables[Table.BUREAU], on="SK_ID_BUREAU")
    assert broken(months, col("MONTHS_BALANCE") * 30.4375 >= col("DAYS_CREDIT")) == 0
    over = col("MONTHS_BALANCE") * 30.4375 > col("DAYS_ENDDATE_FACT") + 31
    assert broken(months.filter(over), col("STATUS").is_in(["C", "X"])) == 0
    spans = months.group_by("SK_ID_BUREAU").agg(pl.len(), span=_span())
    assert broken(spans, col("len") == col("span")) == 0


def test_balances_are_given_for_all_loans_of_an_applicant_or_for_none(made: Generated, tables: Tables) -> None:
    told = tables[Table.BUREAU].with_columns(
        told=col("SK_ID_BUREAU").is_in(tables[Table.BUREAU_BALANCE]["SK_ID_BUREAU"].unique().implode()),
    )
    share = told.group_by(ID).agg(share=col("told").mean(), test=(col(ID) > made.train[ID].max()).first())
    assert set(share["share"].round(2).unique()) == {0.0, 1.0}
    train, test = (float(share.filter(col("test") == at)["share"].mean()) for at in (False, True))  # type: ignore[arg-type]
    assert 0.3 < train < 0.42
    assert test > 0.97


def _span() -> pl.Expr:
    return col("MONTHS_BALANCE").max() - col("MONTHS_BALANCE").min() + 1


# --- loans with Home Credit ------------------------------------------------------------------------


def test_the_terms_of_a_previous_loan_belong_together(tables: Tables) -> None:
    previous = tables[Table.PREVIOUS]
    loans = previous.filter(~CARD & col("AMT_ANNUITY").is_not_null() & (col("AMT_CREDIT") > 500))
    for law in (
        col("AMT_ANNUITY") * col("CNT_PAYMENT") >= col("AMT_CREDIT") * 0.999,
        col("AMT_GOODS_PRICE") == col("AMT_APPLICATION"),
        col("AMT_DOWN_PAYMENT") <= col("AMT_APPLICATION"),
    ):
        assert broken(loans, law) == 0, str(law)
    offers = previous.filter(col("NAME_PORTFOLIO") == "XNA")
    assert offers["AMT_ANNUITY"].null_count() == offers["CNT_PAYMENT"].null_count() == offers.height > 0


def test_only_what_was_approved_was_taken(tables: Tables) -> None:
    previous = tables[Table.PREVIOUS]
    assert set(approved(tables)["NAME_CONTRACT_STATUS"]) == {"Approved"}
    refused = previous.filter(col("NAME_CONTRACT_STATUS") != "Approved")
    for table in (Table.POS, Table.CARD, Table.INSTALMENTS):
        assert tables[table].join(refused, on=LOAN, how="semi").is_empty(), table
    reasons = previous.group_by("NAME_CONTRACT_STATUS").agg(col("CODE_REJECT_REASON").unique())
    by_status = dict(reasons.iter_rows())
    assert set(by_status["Approved"]) == {"XAP"}
    assert {"HC", "SCO", "LIMIT"} <= set(by_status["Refused"])


def test_an_applicant_is_new_once(tables: Tables) -> None:
    days = tables[Table.PREVIOUS].sort(ID, "DAYS_DECISION")
    first = days.group_by(ID, maintain_order=True).first()
    new = first["NAME_CLIENT_TYPE"] == "New"
    assert 0.65 < float(new.mean()) < 0.9  # type: ignore[arg-type]
    assert float((first["NAME_CONTRACT_STATUS"] == "Approved").mean()) > 0.9  # type: ignore[arg-type]


def test_dates_of_a_loan_are_in_order(tables: Tables) -> None:
    loans = approved(tables).filter(~CARD)
    due = loans.filter(col("DAYS_FIRST_DUE") != NEVER)
    for law in (
        col("DAYS_FIRST_DUE") > col("DAYS_DECISION"),
        col("DAYS_LAST_DUE_1ST_VERSION") == col("DAYS_FIRST_DUE") + 30 * (col("CNT_PAYMENT") - 1),
        (col("DAYS_LAST_DUE") == NEVER) | (col("DAYS_LAST_DUE") <= col("DAYS_LAST_DUE_1ST_VERSION")),
        (col("DAYS_TERMINATION") == NEVER) | (col("DAYS_TERMINATION") > col("DAYS_LAST_DUE")),
        (col("DAYS_TERMINATION") == NEVER) | (col("DAYS_LAST_DUE") < 0),
    ):
        assert broken(due, law) == 0, str(law)
    assert 0.5 < due.filter(col("DAYS_TERMINATION") < 0).height / due.height < 0.95


def test_months_of_a_loan_follow_its_dates(tables: Tables) -> None:
    months = tables[Table.POS].join(approved(tables), on=LOAN)
    spans = tables[Table.POS].group_by(LOAN).agg(pl.len(), span=_span())
    assert broken(spans, col("len") == col("span")) == 0
    ended = months.filter(col("DAYS_TERMINATION") < 0)
    assert broken(ended, col("MONTHS_BALANCE") <= col("DAYS_TERMINATION") / 30.4375 + 1) == 0
    assert broken(months, col("MONTHS_BALANCE") >= col("DAYS_DECISION") / 30.4375 - 1) == 0
    left = tables[Table.POS].sort(LOAN, "MONTHS_BALANCE")
    rise = col("CNT_INSTALMENT_FUTURE").diff().over(LOAN)
    assert broken(left, rise <= 0) == 0
    assert broken(left, col("CNT_INSTALMENT_FUTURE") <= col("CNT_INSTALMENT")) == 0
    closed = left.filter(col("NAME_CONTRACT_STATUS") == "Completed")
    assert closed[LOAN].is_duplicated().sum() == 0
    assert closed["SK_DPD"].sum() == closed["CNT_INSTALMENT_FUTURE"].sum() == 0
    assert broken(left, col("SK_DPD_DEF") <= col("SK_DPD")) == 0


def test_payments_follow_the_plan(tables: Tables) -> None:
    paid = tables[Table.INSTALMENTS].join(approved(tables).filter(~CARD), on=LOAN)
    assert broken(paid, col("DAYS_INSTALMENT") == col("DAYS_FIRST_DUE") + 30 * (col("NUM_INSTALMENT_NUMBER") - 1)) == 0
    assert broken(paid, (col("DAYS_LAST_DUE") == NEVER) | (col("DAYS_INSTALMENT") <= col("DAYS_LAST_DUE"))) == 0
    usual = paid.filter(col("NUM_INSTALMENT_VERSION") == 1, col("NUM_INSTALMENT_NUMBER") < col("CNT_PAYMENT"))
    assert broken(usual, (col("AMT_INSTALMENT") - col("AMT_ANNUITY")).abs() < 0.1) == 0
    assert broken(paid, col("DAYS_ENTRY_PAYMENT") < 0) == 0
    assert broken(paid, col("DAYS_ENTRY_PAYMENT").is_null() == col("AMT_PAYMENT").is_null()) == 0


def test_an_instalment_in_parts_is_paid_whole(tables: Tables) -> None:
    number = (LOAN, "NUM_INSTALMENT_NUMBER")
    loans = tables[Table.INSTALMENTS].filter(col("NUM_INSTALMENT_VERSION") > 0)
    parts = loans.group_by(number).agg(pl.len(), col("AMT_INSTALMENT").first(), paid=col("AMT_PAYMENT").sum())
    twice = parts.filter(col("len") > 1)
    assert twice.height > 0.02 * parts.height
    assert (twice["paid"] / twice["AMT_INSTALMENT"]).quantile(0.1) > 0.99


def test_who_is_past_due_paid_late(tables: Tables) -> None:
    late = col("DAYS_ENTRY_PAYMENT") - col("DAYS_INSTALMENT")
    loans = tables[Table.INSTALMENTS].filter(col("NUM_INSTALMENT_VERSION") > 0).group_by(LOAN).agg(late=late.max())
    behind = tables[Table.POS].group_by(LOAN).agg(days=col("SK_DPD").max(), months=pl.len())
    known = loans.join(behind.filter(col("months") > 6), on=LOAN)
    lateness = known.group_by(late=col("days") > 0).agg(col("late").alias("longest").mean())
    by_record = dict(lateness.iter_rows())
    assert by_record[True] > 5 > by_record[False]


def test_accounts_of_cards_add_up(tables: Tables) -> None:
    months = tables[Table.CARD].sort(LOAN, "MONTHS_BALANCE")
    parts = sum(col(f"AMT_DRAWINGS_{kind}_CURRENT").fill_null(0) for kind in ("ATM", "POS", "OTHER"))
    for law in (
        (col("AMT_DRAWINGS_CURRENT") - parts).abs() < 0.01,
        (col("AMT_DRAWINGS_CURRENT") > 0) == (col("CNT_DRAWINGS_CURRENT") > 0),
        col("AMT_BALANCE") >= col("AMT_RECEIVABLE_PRINCIPAL"),
        col("AMT_PAYMENT_CURRENT") >= col("AMT_PAYMENT_TOTAL_CURRENT"),
        (col("SK_DPD") == 0) | (col("AMT_BALANCE") > 0),
    ):
        assert broken(months, law) == 0, str(law)
    before = col("AMT_BALANCE").shift(1, fill_value=0).over(LOAN)
    interest = col("AMT_BALANCE") - before - col("AMT_DRAWINGS_CURRENT") + col("AMT_PAYMENT_TOTAL_CURRENT")
    running = months.with_columns(interest=interest, before=before).filter(col("before") > 1_000)
    # The first month told may come after the card's first.
    inside = running.filter(col("MONTHS_BALANCE") > col("MONTHS_BALANCE").min().over(LOAN))
    assert broken(inside, col("interest").is_between(-10, 0.05 * col("before") + 10)) == 0
    spans = months.group_by(LOAN).agg(pl.len(), span=_span())
    assert broken(spans, col("len") == col("span")) == 0


def test_a_card_not_drawn_on_has_no_drawings_and_no_payments(tables: Tables) -> None:
    cards = approved(tables).filter(CARD, col("DAYS_FIRST_DRAWING") == NEVER)
    months = tables[Table.CARD].join(cards, on=LOAN, how="semi")
    assert months.height > 0
    assert months["AMT_DRAWINGS_ATM_CURRENT"].null_count() == months.height
    assert months.select(pl.sum_horizontal("AMT_BALANCE", "AMT_PAYMENT_TOTAL_CURRENT").sum()).item() == 0
    paid = tables[Table.INSTALMENTS].filter(col("NUM_INSTALMENT_VERSION") == 0)
    assert paid.height > 0
    assert paid.join(cards, on=LOAN, how="semi").is_empty()


def test_payments_of_cards_add_up_to_the_months_payments(tables: Tables) -> None:
    paid = tables[Table.INSTALMENTS].filter(col("NUM_INSTALMENT_VERSION") == 0)["AMT_INSTALMENT"].sum()
    assert paid == pytest.approx(tables[Table.CARD]["AMT_PAYMENT_TOTAL_CURRENT"].sum(), rel=0.01)


# --- statistics ------------------------------------------------------------------------------------


def test_figures_are_near_the_real_ones(made: Generated, tables: Tables) -> None:
    found = summary(portrait(tables, made.train), made.train[TARGET])
    real = load_json(FOLDER / "real.json")
    apart = {
        name: (value, round(found[MEANS][name], 3))
        for name, value in real[MEANS].items()
        if abs(found[MEANS][name] - value) > max(0.3 * abs(value), 0.04)
    }
    assert apart == {}
    auc = {name: found[AUCS][name] for name in real[AUCS] if name in found[AUCS]}
    assert len(auc) > 25
    real_signs, signs = (np.array([figures[name] - 0.5 for name in auc]) for figures in (real[AUCS], auc))
    assert np.corrcoef(real_signs, signs)[0, 1] > 0.7
    clear = np.abs(real_signs) > 0.06
    assert (np.sign(real_signs[clear]) == np.sign(signs[clear])).all()


def test_the_statistics_of_histories_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 600_000


@pytest.mark.full
def test_a_fit_on_any_tables_makes_tables_like_them(made: Generated, tables: Tables, tmp_path: Path) -> None:
    made.train.write_parquet(tmp_path / "application_train.parquet")
    made.test.write_parquet(tmp_path / "application_test.parquet")
    # Here who cancels is refused: the model must learn it.
    refused = tables[Table.PREVIOUS].with_columns(col("NAME_CONTRACT_STATUS").replace("Canceled", "Refused"))
    for table, frame in (tables | {Table.PREVIOUS: refused}).items():
        frame.write_parquet(tmp_path / f"{table}.parquet")
    fit_histories.fit(tmp_path, tmp_path, tmp_path / "fitted")
    fit_histories.fit(tmp_path, tmp_path, tmp_path / "again")
    for path in (tmp_path / "fitted").iterdir():
        assert path.read_text() == (tmp_path / "again" / path.name).read_text()
    model = read(tmp_path / "fitted" / "previous.json", previous.UNITS)
    number = 2_000
    facts = {"LABELLED": pl.repeat("yes", number, eager=True), "ORDER": pl.repeat("later", number, eager=True)}
    covariates = np.zeros((number, len(COVARIATES) + 1))
    drawn = model.sample(covariates, np.arange(number), np.random.default_rng(0), facts)["NAME_CONTRACT_STATUS"]
    assert set(drawn) == {"Approved", "Refused", "Unused offer"}
    assert 0.3 < float((drawn == "Refused").mean()) < 0.6  # type: ignore[arg-type]


@needs_real_rows
def test_no_loan_is_a_real_one(tables: Tables) -> None:
    folder = Path(REAL or "")
    for table, keys in (
        (Table.BUREAU, ("DAYS_CREDIT", "DAYS_CREDIT_UPDATE", "AMT_CREDIT_SUM", "AMT_CREDIT_SUM_DEBT")),
        (Table.PREVIOUS, ("DAYS_DECISION", "AMT_ANNUITY", "AMT_APPLICATION", "SELLERPLACE_AREA")),
    ):
        real = read_history(folder, table).filter(col(keys[-1]) > 0, col(keys[2]) % 450 != 0)
        assert tables[table].join(real, on=list(keys), how="semi").is_empty(), table


# --- what there is to learn ------------------------------------------------------------------------

TELLING = {
    "bureau: active": 1,
    "bureau: debt to credit": 1,
    "bureau: days since the last": -1,
    "previous_application: refused": 1,
    "previous_application: down payment": -1,
    "previous_application: days since the last": -1,
}
"""Figures, and whether more of them means more defaults or fewer."""


def score(figures: pl.DataFrame) -> np.ndarray:  # type: ignore[type-arg]
    ranks = [sign * col(name).rank().fill_null(pl.len() / 2) for name, sign in TELLING.items()]
    return figures.select(pl.sum_horizontal(ranks)).to_series().to_numpy()


def test_histories_tell_of_default_and_of_nothing_else(made: Generated, tables: Tables) -> None:
    told = score(portrait(tables, made.train))
    outcome = made.train[TARGET].to_numpy()
    assert roc_auc_score(outcome, told) > 0.57
    shuffled = np.random.default_rng(0).permutation(outcome)
    assert abs(roc_auc_score(shuffled, told) - 0.5) < 0.05


def test_histories_tell_more_than_the_application(made: Generated) -> None:
    # The same applications with other outcomes: what differs is not known from the application.
    people = made.train.head(2_000)
    by_outcome = [
        people.with_columns(pl.repeat(outcome, people.height, dtype=pl.Int8, eager=True).alias(TARGET))
        for outcome in (0, 1)
    ]
    figures = [portrait(whole(Generated(frame, made.test.clear(), 3)), frame) for frame in by_outcome]
    labels = np.repeat([0, 1], people.height)
    assert roc_auc_score(labels, score(pl.concat(figures))) > 0.52
