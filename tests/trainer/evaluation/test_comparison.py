"""Which differences are called real: true ones, and hardly ever one of many that are chance."""

import numpy as np
import pytest

from creditrisk.errors import InvalidData
from tests.trainer.evaluation.portfolios import portfolio
from trainer.evaluation.comparison import Comparison, Scored, compare
from trainer.evaluation.costs import Costs
from trainer.evaluation.measures import Measure
from trainer.evaluation.resampling import Bootstrapped, bootstrap, resamples


def blurred(pd: np.ndarray, by: float, seed: int) -> np.ndarray:
    """The PDs as a model with errors would give them."""
    return 1 / (1 + np.exp(-(np.log(pd / (1 - pd)) + np.random.default_rng(seed).normal(0, by, len(pd)))))


def compared(models: dict[str, np.ndarray], target: np.ndarray, number: int = 200) -> Comparison:
    scored = [Scored(name, pd, 1 / 11) for name, pd in models.items()]
    return compare(scored, target, Costs(), 3, number=number)


def test_a_better_model_is_better_and_a_copy_is_no_different() -> None:
    pd, target = portfolio(4_000, 1)
    found = compared({"true": pd, "blurred": blurred(pd, 1.5, 0), "copy": pd.copy()}, target)
    by_model = {name: [d for d in found.differences_from("true") if d.model == name] for name in found.models[1:]}
    assert all(d.real and not d.better and d.p < 0.05 for d in by_model["blurred"])
    assert all(not d.real and d.p == 1.0 and d.interval.low == d.interval.high == 0 for d in by_model["copy"])
    assert found.best(Measure.AUC) in {"true", "copy"}
    assert found.best(Measure.COST) in {"true", "copy"}
    (against_copy,) = [d for d in found.differences_of_all(Measure.AUC) if {d.model, d.against} == {"blurred", "copy"}]
    assert against_copy.real
    assert not against_copy.better


def test_pairing_sees_what_two_intervals_do_not() -> None:
    pd, target = portfolio(4_000, 2)
    found = compared({"true": pd, "blurred": blurred(pd, 0.7, 1)}, target)
    (apart,) = found.differences_from("true", [Measure.AUC])
    own = [found.interval(name, Measure.AUC) for name in found.models]
    assert own[0].low < own[1].high
    assert apart.real


def test_of_many_differences_by_chance_hardly_any_is_called_real() -> None:
    """And planted: each judged by its own interval alone, in most samples some are."""
    together = alone = 0
    for seed in range(20):
        pd, target = portfolio(300, seed)
        models = {str(model): blurred(pd, 1.0, 100 * seed + model) for model in range(10)}
        found = compared(models, target, 100)
        together += any(d.real for d in found.differences_from("0", [Measure.AUC, Measure.BRIER]))
        estimates, replicates = found.measured.estimates, found.measured.replicates
        apart = Bootstrapped(estimates - estimates[0], replicates - replicates[:, :1])
        low, high = (bound[1:, [0, 4]] for bound in apart.bounds())
        alone += bool(((low > 0) | (high < 0)).any())
    assert together <= 4
    assert alone >= 8


def test_two_models_of_one_name_are_refused() -> None:
    pd, target = portfolio(100, 1)
    with pytest.raises(InvalidData, match="one name"):
        compare([Scored("a", pd, 0.1), Scored("a", pd, 0.2)], target, Costs(), 1)


def test_resamples_draw_as_many_as_there_are_and_follow_the_seed() -> None:
    first, again, other = (list(resamples(50, seed, 3)) for seed in (1, 1, 2))
    assert [counts.sum() for counts in first] == [50.0] * 3
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_95_of_100_intervals_hold_the_truth() -> None:
    held = 0
    for seed in range(200):
        values = np.random.default_rng(seed).exponential(size=80)
        low, high = bootstrap(lambda counts, of=values: np.array(counts @ of / len(of)), 80, seed, 200).bounds()
        held += bool(low <= 1.0 <= high)
    assert 180 <= held <= 196
