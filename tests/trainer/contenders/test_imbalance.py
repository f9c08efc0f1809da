"""What is done about rare defaults: to the training rows alone, and only what its name says."""

from dataclasses import replace

import numpy as np
import pytest

from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import learn
from tests.trainer.contenders.quick import FEW, LINEAR, TREES, labelled, lottery
from trainer.contenders import imbalance as handling
from trainer.contenders.contender import CrossFitted
from trainer.contenders.imbalance import PREPARE, Imbalance
from trainer.crossfit import cross_fit, fold_of
from trainer.families.boosting import LightGBM
from trainer.families.columns import NOT_GIVEN
from trainer.families.family import Family, Matrix, Part, Training
from trainer.features import USUAL
from trainer.progress import bar


@pytest.fixture(scope="module")
def training() -> Training:
    """Features of generated applications, one in twelve of which defaults."""
    rows = labelled(1_200)
    schema = learn(rows.batch, rows.names(USUAL))
    return Training(schema.specs, FeaturePlan(schema).compute(rows.batch).matrix, rows.target, 3)


@pytest.fixture
def others(training: Training) -> Matrix:
    """Rows that are not trained on."""
    return training.matrix[::7].copy()


def test_weights_make_both_outcomes_count_alike(training: Training, others: Matrix) -> None:
    weighted, same = PREPARE[Imbalance.CLASS_WEIGHT](training, others)
    assert weighted.weights is not None
    assert np.array_equal(weighted.matrix, training.matrix, equal_nan=True)
    assert same is others
    assert weighted.weights.sum() == pytest.approx(len(training.target))
    assert np.average(weighted.target, weights=weighted.weights) == pytest.approx(0.5)


def test_undersampling_keeps_every_default_and_as_many_of_the_others(training: Training, others: Matrix) -> None:
    sampled, same = PREPARE[Imbalance.UNDERSAMPLING](training, others)
    assert same is others
    assert sampled.target.mean() == 0.5
    known = {row.tobytes() for row in training.matrix}
    assert {row.tobytes() for row in sampled.matrix} <= known
    defaults = {row.tobytes() for row in training.matrix[training.target == 1]}
    assert {row.tobytes() for row in sampled.matrix[sampled.target == 1]} == defaults


def test_smote_adds_defaults_between_defaults(training: Training, others: Matrix) -> None:
    made, filled = PREPARE[Imbalance.SMOTE](training, others)
    n, codes = len(training.target), np.array([spec.categorical for spec in training.specs])
    known = ~np.isnan(training.matrix)
    assert made.target.mean() == 0.5
    assert made.target[n:].all()
    assert np.array_equal(made.target[:n], training.target)
    assert np.array_equal(made.matrix[:n][known], training.matrix[known])
    assert not np.isnan(made.matrix).any()
    assert made.matrix.dtype == filled.dtype == np.float32
    defaults = made.matrix[:n][training.target == 1]
    assert (made.matrix[n:] >= defaults.min(axis=0)).all()
    assert (made.matrix[n:] <= defaults.max(axis=0)).all()
    for column in np.flatnonzero(codes):
        assert set(made.matrix[n:, column]) <= set(defaults[:, column])


def test_other_rows_are_filled_with_what_the_training_rows_say(training: Training, others: Matrix) -> None:
    _, filled = PREPARE[Imbalance.SMOTE](training, others)
    codes = np.array([spec.categorical for spec in training.specs])
    missing = np.isnan(others)
    assert np.array_equal(filled[~missing], others[~missing])
    assert (filled[missing & codes] == NOT_GIVEN).all()
    middle = np.nanmedian(np.where(codes, 0, training.matrix), axis=0)
    expected = np.broadcast_to(np.nan_to_num(middle), others.shape)[missing & ~codes]
    assert filled[missing & ~codes] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("imbalance", Imbalance)
def test_other_rows_tell_the_training_rows_nothing(imbalance: Imbalance, training: Training, others: Matrix) -> None:
    first, _ = PREPARE[imbalance](training, others)
    second, _ = PREPARE[imbalance](training, 1e6 - others)
    assert np.array_equal(first.matrix, second.matrix, equal_nan=True)
    assert np.array_equal(first.target, second.target)


@pytest.mark.parametrize("family", [TREES, FEW, LINEAR], ids=lambda family: str(family.kind))
def test_every_family_takes_weights(family: Family, training: Training) -> None:
    """A default that weighs twice is a default that is there twice, but for chance in trees."""
    settled = replace(TREES, trees=20) if family is TREES else family
    defaults = training.target == 1
    weights = np.where(defaults, 8.0, 1.0)
    plain, heavy = (
        settled.fit(one, lambda *_: None).margins(training.matrix).mean()
        for one in (training, replace(training, weights=weights))
    )
    assert heavy > plain + 0.3


def test_trees_are_counted_on_rows_as_they_are() -> None:
    rows, seen = labelled(600), []

    class Looking(LightGBM):
        """Keeps the parts it is shown."""

        def _best(self, part: Part, _: object) -> int:
            seen.append(part)
            return 5

    with bar("cross-fitting", 1.0) as told:
        cross_fit(rows.batch, rows.target, rows.names(USUAL), 1, told, Looking(), PREPARE[Imbalance.UNDERSAMPLING])
    assert len(seen) == 5
    for part in seen:
        assert part.fitted.target.mean() == 0.5
        assert part.held_out.target.mean() == pytest.approx(rows.target.mean(), abs=0.02)


def ranked(contender: CrossFitted) -> float:
    rows = lottery(900)
    with bar("cross-fitting", 1.0) as told:
        crossed = cross_fit(
            rows.batch, rows.target, rows.names(USUAL), 1, told, contender.family, PREPARE[contender.imbalance]
        )
    return float(np.mean(crossed.auc_by_fold(rows.target)))


@pytest.mark.parametrize("imbalance", [Imbalance.SMOTE, Imbalance.UNDERSAMPLING])
def test_no_made_up_row_tells_of_a_row_to_be_predicted(imbalance: Imbalance) -> None:
    assert abs(ranked(CrossFitted("handled", FEW, imbalance)) - 0.5) < 0.08


def test_resampling_before_the_folds_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: rows that are predicted are among those trained on, as when SMOTE comes before the split."""
    rows = lottery(900)
    folds = fold_of(rows.target, 1)

    def leaking(training: Training, others: Matrix) -> tuple[Training, Matrix]:
        fold = next(fold for fold in range(5) if (folds == fold).sum() == len(others) and training.seed == 1 + fold)
        matrix = np.concatenate([training.matrix, *[others] * 20])
        target = np.concatenate([training.target, *[rows.target[folds == fold]] * 20])
        return replace(training, matrix=matrix, target=target), others

    monkeypatch.setitem(handling.PREPARE, Imbalance.SMOTE, leaking)
    assert ranked(CrossFitted("handled", FEW, Imbalance.SMOTE)) > 0.65
