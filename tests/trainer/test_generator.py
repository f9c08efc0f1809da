"""Synthetic applications: the laws that hold in life hold in them, and there is as much to learn."""

import os
import re
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
import pytest
from polars import col
from sklearn.metrics import roc_auc_score

from creditrisk.application import BUILDING_PARTS, COLUMNS, DOCUMENTS, NUMERIC, Kind
from creditrisk.features.catalogue import DEFAULT_FEATURES
from creditrisk.features.cleaning import clean
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import learn
from trainer.data.kaggle import read_applications
from trainer.frames import TRAIN, canonical_schema, to_batch
from trainer.generator import Generated, fit_statistics, generate
from trainer.generator.storage import FOLDER, write
from trainer.generator.structure import assemble, derive

REAL = os.environ.get("CREDITRISK_DATA_DIR")
needs_real_rows = pytest.mark.skipif(REAL is None, reason="CREDITRISK_DATA_DIR names no folder of real rows")


@pytest.fixture(scope="module")
def tables() -> Generated:
    return generate(40_000, seed=1)


@pytest.fixture(scope="module")
def train(tables: Generated) -> pl.DataFrame:
    return tables.train


def share(frame: pl.DataFrame, condition: pl.Expr) -> float:
    return float(frame.select(condition.mean()).item())


def correlation(frame: pl.DataFrame, left: str, right: str) -> float:
    known = frame.select(col(left, right).cast(pl.Float64)).drop_nulls()
    return float(known.select(pl.corr(left, right, method="spearman")).item())


# --- the tables ------------------------------------------------------------------------------------


def test_tables_have_the_shape_of_the_real_ones(tables: Generated) -> None:
    assert tables.train.schema == canonical_schema(labelled=True)
    assert tables.test.schema == canonical_schema(labelled=False)
    assert (tables.train.height, tables.test.height) == (40_000, 6_340)
    ids = pl.concat([tables.train["SK_ID_CURR"], tables.test["SK_ID_CURR"]])
    assert ids.n_unique() == len(ids)


def test_the_seed_decides_the_rows() -> None:
    first, same, other = generate(2_000, 7), generate(2_000, 7), generate(2_000, 8)
    assert first.train.equals(same.train)
    assert first.test.equals(same.test)
    assert not first.train.equals(other.train)
    assert not first.train.head(300)["AMT_CREDIT"].equals(first.test.head(300)["AMT_CREDIT"])


@pytest.mark.parametrize(("rows", "seed"), [(0, 0), (-3, 0), (10, -1)])
def test_sizes_and_seeds_that_make_no_sense_are_refused(rows: int, seed: int) -> None:
    with pytest.raises(ValueError, match="at least"):
        generate(rows, seed)


def test_about_eight_percent_default(train: pl.DataFrame) -> None:
    assert share(train, col("TARGET")) == pytest.approx(0.08, abs=0.006)


# --- laws ------------------------------------------------------------------------------------------


def test_every_value_is_valid_and_plausible(train: pl.DataFrame) -> None:
    found = clean(to_batch(train).numbers)
    wrong = (found.invalid | found.implausible).any(axis=1)
    assert [column.name for column, bad in zip(NUMERIC, wrong, strict=True) if bad] == []


def test_who_does_not_work_has_no_work(train: pl.DataFrame) -> None:
    without = col("DAYS_EMPLOYED") == 365243
    assert 0.1 < share(train, without) < 0.25
    for sign in (
        col("ORGANIZATION_TYPE") == "XNA",
        col("NAME_INCOME_TYPE") == "Pensioner",
        col("FLAG_EMP_PHONE") == 0,
    ):
        assert share(train, sign == without) == 1
    idle = train.filter(without)
    assert idle["OCCUPATION_TYPE"].null_count() == idle.height
    for flag in ("FLAG_WORK_PHONE", "REG_CITY_NOT_WORK_CITY", "LIVE_REGION_NOT_WORK_REGION"):
        assert idle[flag].sum() == 0
    assert share(idle, col("DAYS_BIRTH") / -365.25 > 50) > 0.8


def test_employment_begins_after_childhood_and_registration_after_birth(train: pl.DataFrame) -> None:
    age_at_start = (col("DAYS_EMPLOYED") - col("DAYS_BIRTH")) / 365.25
    assert train.filter(col("DAYS_EMPLOYED") <= 0).select(age_at_start.min()).item() >= 15.99
    assert share(train, col("DAYS_REGISTRATION") >= col("DAYS_BIRTH")) == 1


