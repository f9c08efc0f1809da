"""What a fit may use, what it may not see, and what it says when it cannot."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from creditrisk.application import CATEGORICAL
from creditrisk.features.catalogue import CATALOGUE, DEFAULT_FEATURES, sources
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import learn
from creditrisk.features.spec import Protected
from creditrisk.history import Table
from creditrisk.model.bundle import Bundle
from trainer.crossfit import FOLDS, cross_fit, fold_of
from trainer.families.boosting import FittedBoosting, LightGBM
from trainer.families.family import Family, Told, Training
from trainer.features import feature_names
from trainer.frames import ID, TARGET, to_batch
from trainer.generator import generate
from trainer.options import Options
from trainer.paths import Home
from trainer.progress import bar
from trainer.submission import write_submission

COLUMNS = {Protected.SEX: "CODE_GENDER", Protected.AGE: "DAYS_BIRTH", Protected.FAMILY_STATUS: "NAME_FAMILY_STATUS"}
EVERYONE = frozenset(Protected)
TABLES = frozenset(Table)
PLAIN = feature_names(Options().allowed, frozenset())
"""Features of the application alone."""


def read_by(names: tuple[str, ...]) -> set[str]:
    by_name = {spec.name: spec for spec in CATALOGUE}
    return {column for name in names for column in sources(by_name[name])}


def test_by_default_sex_is_out_and_the_rest_is_the_catalogues_choice() -> None:
    assert feature_names(Options().allowed, TABLES) == DEFAULT_FEATURES
    assert COLUMNS[Protected.SEX] not in read_by(DEFAULT_FEATURES)
    assert COLUMNS[Protected.AGE] in read_by(DEFAULT_FEATURES)
    assert COLUMNS[Protected.FAMILY_STATUS] in read_by(DEFAULT_FEATURES)


@pytest.mark.parametrize("barred", Protected)
def test_a_barred_attribute_takes_all_that_is_computed_from_it(barred: Protected) -> None:
    without, with_all = feature_names(EVERYONE - {barred}, TABLES), feature_names(EVERYONE, TABLES)
    assert COLUMNS[barred] not in read_by(without)
    assert COLUMNS[barred] in read_by(with_all)
    assert set(without) < set(with_all)
    lost = read_by(with_all) - read_by(without)
    assert COLUMNS[barred] in lost
    assert not lost & (set(COLUMNS.values()) - {COLUMNS[barred]})


QUICK = LightGBM(most=40, patience=10)


def crossed_auc(frame: pl.DataFrame, names: tuple[str, ...], family: Family = QUICK) -> float:
    target = frame[TARGET].to_numpy()
    with bar("cross-fitting", 1.0) as told:
        crossed = cross_fit(to_batch(frame), target, names, 1, told, family)
    assert np.isfinite(crossed.margins).all()
    assert sorted(np.unique(crossed.folds)) == list(range(FOLDS))
    return float(np.mean(crossed.auc_by_fold(target)))


def lottery() -> pl.DataFrame:
    """Applications whose outcome nothing can tell."""
    frame = generate(1_500, 4).train
    drawn = np.random.default_rng(0).random(frame.height) < 0.2
    return frame.with_columns(pl.Series(TARGET, drawn.astype(np.int8)))


def test_no_row_is_predicted_by_a_model_that_saw_it() -> None:
    assert abs(crossed_auc(lottery(), PLAIN) - 0.5) < 0.08


def test_a_leak_shows() -> None:
    """Planted: every fold's model is fitted on all rows."""
    frame = lottery()
    batch, target = to_batch(frame), frame[TARGET].to_numpy()
    matrix = FeaturePlan(learn(batch, PLAIN)).compute(batch).matrix

    class Leaking(LightGBM):
        def fit(self, training: Training, told: Told) -> FittedBoosting:
            return super().fit(replace(training, matrix=matrix, target=target), told)

    assert crossed_auc(frame, PLAIN, Leaking(trees=40)) > 0.6


def test_one_tree_count_is_found_for_all_folds() -> None:
    frame = lottery()
    with bar("cross-fitting", 1.0) as told:
        crossed = cross_fit(to_batch(frame), frame[TARGET].to_numpy(), PLAIN, 1, told, QUICK)
    settings = crossed.family.settings()
    found = settings["trees_by_fold"]
    assert len(found) == FOLDS
    assert all(1 <= trees <= 40 for trees in found)
    assert settings["trees"] == round(float(np.median(found)) / 0.85)
    with pytest.raises(ValueError, match="not settled"):
        QUICK.fit(Training((), np.zeros((1, 0), dtype=np.float32), np.zeros(1, dtype=np.int8), 0), told.to)


def test_folds_are_stratified_and_follow_the_seed() -> None:
    target = np.array([1] * 50 + [0] * 450, dtype=np.int8)
    folds = fold_of(target, 1)
    assert [int(target[folds == fold].sum()) for fold in range(FOLDS)] == [10] * FOLDS
    assert np.array_equal(folds, fold_of(target, 1))
    assert not np.array_equal(folds, fold_of(target, 2))


def test_a_bundle_says_what_it_was_fitted_on_and_how_good_it_is(bundle: Bundle, home: Home) -> None:
    metrics = json.loads(bundle.read("metrics.json"))
    assert metrics["rows"] == 2_500
    assert metrics["threshold"] == bundle.manifest.proposed_threshold == 1 / 11
    assert metrics["cost_at_best_threshold"] <= metrics["cost_per_applicant"]
    assert len(metrics["auc_by_fold"]) == len(metrics["trees_by_fold"]) == FOLDS
    assert bundle.manifest.source == "synthetic"
    assert bundle.manifest.family == metrics["family"] == "lightgbm"
    assert len(bundle.manifest.data_fingerprint) == 64
    importance = pl.read_csv(bundle.read("feature_importance.csv"))
    assert set(importance["feature"]) == set(bundle.schema.names)
    assert importance["mean_abs_contribution"].is_sorted(descending=True)
    assert {column.name for column in CATEGORICAL} == set(bundle.schema.vocabularies)
    assert home.policy.exists()


def test_the_submission_scores_every_unlabelled_applicant(bundle: Bundle, tmp_path: Path) -> None:
    test = generate(200, 9).test
    write_submission(bundle, test, None, tmp_path / "out" / "submission.csv")
    written = pl.read_csv(tmp_path / "out" / "submission.csv")
    assert written.columns == [ID, TARGET]
    assert written[ID].to_list() == test[ID].to_list()
    assert written[TARGET].is_between(0, 1).all()


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["fit"], "data.json"),
        (["fit", "--interest-margin", "0.1"], "needs both --interest-margin and --loss-given-default"),
        (["publish", "nowhere"], "nowhere/manifest.json"),
        (["data", "--source", "nowhere"], "nowhere"),
        (["data", "--rows", "1"], "1 generated applications all have one outcome"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_expected_error_is_one_line(tmp_path: Path, arguments: list[str], names: str) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CREDITRISK_")}
    ended = subprocess.run(
        [sys.executable, "-m", "trainer", *arguments, "--home", str(tmp_path / "home")],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
    assert ended.stderr.startswith("error: ")
    assert names in ended.stderr
