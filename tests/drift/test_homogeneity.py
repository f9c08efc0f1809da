"""The drift test: exact, never too ready to alarm, and it finds what is planted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact, hypergeom

from creditrisk.drift.homogeneity import LEVEL, Homogeneity, holm, two_sided
from creditrisk.drift.quantity import Quantity, code_quantity, number_quantity


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int, int]:
    """Yeses and rows of a window and of a reference, where the yeses are neither none nor all."""
    rows, others = draw(st.integers(1, 3_000)), draw(st.integers(1, 40_000))
    yes = draw(st.integers(0, rows))
    other = draw(st.integers(0, others).filter(lambda n: 0 < n + yes < rows + others))
    return yes, rows, yes + other, rows + others


@given(tables())
def test_the_p_value_is_twice_fishers_one_sided_one(table: tuple[int, int, int, int]) -> None:
    yes, rows, yeses, total = table
    (p,) = two_sided(*(np.array([value]) for value in table))
    away = yes * total > rows * yeses
    tail = hypergeom.sf(yes - 1, total, yeses, rows) if away else hypergeom.cdf(yes, total, yeses, rows)
    assert p == pytest.approx(min(1.0, 2 * tail), rel=1e-6, abs=1e-12)


def test_two_sided_agrees_with_the_textbook() -> None:
    (p,) = two_sided(np.array([8]), np.array([10]), np.array([11]), np.array([30]))
    assert p == pytest.approx(2 * fisher_exact([[8, 2], [3, 17]], alternative="greater").pvalue)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_holm_rejects_what_its_steps_reject(p: list[float]) -> None:
    adjusted = holm(np.array(p))
    rejected, ordered = set(), sorted(range(len(p)), key=lambda place: p[place])
    for step, place in enumerate(ordered):
        if p[place] * (len(p) - step) > LEVEL:
            break
        rejected.add(place)
    assert set(np.flatnonzero(adjusted <= LEVEL)) == rejected


def _family(values: np.ndarray, codes: np.ndarray) -> tuple[list[Quantity], list[np.ndarray]]:
    quantities = [number_quantity("number", values), code_quantity("code", codes)]
    return quantities, _counts(quantities, values, codes)


def _counts(quantities: list[Quantity], *columns: np.ndarray) -> list[np.ndarray]:
    return [
        np.bincount(one.bins_of(column), minlength=one.bins) for one, column in zip(quantities, columns, strict=True)
    ]


def _sample(rng: np.random.Generator, rows: int) -> tuple[np.ndarray, np.ndarray]:
    values = np.where(rng.random(rows) < 0.1, np.nan, rng.normal(size=rows))
    return values, rng.choice(3, p=[0.9, 0.098, 0.002], size=rows).astype(float)


@pytest.mark.parametrize("rows", [20, 200, 2_000])
def test_samples_of_one_population_seldom_look_different(rows: int) -> None:
    """The p-values are at least uniform: at 5 % at most 5 % of windows are below, within chance."""
    rng = np.random.default_rng(rows)
    low = np.zeros(2)
    for _ in range(400):
        quantities, reference = _family(*_sample(rng, 1_000))
        low += Homogeneity(quantities, reference).test(_counts(quantities, *_sample(rng, rows))).p < 0.05
    assert low.max() <= 400 * 0.05 + 3 * np.sqrt(400 * 0.05 * 0.95)


def test_the_question_that_says_most_names_what_changed() -> None:
    rng = np.random.default_rng(5)
    quantities, reference = _family(*_sample(rng, 20_000))
    test = Homogeneity(quantities, reference)
    values, codes = _sample(rng, 1_000)
    usual = test.test(_counts(quantities, values, codes))
    assert usual.p.min() > 0.001
    lost = np.where(rng.random(1_000) < 0.3, np.nan, values)
    found = test.test(_counts(quantities, lost, codes))
    assert found.p[0] < 1e-6
    assert found.question[0] == 0  # missing
    assert found.p[1] == usual.p[1]
    new = codes.copy()
    new[:5] = 7.0
    found = test.test(_counts(quantities, values, new))
    assert found.p[1] < 1e-4
    assert (found.question[1],) == quantities[1].unseen
    found = test.test(_counts(quantities, values + 1.0, codes))
    assert found.p[0] < 1e-12
    assert 1 <= found.question[0] < quantities[0].bins - 1


def test_nothing_to_ask_is_no_alarm() -> None:
    quantities, reference = _family(np.full(10, np.nan), np.zeros(10))
    test = Homogeneity(quantities, reference)
    for counts in ([np.zeros(one.bins, dtype=np.int64) for one in quantities], reference):
        found = test.test(counts)
        assert found.p.tolist() == [1.0, 1.0]
        assert found.question.tolist() == [-1, -1]


def test_two_codes_are_one_question() -> None:
    """Three codes of which one never occurs, and the two that do, tell the same."""
    two = np.array([0.0] * 80 + [1.0] * 20)
    quantity = code_quantity("code", two)
    reference = _counts([quantity], two)
    window = _counts([quantity], np.array([1.0] * 8 + [0.0] * 2))
    (p,) = Homogeneity([quantity], reference).test(window).p
    assert p == pytest.approx(2 * hypergeom.sf(7, 110, 28, 10))