def test_a_car_has_an_age_and_nothing_else_has(train: pl.DataFrame) -> None:
    assert share(train, col("OWN_CAR_AGE").is_null() == (col("FLAG_OWN_CAR") == 0)) == 1


def test_a_family_holds_the_applicant_the_partner_and_the_children(train: pl.DataFrame) -> None:
    couple = col("NAME_FAMILY_STATUS").is_in(["Married", "Civil marriage"])
    assert share(train, col("CNT_FAM_MEMBERS") == col("CNT_CHILDREN") + 1 + couple.cast(pl.Int32)) == 1


@pytest.mark.parametrize("part", BUILDING_PARTS)
def test_a_part_of_the_building_is_known_or_not_in_all_statistics(train: pl.DataFrame, part: str) -> None:
    names = [f"{part}_{statistic}" for statistic in ("AVG", "MODE", "MEDI")]
    missing = sum(col(name).is_null().cast(pl.Int8) for name in names)
    assert set(train.select(missing).to_series().unique()) == {0, 3}
    assert min(correlation(train, names[0], name) for name in names[1:]) > 0.8


def test_the_terms_of_a_loan_belong_together(train: pl.DataFrame) -> None:
    cash = train.filter(NAME_CONTRACT_TYPE="Cash loans")
    ratio, term = col("AMT_CREDIT") / col("AMT_GOODS_PRICE"), col("AMT_CREDIT") / col("AMT_ANNUITY")
    assert share(cash, ratio.is_between(0.999, 1.7)) == 1
    assert share(cash, (ratio - 1).abs() < 1e-9) > 0.2
    assert share(cash, term.is_between(7, 50)) == 1
    assert correlation(cash, "AMT_CREDIT", "AMT_GOODS_PRICE") > 0.95
    assert 0.7 < correlation(cash, "AMT_CREDIT", "AMT_ANNUITY") < 0.95
    revolving = train.filter(NAME_CONTRACT_TYPE="Revolving loans")
    assert share(revolving, (term - 20).abs() < 0.1) == 1


def test_enquiries_are_known_or_not_together(train: pl.DataFrame) -> None:
    names = [name for name in train.columns if name.startswith("AMT_REQ_CREDIT_BUREAU")]
    assert set(train.select(sum(col(name).is_null().cast(pl.Int8) for name in names)).to_series()) == {0, 6}


def test_the_social_circle_adds_up(train: pl.DataFrame) -> None:
    known = train.filter(col("OBS_30_CNT_SOCIAL_CIRCLE").is_not_null())
    for fewer, more in (("DEF_30", "OBS_30"), ("DEF_60", "OBS_60"), ("OBS_60", "OBS_30"), ("DEF_60", "DEF_30")):
        assert share(known, col(f"{fewer}_CNT_SOCIAL_CIRCLE") <= col(f"{more}_CNT_SOCIAL_CIRCLE")) == 1


@pytest.mark.parametrize("place", ["REGION", "CITY"])
def test_three_addresses_of_a_worker_cannot_differ_in_one_pair_only(train: pl.DataFrame, place: str) -> None:
    names = [f"REG_{place}_NOT_LIVE_{place}", f"REG_{place}_NOT_WORK_{place}", f"LIVE_{place}_NOT_WORK_{place}"]
    workers = train.filter(col("DAYS_EMPLOYED") <= 0)
    assert set(workers.select(pl.sum_horizontal(names)).to_series()) == {0, 2, 3}


def test_documents_come_one_at_a_time_mostly(train: pl.DataFrame) -> None:
    given = pl.sum_horizontal(DOCUMENTS)
    assert share(train, given <= 1) > 0.95
    assert 0.6 < share(train, col("FLAG_DOCUMENT_3")) < 0.8


def test_taking_applications_apart_and_together_changes_nothing(train: pl.DataFrame) -> None:
    # The units are rounded nowhere on the way, so days and money come back exactly.
    frame = train.select(column.name for column in COLUMNS)
    again = assemble(derive(frame))
    changed = {name: int((again[name] - frame[name]).abs().max() or 0) for name in ("AMT_CREDIT", "DAYS_EMPLOYED")}
    assert changed == {"AMT_CREDIT": 0, "DAYS_EMPLOYED": 0}
    work_flags = ("FLAG_WORK_PHONE", "REG_REGION_NOT_LIVE_REGION", "REG_CITY_NOT_LIVE_CITY")
    for name in ("OCCUPATION_TYPE", "FLAG_DOCUMENT_6", "CNT_FAM_MEMBERS", "REGION_RATING_CLIENT", *work_flags):
        assert again[name].equals(frame[name]), name


