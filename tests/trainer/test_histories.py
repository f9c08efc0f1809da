"""Aggregates: what they mean, and that neither order, nor partition, nor the future changes a bit."""

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditrisk.features.aggregates import Aggregate, Condition, TableAggregates
from creditrisk.features.history import HISTORIES, SCALES
from creditrisk.features.record import HISTORY_FEATURES
from creditrisk.history import TABLES, Table
from tests.trainer.history_rows import FIRST, tables
from trainer.frames import ID
from trainer.histories.part import histories
from trainer.histories.rows import known_rows

SOME = tables(400, 40, 0)


def same(left: pl.DataFrame, right: pl.DataFrame) -> bool:
    """Whether ids and all bits are equal."""
    bits = [frame.drop(ID).to_numpy().view(np.uint32) for frame in (left, right)]
    return left[ID].equals(right[ID]) and left.columns == right.columns and bool((bits[0] == bits[1]).all())


def one(table: Table, *rows: dict[str, object]) -> dict[Table, pl.DataFrame]:
    """A table of ``rows``, other columns missing; days and months a month before the application."""
    schema = SOME[table].schema
    usual = {name: -30 if name.startswith("DAYS") else -1 for name in TABLES[table].dated} | {ID: 1}
    usual |= {name: at for at, name in enumerate(("SK_ID_BUREAU", "SK_ID_PREV"), start=5) if name in schema}
    if table is Table.BUREAU_BALANCE:
        del usual[ID]
    filled = [{name: (usual | row).get(name) for name in schema} for row in rows]
    return {table: pl.DataFrame(filled, schema=schema)}


def value(frame: pl.DataFrame, name: str) -> float:
    assert frame.height == 1
    return float(frame[name][0])


# --- laws ----------------------------------------------------------------------------------------------------


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32), st.integers(FIRST, FIRST + 40))
def test_neither_the_order_of_rows_nor_the_cut_between_parts_changes_a_bit(seed: int, cut: int) -> None:
    made = tables(300, 40, seed)
    whole = histories(made)
    assert same(
        whole, histories({name: frame.sample(fraction=1.0, shuffle=True, seed=1) for name, frame in made.items()})
    )
    owners = made[Table.BUREAU].select("SK_ID_BUREAU", ID)

    def part(keep: pl.Expr) -> pl.DataFrame:
        balance = made[Table.BUREAU_BALANCE].join(owners, on="SK_ID_BUREAU").filter(keep).drop(ID)
        cut = {name: frame.filter(keep) for name, frame in made.items() if name is not Table.BUREAU_BALANCE}
        return histories(cut | {Table.BUREAU_BALANCE: balance})

    assert same(whole, pl.concat([part(pl.col(ID) < cut), part(pl.col(ID) >= cut)]))


@pytest.mark.parametrize("table", list(Table))
def test_a_row_dated_after_the_application_changes_nothing(table: Table) -> None:
    before = histories(SOME)
    for name in TABLES[table].dated:
        late = SOME[table].with_columns(pl.lit(1, SOME[table].schema[name]).alias(name))
        fresh = {column: pl.col(column) + 10**6 for column in ("SK_ID_BUREAU", "SK_ID_PREV") if column in late.columns}
        if table is not Table.BUREAU_BALANCE:
            late = late.with_columns(**fresh)
        assert same(before, histories(SOME | {table: pl.concat([SOME[table], late])}))


def test_a_check_of_late_rows_can_fail() -> None:
    late = SOME[Table.BUREAU].with_columns(SK_ID_BUREAU=pl.col("SK_ID_BUREAU") + 10**6)
    assert not same(histories(SOME), histories(SOME | {Table.BUREAU: pl.concat([SOME[Table.BUREAU], late])}))


def test_a_payment_after_the_application_is_not_known_yet() -> None:
    due = {"DAYS_INSTALMENT": -10, "AMT_INSTALMENT": 100.0, "AMT_PAYMENT": 100.0, "NUM_INSTALMENT_NUMBER": 1}
    unpaid = due | {"DAYS_ENTRY_PAYMENT": None, "AMT_PAYMENT": None}
    assert same(
        histories(one(Table.INSTALMENTS, due | {"DAYS_ENTRY_PAYMENT": 3})),
        histories(one(Table.INSTALMENTS, unpaid)),
    )


# --- meaning -------------------------------------------------------------------------------------------------


