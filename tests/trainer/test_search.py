"""A search goes on where it stopped, tries a family's own settings first, and finds what a fit is then tuned with."""

import json
import math
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss as reference_log_loss
from typer.testing import CliRunner

from creditrisk.errors import CreditRiskError, InvalidData, InvalidSettings, UnsupportedModel
from creditrisk.explain.tree_shap import TreeExplainer
from creditrisk.features.spec import Protected
from creditrisk.history import Table
from creditrisk.model.families import ModelFamily
from creditrisk.model.scorer import Scorer
from tests.trainer.families.small import CALIBRATION, silent, training
from trainer import __main__ as command_line
from trainer.__main__ import app
from trainer.crossfit import CrossFit, cross_fit, fold_of
from trainer.data import load, prepare
from trainer.families import FAMILIES
from trainer.families.boosting import FittedBoosting, LightGBM
from trainer.families.family import Family, Range, Training
from trainer.families.forest import FittedForest, RandomForest
from trainer.families.logistic import Logistic
from trainer.features import USUAL
from trainer.labelled import Labelled
from trainer.options import Options
from trainer.paths import Home
from trainer.progress import bar
from trainer.search import run
from trainer.search.run import Budget, log_loss, search, tuned
from trainer.search.study import Tried, best, name_of, opened, tried

OPTIONS = Options(family=Logistic())
STRENGTH = "inverse_l2_penalty"
SMALL: dict[ModelFamily, Family] = {
    ModelFamily.LIGHTGBM: LightGBM(trees=15),
    ModelFamily.FOREST: RandomForest(trees=5),
    ModelFamily.LOGISTIC: Logistic(),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared data, without histories."""
    folder = tmp_path_factory.mktemp("made")
    prepare(None, folder, without=tuple(Table), rows=1_600, seed=5)
    return folder


@pytest.fixture
def at(made: Path, tmp_path: Path) -> Home:
    """A home of that data in which nothing was searched for."""
    (tmp_path / "data").symlink_to(made)
    return Home(tmp_path)


@dataclass
class Landscape:
    """In place of cross-fitting: margins that are the worse, the further the logistic's strength is from 0.003.

    From ``flat`` on they are all one. ``cut_off``: the calls that end as Ctrl-C ends them.
    """

    flat: float = math.inf
    cut_off: tuple[int, ...] = ()
    calls: int = 0

    def __call__(
        self, _batch: object, target: NDArray[np.int8], _names: object, seed: int, _told: object, family: Logistic
    ) -> CrossFit:
        self.calls += 1
        if self.calls in self.cut_off:
            raise KeyboardInterrupt
        noise = np.random.default_rng(0).normal(size=len(target))
        margins = target + noise * (1 + abs(math.log(family.strength / 0.003)))
        return CrossFit(margins * (family.strength < self.flat), fold_of(target, seed), family)


@pytest.fixture
def landscape(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Landscape]:
    """Makes cross-fitting a ``Landscape``."""

    def make(**how: object) -> Landscape:
        made = Landscape(**how)
        monkeypatch.setattr(run, "cross_fit", made)
        return made

    return make


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """What was to be fitted and released, and is not."""
    asked: list[Options] = []
    monkeypatch.setattr(command_line, "release", lambda _home, options: asked.append(options))
    return asked


def found(home: Home, options: Options = OPTIONS) -> list[Tried]:
    return tried(home.searches, name_of(load(home.data), options))


def test_the_familys_own_settings_are_first_and_the_best_no_worse(at: Home, capfd: pytest.CaptureFixture[str]) -> None:
    search(at, OPTIONS, Budget(trials=3))
    first, *others = found(at)
    assert first.settings == {STRENGTH: Logistic().strength}
    assert len({one.settings[STRENGTH] for one in (first, *others)}) == 3
    chosen = best(found(at))
    assert chosen is not None
    assert chosen.loss == min(one.loss for one in (first, *others))
    told, leaked = capfd.readouterr()
    assert "trial 3 of 3, best so far 0." in told
    assert f"best of 3: log loss {chosen.loss:.5f}, with the family's own settings {first.loss:.5f}" in told
    assert not leaked


def test_a_loss_is_that_of_calibrated_pds_on_folds_of_another_seed(at: Home) -> None:
    search(at, OPTIONS, Budget(trials=1))
    rows = Labelled.of(load(at.data), None)
    target, names = rows.target, rows.names(OPTIONS.allowed)

    def loss(seed: int) -> float:
        with bar("cross-fitting", 1.0) as told:
            margins = cross_fit(rows.batch, target, names, seed, told, OPTIONS.family).margins[:, None]
        pd = LogisticRegression(C=math.inf, tol=1e-10).fit(margins, target).predict_proba(margins)[:, 1]
        return float(reference_log_loss(target, pd))

    seed = OPTIONS.seed + run.OTHER_FOLDS
    assert found(at)[0].loss == pytest.approx(loss(seed), abs=1e-9)
    assert found(at)[0].loss != pytest.approx(loss(OPTIONS.seed), abs=1e-6)
    assert not np.array_equal(fold_of(target, seed), fold_of(target, OPTIONS.seed))


def test_losses_are_of_one_scale() -> None:
    """A family's margins may be of any; those that rank nothing, or backwards, have no loss at all."""
    rng = np.random.default_rng(1)
    target = (rng.random(500) < 0.2).astype(np.int8)
    margins = target + rng.normal(size=500)
    assert log_loss(100 * margins - 7, target) == pytest.approx(log_loss(margins, target), abs=1e-12)
    assert log_loss(-margins, target) == log_loss(np.zeros(500), target) == math.inf


def test_an_interrupted_search_goes_on_as_if_it_had_not_been(
    at: Home, made: Path, tmp_path: Path, landscape: Callable[..., Landscape]
) -> None:
    """More than the ten trials that are drawn before Optuna begins to model the losses."""
    landscape(cut_off=(1, 3, 13))
    for counted in (0, 1, 10):
        with pytest.raises(KeyboardInterrupt):
            search(at, OPTIONS, Budget(trials=12))
        assert len(found(at)) == counted
    search(at, OPTIONS, Budget(trials=12))
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "data").symlink_to(made)
    whole = Home(tmp_path / "other")
    search(whole, OPTIONS, Budget(trials=12))
    assert found(at) == found(whole)
    assert len({one.settings[STRENGTH] for one in found(at)}) == 12