# --- what there is to learn ------------------------------------------------------------------------


def test_a_plain_model_learns_as_much_as_from_real_rows(train: pl.DataFrame) -> None:
    batch = to_batch(train)
    features = FeaturePlan(learn(batch, DEFAULT_FEATURES)).compute(batch).matrix
    target = train["TARGET"].to_numpy()
    fitted, held_out = slice(0, 20_000), slice(20_000, None)
    settings = {"objective": "binary", "learning_rate": 0.05, "num_leaves": 7, "feature_fraction": 0.3}
    settings |= {"num_threads": 1, "seed": 0, "verbose": -1}
    data = lightgbm.Dataset(features[fitted], target[fitted], params={"verbose": -1})
    model = lightgbm.train(settings, data, num_boost_round=300)
    assert 0.73 < roc_auc_score(target[held_out], model.predict(features[held_out])) < 0.78


def test_external_scores_matter_as_in_life(train: pl.DataFrame) -> None:
    for name in ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3"):
        low = train.filter(col(name) < train[name].quantile(0.2))
        high = train.filter(col(name) > train[name].quantile(0.8))
        assert share(low, col("TARGET")) > 2 * share(high, col("TARGET"))


# --- the statistics --------------------------------------------------------------------------------


def test_the_statistics_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 400_000


@needs_real_rows
@pytest.mark.full
def test_marginals_are_those_of_the_real_rows(train: pl.DataFrame) -> None:
    real = read_applications(Path(REAL or ""), TRAIN)
    apart = {}
    for column in COLUMNS:
        a, b = real[column.name], train[column.name]
        assert a.is_null().mean() == pytest.approx(b.is_null().mean(), abs=0.012), column.name
        apart[column.name] = _distance(a.drop_nulls(), b.drop_nulls(), column.kind)
    assert {name: distance for name, distance in apart.items() if distance > 0.04} == {}


def _distance(a: pl.Series, b: pl.Series, kind: Kind) -> float:
    """Largest difference of shares (categories) or of distribution functions (numbers)."""
    if kind is Kind.CATEGORY:
        names = set(a) | set(b)
        return max(abs(float((a == name).mean() or 0) - float((b == name).mean() or 0)) for name in names)
    x, y = np.sort(a.to_numpy().astype(float)), np.sort(b.to_numpy().astype(float))
    at = np.concatenate([x, y])
    below = [np.searchsorted(values, at, "right") / len(values) for values in (x, y)]
    return float(np.abs(below[0] - below[1]).max())


@needs_real_rows
@pytest.mark.full
def test_the_shipped_statistics_can_be_fitted_again(tmp_path: Path) -> None:
    real = read_applications(Path(REAL or ""), TRAIN)
    if real.height != 35_252:
        pytest.skip("the shipped statistics were fitted on 35,252 rows; these are others")
    write(fit_statistics.fit(real), tmp_path)
    # Equal but for the last digits, which linear algebra on another machine may turn.
    for name, slack in (("marginals.json", 2e-3), ("correlations.json", 2.0), ("risk.json", 2e-3)):
        again, shipped = _numbers(tmp_path / name), _numbers(FOLDER / name)
        np.testing.assert_allclose(again, shipped, rtol=1e-3, atol=slack, err_msg=name)


def _numbers(path: Path) -> list[float]:
    return [float(text) for text in re.findall(r"(?<=[\[,:])-?[0-9.e-]+(?=[\],}])", path.read_text())]


@pytest.mark.full
def test_a_fit_on_any_applications_is_reproducible_and_keeps_their_default_rate(train: pl.DataFrame) -> None:
    some = train.head(12_000).with_columns(TARGET=pl.when(col("EXT_SOURCE_2") < 0.5).then(1).otherwise("TARGET"))
    first, second = fit_statistics.fit(some), fit_statistics.fit(some)
    assert first.risk == second.risk
    assert np.array_equal(first.correlations, second.correlations)
    drawn = first.sample(20_000, np.random.default_rng(9))
    assert first.probabilities(drawn).mean() == pytest.approx(share(some, col("TARGET")), abs=0.02)


@needs_real_rows
def test_no_row_is_a_real_one(train: pl.DataFrame) -> None:
    keys = ["DAYS_BIRTH", "AMT_CREDIT", "AMT_INCOME_TOTAL", "DAYS_ID_PUBLISH"]
    real = read_applications(Path(REAL or ""), TRAIN)
    assert train.join(real, on=keys, how="semi").is_empty()
