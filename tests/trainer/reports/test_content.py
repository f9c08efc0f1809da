"""What charts say, held to what they were given."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from creditrisk.errors import InvalidData
from tests.trainer.evaluation.portfolios import portfolio
from tests.trainer.reports.every_chart import features_of, values_of
from trainer.evaluation.comparison import Scored, compare
from trainer.evaluation.costs import Costs
from trainer.evaluation.fairness import Attribute, fairness
from trainer.generator import generate
from trainer.reports.comparison import comparison_charts
from trainer.reports.correlation import rank_correlation
from trainer.reports.differences import statement
from trainer.reports.examples import Example, Kind, examples_chart, typical
from trainer.reports.exploration import AMOUNTS, exploration_charts
from trainer.reports.fairness import fairness_chart
from trainer.reports.rates import VALUES, by_value_chart
from trainer.reports.text import wrapped


def test_verdicts_are_those_of_the_comparison() -> None:
    pd, target = portfolio(3_000, 1)
    noise = np.clip(pd + np.random.default_rng(0).uniform(0, 0.3, 3_000), 0, 1)
    models = [Scored("right", pd, 1 / 11), Scored("noisy", noise, 1 / 11), Scored("same", pd.copy(), 1 / 11)]
    found = compare(models, target, Costs(), 1, 100)
    _, differences, pairs = comparison_charts(found, "right")
    verdicts = {(row["model"], row["measure"]): row["verdict"] for row in differences.data()["differences"]}
    assert {verdict for (model, _), verdict in verdicts.items() if model == "noisy"} == {"worse"}
    assert {verdict for (model, _), verdict in verdicts.items() if model == "same"} == {"not told apart"}
    assert "better than right: none; worse: 1 in ROC AUC" in differences.finding
    apart = {(row["model"], row["against"]): row["difference"] for row in pairs.data()["pairs"]}
    assert apart["right", "noisy"] == -apart["noisy", "right"] > 0
    assert "better than noisy: 2 in ROC AUC" in statement(found.differences_from("noisy"))


def test_one_model_is_compared_with_none() -> None:
    pd, target = portfolio(300, 1)
    (chart,) = comparison_charts(compare([Scored("only", pd, 1 / 11)], target, Costs(), 1, 10), "only")
    assert {row["model"] for row in chart.data()["measures"]} == {"only"}


def test_steps_lead_from_the_average_to_the_applicants_pd() -> None:
    _, target = portfolio(500, 2)
    features = features_of(12)
    matrix, contributions = values_of(12, target)
    pd = 1 / (1 + np.exp(-(contributions.sum(axis=1) - 2.5)))
    chosen = typical(pd, target, 1 / 11)
    assert list(chosen) == list(Kind)
    for kind, row in chosen.items():
        assert (pd[row] >= 1 / 11) == kind.value.split(": ")[1].startswith("declined")
        assert target[row] == kind.value.endswith("defaulted")
        steps = examples_chart(features, [Example(kind, matrix[row], contributions[row], -2.5)], 1 / 11).data()["steps"]
        assert all(before["to"] == after["from"] for before, after in pairwise(steps))
        assert steps[0]["from"] == -2.5
        assert steps[-1]["to"] == pytest.approx(np.log(pd[row] / (1 - pd[row])), rel=1e-3)


def test_no_single_applicants_amount_is_in_the_data() -> None:
    frame = generate(2_000, 5).train
    # Values nobody else has.
    marked = frame.with_columns(
        pl.when(pl.int_range(pl.len()) == at).then(value).otherwise(pl.col(name)).alias(name)
        for at, (name, value) in enumerate([("AMT_CREDIT", 7.654321e7), ("AMT_INCOME_TOTAL", 1.2345)])
    )
    charts = exploration_charts(marked)
    text = " ".join(str(chart.data()) for chart in charts)
    assert "76540000" not in text
    assert "1.234" not in text
    assert {row["column"] for chart in charts for row in chart.data().get("amounts", [])} == set(AMOUNTS)


def test_too_few_applications_are_not_charted() -> None:
    with pytest.raises(InvalidData, match="999 applications are too few"):
        exploration_charts(generate(999, 5).train)
    assert len(exploration_charts(generate(1_000, 5).train)) == 5


def test_rates_by_value_are_default_rates_of_tenths() -> None:
    frame = generate(3_000, 6).train
    rows = by_value_chart(frame).data()["rates"]
    assert {row["column"] for row in rows} == set(VALUES)
    credit = [row for row in rows if row["column"] == "AMT_CREDIT"]
    assert sum(row["rows"] for row in credit) == frame.height
    assert sum(row["rows"] * row["rate"] for row in credit) == pytest.approx(frame["TARGET"].sum(), rel=1e-3)
    assert credit[0]["values"].startswith("under ")
    assert credit[-1]["values"].endswith(" and more")


def test_a_group_that_is_small_is_marked_and_a_handful_is_not_counted_out() -> None:
    pd, target = portfolio(1_000, 3)
    codes = np.repeat(np.array([0, 1, 2]), [900, 96, 4])
    chart = fairness_chart(fairness(pd, target, Attribute("sex", ("A", "B", "C"), codes), 1 / 11, 1, 50))
    assert {row["group"] for row in chart.data()["groups"]} == {"A (900)", "B (96, few)"}
    assert "Fewer than 10 applicants" in chart.basis


def test_rank_correlation_is_spearmans() -> None:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(300, 4))
    matrix[:, 1] += matrix[:, 0]
    matrix[:, 2] = np.round(matrix[:, 2])
    assert rank_correlation(matrix.astype(np.float32)) == pytest.approx(spearmanr(matrix).statistic, abs=1e-6)
    matrix[random.random(matrix.shape) < 0.3] = np.nan
    both = ~np.isnan(matrix[:, 0]) & ~np.isnan(matrix[:, 1])
    known = spearmanr(matrix[both, 0], matrix[both, 1]).statistic
    assert rank_correlation(matrix.astype(np.float32))[0, 1] == pytest.approx(known, abs=0.02)


def test_features_never_known_together_are_not_correlated() -> None:
    matrix = np.full((20, 3), np.nan, dtype=np.float32)
    matrix[:10, 0], matrix[10:, 1], matrix[:, 2] = np.arange(10), np.arange(10), 5.0
    assert np.array_equal(rank_correlation(matrix), np.eye(3))


@given(st.lists(st.text("aW_i1", min_size=1, max_size=12), min_size=1, max_size=30), st.floats(120, 600))
def test_lines_hold_every_word_and_fit(words: list[str], width: float) -> None:
    lines = wrapped(" ".join(words), 10, width)
    assert " ".join(lines).split() == words
    assert all(10 * 0.3 * len(line) <= width for line in lines if " " in line)