def test_a_killed_search_goes_on_with_the_trial_that_was_cut_off(at: Home) -> None:
    program = (
        "import os, signal, sys; from trainer.__main__ import app\n"
        "assert 'optuna' not in sys.modules, 'every command would wait for its import'\n"
        "from trainer.search import run\n"
        "usual, calls = run.cross_fit, []\n"
        "def killed(*arguments):\n"
        "    calls.append(1)\n"
        "    return os.kill(os.getpid(), signal.SIGKILL) if len(calls) == 2 else usual(*arguments)\n"
        "run.cross_fit = killed\n"
        "app(['search', '--model', 'logistic', '--home', sys.argv[1]])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(at.root)], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (-signal.SIGKILL, "")
    assert len(found(at)) == 1
    with opened(at.searches, name_of(load(at.data), OPTIONS), OPTIONS) as study:
        assert [trial.state.name for trial in study._study.trials] == ["COMPLETE", "FAIL"]
    search(at, OPTIONS, Budget(trials=2))
    assert len(found(at)) == 2


def test_trials_are_counted_over_runs(at: Home, landscape: Callable[..., Landscape]) -> None:
    calls = landscape()
    for trials, all_in_all in ((2, 2), (2, 2), (1, 2), (4, 4)):
        search(at, OPTIONS, Budget(trials=trials))
        assert calls.calls == len(found(at)) == all_in_all


def test_a_trial_under_way_when_the_time_is_up_is_the_last(
    at: Home, landscape: Callable[..., Landscape], monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = landscape()
    # A trial begins whenever less than two minutes have passed, and each takes 50 seconds of this clock.
    monkeypatch.setattr(run, "monotonic", lambda: 50.0 * calls.calls)
    search(at, OPTIONS, Budget(minutes=2))
    assert len(found(at)) == 3


def test_settings_that_rank_nothing_are_counted_and_never_the_best(
    at: Home, landscape: Callable[..., Landscape]
) -> None:
    landscape(flat=0.005)
    search(at, OPTIONS, Budget(trials=12))
    assert found(at)[0].loss == math.inf
    chosen = best(found(at))
    assert chosen is not None
    assert chosen.settings[STRENGTH] < 0.005
    landscape(flat=0.0)
    hopeless = replace(OPTIONS, seed=8)
    search(at, hopeless, Budget(trials=2))
    assert best(found(at, hopeless)) is None
    with pytest.raises(InvalidData, match="no finished trial"):
        tuned(at, hopeless)


def test_the_best_is_what_a_tuned_fit_is_made_with(
    at: Home, landscape: Callable[..., Landscape], released: list[Options]
) -> None:
    landscape()
    search(at, OPTIONS, Budget(trials=6))
    chosen = best(found(at))
    assert chosen is not None
    assert chosen.settings[STRENGTH] != Logistic().strength
    fit = ["fit", "--model", "logistic", "--home", str(at.root)]
    CliRunner().invoke(app, [*fit, "--tuned"], catch_exceptions=False)
    CliRunner().invoke(app, fit, catch_exceptions=False)
    assert [one.family for one in released] == [Logistic(chosen.settings[STRENGTH]), Logistic()]
    assert released[0].family.settings() == chosen.settings


def test_the_command_that_an_error_names_mends_it(at: Home, released: list[Options]) -> None:
    wanted = ["fit", "--model", "logistic", "--tuned", "--allow", "sex", "--seed", "3", "--home", str(at.root)]
    refused = CliRunner().invoke(app, wanted)
    assert isinstance(refused.exception, InvalidData)
    assert isinstance(refused.exception, CreditRiskError)
    named = str(refused.exception).partition("python -m trainer ")[2]
    assert len(str(refused.exception).splitlines()) == 1
    assert CliRunner().invoke(app, [*shlex.split(named), "--trials", "1"], catch_exceptions=False).exit_code == 0
    assert CliRunner().invoke(app, wanted, catch_exceptions=False).exit_code == 0
    assert [one.family for one in released] == [Logistic()]
    assert released[0].allowed == {Protected.SEX}


def test_too_few_defaults_are_named(tmp_path: Path) -> None:
    prepare(None, Home(tmp_path).data, without=tuple(Table), rows=300, seed=5)
    with pytest.raises(InvalidData, match=r"\d+ defaults among 300 rows; a search needs 100"):
        search(Home(tmp_path), OPTIONS, Budget(trials=1))


def test_a_study_is_of_one_data_family_seed_and_set_of_attributes(
    at: Home, landscape: Callable[..., Landscape]
) -> None:
    landscape()
    search(at, OPTIONS, Budget(trials=1))
    others = [
        replace(OPTIONS, seed=8),
        replace(OPTIONS, allowed=USUAL | {Protected.SEX}),
        replace(OPTIONS, family=Logistic(0.02)),
        replace(OPTIONS, family=RandomForest()),
    ]
    for other in others:
        with pytest.raises(InvalidData, match="search first"):
            tuned(at, other)
    data = load(at.data)
    assert name_of(replace(data, fingerprint="0" * 64), OPTIONS) != name_of(data, OPTIONS)
    assert name_of(data, replace(OPTIONS, costs=replace(OPTIONS.costs, false_negative=3.0))) == name_of(data, OPTIONS)


def test_one_search_at_a_time(at: Home) -> None:
    with (
        opened(at.searches, "another", OPTIONS),
        pytest.raises(InvalidSettings, match=r"searches\.db is being written by another search"),
    ):
        search(at, OPTIONS, Budget(trials=1))


def test_a_damaged_file_is_named(at: Home) -> None:
    at.searches.write_text("not a database, however long it is; " * 10)
    with pytest.raises(InvalidData, match=r"searches\.db holds no searches that can be read"):
        search(at, OPTIONS, Budget(trials=1))
    with pytest.raises(InvalidData, match="move it away"):
        tuned(at, OPTIONS)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=str)
def test_a_familys_own_settings_are_in_its_space(family: Family) -> None:
    own = family.settings()
    assert all(one.low <= own[name] <= one.high for name, one in family.space.items())
    assert family.having({name: own[name] for name in family.space}) == family
    other = family.having({name: one.high for name, one in family.space.items()})
    assert {name: other.settings()[name] for name in family.space} == {n: one.high for n, one in family.space.items()}
    json.dumps(other.settings())


ROWS = training(n=1_500)
"""Enough for paths as long as they may be."""


def drawn(space: Mapping[str, Range]) -> st.SearchStrategy[dict[str, float]]:
    def within(one: Range) -> st.SearchStrategy[float]:
        if isinstance(one.low, int) and isinstance(one.high, int):
            return st.integers(one.low, one.high)
        return st.floats(one.low, one.high)

    return st.fixed_dictionaries({name: within(one) for name, one in space.items()})


def exported(family: Family, rows: Training) -> None:
    """Fit, export and explain; raises ``UnsupportedModel`` for paths that are too long for the tables."""
    fitted = family.fit(rows, silent)
    sample = rows.matrix[:50]
    margins = Scorer(fitted.export(CALIBRATION)).score(sample).margin
    np.testing.assert_allclose(margins, fitted.margins(sample), rtol=0, atol=1e-12)
    forest = fitted._forest if isinstance(fitted, FittedBoosting) else getattr(fitted, "forest", None)
    explainer = fitted.explainer() if forest is None else TreeExplainer(forest)
    explained = explainer.explain(sample)
    np.testing.assert_allclose(explained.base + explained.values.sum(axis=1), margins, rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", ModelFamily)
@settings(max_examples=8)
@given(data=st.data())
def test_whatever_is_drawn_is_exported_and_explained_within_bounds(kind: ModelFamily, data: st.DataObject) -> None:
    family = SMALL[kind]
    exported(family.having(data.draw(drawn(family.space))), ROWS)


DEEPENING = {"num_leaves", "max_depth", "depth", "candidates", "learning_rate", "feature_fraction", "bagging_fraction"}


def deepest(space: Mapping[str, Range]) -> dict[str, float]:
    """What grows the longest paths."""
    return {name: one.high if name in DEEPENING else one.low for name, one in space.items()}


@pytest.mark.parametrize("kind", ModelFamily)
def test_the_ends_of_a_space_are_within_bounds(kind: ModelFamily) -> None:
    family = SMALL[kind]
    exported(family.having({name: one.low for name, one in family.space.items()}), ROWS)
    exported(family.having({name: one.high for name, one in family.space.items()}), ROWS)
    exported(family.having(deepest(family.space)), ROWS)


@pytest.mark.parametrize(
    ("kind", "wider"),
    [
        (ModelFamily.LIGHTGBM, {"max_depth": Range(3, 20), "num_leaves": Range(4, 200)}),
        (ModelFamily.FOREST, {"depth": Range(5, 20)}),
    ],
)
def test_a_space_that_is_too_wide_would_be_noticed(kind: ModelFamily, wider: dict[str, Range]) -> None:
    family = SMALL[kind]
    with pytest.raises(UnsupportedModel, match="a path has over 10 splits"):
        exported(family.having(deepest({**family.space, **wider})), ROWS)


def test_a_forests_candidates_of_one_are_scikit_learns_usual() -> None:
    fitted = RandomForest(trees=2).fit(ROWS, silent)
    assert isinstance(fitted, FittedForest)
    features = ROWS.matrix.shape[1]
    assert {one.max_features_ for one in fitted.model.estimators_} == {int(math.sqrt(features))}
    every = RandomForest(trees=1, candidates=5.0).fit(ROWS, silent)
    assert every.model.estimators_[0].max_features_ == features
