"""Comparisons: kept, resumed, told, and shown by the fit that follows."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from creditrisk.features.spec import Protected
from tests.trainer.contenders.quick import FEW, LINEAR, QUICK, TREES, handled, labelled
from trainer.contenders import compare, line_up, results
from trainer.contenders.compare import compare_contenders
from trainer.contenders.contender import Contender, CrossFitted, OutOfFold
from trainer.contenders.imbalance import Imbalance
from trainer.contenders.line_up import BASE, LINE_UPS, Question
from trainer.contenders.reference import FEATURES, ReferenceSystem
from trainer.contenders.results import Result, standing
from trainer.contenders.store import ContenderStore
from trainer.data import prepare
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import Measure
from trainer.features import USUAL
from trainer.labelled import Labelled
from trainer.paths import Home
from trainer.progress import Bar, bar
from trainer.registry.connection import EXPERIMENT, mlflow_of

SMALL = {
    Question.MODELS: (
        CrossFitted("LightGBM", TREES),
        handled(Imbalance.CLASS_WEIGHT),
        replace(ReferenceSystem(), trees=10),
    ),
    Question.GOVERNANCE: (
        CrossFitted("LightGBM", TREES),
        CrossFitted("without age", TREES, allowed=frozenset({Protected.FAMILY_STATUS})),
    ),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with prepared data; contenders are added to it."""
    home = Home(tmp_path_factory.mktemp("home"))
    prepare(None, home.data, rows=1_000, seed=4)
    return home.root


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Line-ups that take seconds."""
    for module in (line_up, compare, results):
        monkeypatch.setattr(module, "LINE_UPS", SMALL)


@pytest.fixture
def store(tmp_path: Path) -> ContenderStore:
    return ContenderStore(tmp_path / "kept", labelled(50), 7)


def test_a_result_is_kept_whole(store: ContenderStore) -> None:
    said = OutOfFold(np.linspace(0, 1, 50), np.linspace(0, 0.5, 50))
    assert store.read(QUICK) is None
    store.write(QUICK, said)
    found = store.read(replace(QUICK, name="by another name"))
    assert found is not None
    assert np.array_equal(found.raw, said.raw)
    assert np.array_equal(found.pd, said.pd)


def test_a_damaged_result_is_none(store: ContenderStore, tmp_path: Path) -> None:
    store.write(QUICK, OutOfFold(np.zeros(50), np.zeros(50)))
    (kept,) = (tmp_path / "kept").iterdir()
    kept.write_bytes(kept.read_bytes()[:-40])
    assert store.read(QUICK) is None


def test_a_result_is_of_its_recipe_rows_and_folds(store: ContenderStore, tmp_path: Path) -> None:
    store.write(QUICK, OutOfFold(np.zeros(50), np.zeros(50)))
    others = (
        replace(QUICK, family=replace(TREES, monotone=False)),
        replace(QUICK, family=LINEAR),
        replace(QUICK, imbalance=Imbalance.SMOTE),
        replace(QUICK, allowed=USUAL - {Protected.AGE}),
    )
    assert [store.read(other) for other in others] == [None] * 4
    assert ContenderStore(tmp_path / "kept", labelled(50), 8).read(QUICK) is None
    assert ContenderStore(tmp_path / "kept", labelled(50, seed=5), 7).read(QUICK) is None
    assert ContenderStore(tmp_path / "kept", labelled(50), 7).read(QUICK) is not None


def test_a_comparison_cut_off_goes_on_where_it_stopped(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, fitted = Home(prepared), []
    usual = CrossFitted.out_of_fold

    def counted(self: CrossFitted, rows: Labelled, seed: int, told: Bar) -> OutOfFold:
        if len(fitted) == 2 and not stopped:
            stopped.append(True)
            raise KeyboardInterrupt
        fitted.append(self.name)
        return usual(self, rows, seed, told)

    stopped: list[bool] = []
    monkeypatch.setattr(CrossFitted, "out_of_fold", counted)
    with pytest.raises(KeyboardInterrupt):
        compare_contenders(home, tuple(Question), 7, Costs())
    models, governance = compare_contenders(home, tuple(Question), 7, Costs())
    assert fitted == ["LightGBM", "forest, class weights", "without age"]
    again, _ = compare_contenders(home, tuple(Question), 7, Costs())
    assert len(fitted) == 3
    assert np.array_equal(again.comparison.measured.estimates, models.comparison.measured.estimates)
    assert governance.comparison.models == ("LightGBM", "without age")
    assert {path.stem for path in home.comparison.glob("*.png")} == {
        "comparison_measures",
        "comparison_differences",
        "comparison_pairs",
        "comparison_distortion",
        "governance_differences",
    }
    told = json.loads((home.comparison / "comparison_distortion.json").read_text())["data"]["models"]
    mean = {(row["model"], row["which"]): row["mean_pd"] for row in told}
    rate = models.target.mean()
    assert mean["forest, class weights", "as the model gives them"] > 3 * rate
    assert mean["forest, class weights", "as they are used"] == pytest.approx(rate, rel=1e-3)


def test_every_contender_is_a_run(prepared: Path) -> None:
    home = Home(prepared)
    models, _ = compare_contenders(home, tuple(Question), 7, Costs())
    with mlflow_of(home) as mlflow:
        runs = mlflow.search_runs(experiment_names=[EXPERIMENT], output_format="list")
    by_name = {run.info.run_name: run.data for run in runs}
    assert sorted(run.info.run_name for run in runs) == sorted(
        {one.name for contenders in SMALL.values() for one in contenders}
    )
    auc = models.comparison.interval("LightGBM", Measure.AUC)
    assert by_name["LightGBM"].metrics["auc"] == pytest.approx(auc.estimate)
    assert by_name["reference system"].params["threshold"] == "0.5"


def test_a_fit_finds_the_contenders_of_its_rows_and_stands_for_its_own(tmp_path: Path) -> None:
    rows, random = labelled(300), np.random.default_rng(0)
    store = ContenderStore(tmp_path, rows, 7)

    def said() -> OutOfFold:
        return OutOfFold(random.random(300), random.random(300))

    own = Result(CrossFitted("this model", TREES), said())
    (alone,) = standing(store, own, rows.target, Costs(), 7)
    assert alone.comparison.models == ("LightGBM",)
    for contender in (*SMALL[Question.MODELS], *SMALL[Question.GOVERNANCE]):
        store.write(contender, said())
    models, governance = standing(store, own, rows.target, Costs(), 7)
    assert models.against == governance.against == "LightGBM"
    assert models.results[0].found is own.found
    other = Result(CrossFitted("this model", FEW), said())
    models, governance = standing(store, other, rows.target, Costs(), 7)
    assert models.against == "this model"
    assert models.comparison.models[-1] == "this model"
    assert governance.against == "LightGBM"


def test_the_line_ups_are_those_asked_for() -> None:
    named: dict[str, Contender] = {one.name: one for one in LINE_UPS[Question.MODELS]}
    assert len(named) == 3 * len(Imbalance) + 1
    assert named[BASE.name] == BASE
    rules = {one.name for one in LINE_UPS[Question.GOVERNANCE]}
    assert rules == {"LightGBM", "without age", "without family status", "with sex", "without monotone constraints"}


def test_the_reference_has_its_153_features_whatever_histories_there_are() -> None:
    rows = labelled(1_000)
    reference = replace(ReferenceSystem(), trees=10)
    assert len(reference.features(rows)) == len(set(reference.features(rows))) == FEATURES
    assert "CODE_GENDER" in reference.features(rows)
    with bar("reference", 1.0) as told:
        found = reference.out_of_fold(rows, 7, told)
    assert found.pd.mean() > 2 * rows.target.mean()