def expected(declared: TableAggregates, aggregate: Aggregate, rows: list[dict[str, object]]) -> float:
    """What ``aggregate`` means, over the rows of one applicant, in plain words of Python."""
    scales = SCALES[declared.table]
    tests: dict[str, Callable[[object, object], bool]] = {
        "=": lambda a, b: a == b,
        "<=": lambda a, b: a <= b,  # type: ignore[operator]
        ">=": lambda a, b: a >= b,  # type: ignore[operator]
        "in": lambda a, b: a in b,  # type: ignore[operator]
    }

    def meets(row: dict[str, object], condition: Condition) -> bool:
        found, wanted = row[condition.column], condition.value
        if found is None:
            return False
        scaled = round(wanted * scales[condition.column]) if isinstance(wanted, int | float) else wanted
        return tests[condition.operator](found, scaled)

    met = [row for row in rows if all(meets(row, condition) for condition in aggregate.where)]
    if aggregate.statistic == "count":
        return len(met)
    known = [row for row in met if row[aggregate.of] is not None]
    values = [row[aggregate.of] for row in known]
    scale = scales[aggregate.of]
    match aggregate.statistic:
        case "distinct":
            return len(set(values))
        case "sum":
            return np.nan if met and not values else sum(values) / scale
        case "slope":
            months = [row["MONTHS_BALANCE"] for row in known]
            return np.polyfit(months, values, 1)[0] / scale if len(set(months)) > 1 else np.nan
        case "mean":
            return sum(values) / len(values) / scale if values else np.nan
        case statistic:
            return {"min": min, "max": max}[statistic](values) / scale if values else np.nan


@pytest.mark.parametrize("declared", HISTORIES, ids=lambda declared: declared.table.value)
def test_every_aggregate_is_what_it_is_declared_to_be(declared: TableAggregates) -> None:
    found = histories(SOME)
    frame = SOME[declared.table]
    if declared.table is Table.BUREAU_BALANCE:
        known = known_rows(HISTORIES[0], SOME[Table.BUREAU])
        frame = frame.join(known.select("SK_ID_BUREAU", ID), on="SK_ID_BUREAU")
    rows = known_rows(declared, frame).partition_by(ID, as_dict=True)
    assert len(rows) > 20
    for (applicant,), of in rows.items():
        line = found.filter(pl.col(ID) == applicant)
        for aggregate in declared.aggregates:
            wanted = expected(declared, aggregate, of.to_dicts())
            assert value(line, aggregate.name) == pytest.approx(wanted, rel=1e-6, abs=1e-6, nan_ok=True), aggregate


def test_no_history_is_missing_and_not_zero() -> None:
    found = histories(one(Table.PREVIOUS, {"NAME_CONTRACT_STATUS": "Approved"}))
    assert value(found, "PREV") == 1
    assert value(found, "PREV_REFUSED") == 0
    assert np.isnan(value(found, "BUREAU_LOANS"))
    assert np.isnan(value(found, "BUREAU_LOANS_DEBT_SUM"))


def test_not_available_differs_from_none() -> None:
    closed = {"CREDIT_ACTIVE": "Closed", "AMT_CREDIT_SUM_DEBT": 0.0}
    unknown = {"CREDIT_ACTIVE": "Active", "AMT_CREDIT_SUM_DEBT": None}
    name = "BUREAU_LOANS_ACTIVE_DEBT_SUM"
    assert value(histories(one(Table.BUREAU, closed)), name) == 0
    assert np.isnan(value(histories(one(Table.BUREAU, unknown)), name))


def test_an_instalment_paid_in_parts_is_one_and_paid_when_the_last_part_came() -> None:
    part = {"DAYS_INSTALMENT": -10, "AMT_INSTALMENT": 90.0, "AMT_PAYMENT": 45.0, "NUM_INSTALMENT_NUMBER": 1}
    found = histories(one(Table.INSTALMENTS, part | {"DAYS_ENTRY_PAYMENT": -12}, part | {"DAYS_ENTRY_PAYMENT": -8}))
    assert (value(found, "PAID"), value(found, "PAID_DELAY_MAX"), value(found, "PAID_SHORT")) == (1, 2, 0)


def test_sums_of_money_are_exact() -> None:
    # 0.1 + 0.2 and the like: as doubles, the sum of these depends on their order.
    amounts = [0.1, 0.2, 0.3, 1e8, 0.045, 1e-3] * 50
    found = histories(
        one(
            Table.PREVIOUS,
            *({"SK_ID_PREV": at, "AMT_CREDIT": a, "NAME_CONTRACT_STATUS": "Approved"} for at, a in enumerate(amounts)),
        )
    )
    assert value(found, "PREV_APPROVED_AMOUNT_SUM") == np.float32(50 * (100_000_000_646) / 1_000)


def test_there_are_as_many_features_as_promised() -> None:
    assert len({spec.name for spec in HISTORY_FEATURES}) >= 150
