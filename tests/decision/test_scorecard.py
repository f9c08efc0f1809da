"""Scorecard points: the scale's two anchors, and that more risk never earns more points."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.decision.scorecard import Scorecard

MARGINS = st.floats(-30, 30)


def log_odds_of_default(good_to_bad: float) -> float:
    return -math.log(good_to_bad)


def test_base_points_at_base_odds_and_twenty_more_for_twice_the_odds() -> None:
    card = Scorecard()
    assert [card.points(log_odds_of_default(odds)) for odds in (5, 10, 20, 40, 80)] == [560, 580, 600, 620, 640]


def test_the_constants_are_the_policys() -> None:
    card = Scorecard(base_points=500, base_odds=1, points_to_double_odds=50)
    assert card.points(0.0) == 500
    assert card.points(log_odds_of_default(4)) == 600


@given(MARGINS, MARGINS)
def test_more_risk_never_has_more_points(one: float, other: float) -> None:
    safer, riskier = sorted((one, other))
    assert Scorecard().points(safer) >= Scorecard().points(riskier)


@pytest.mark.parametrize("margin", [-745.0, 745.0])
def test_margins_at_the_ends_of_double_precision_have_points(margin: float) -> None:
    assert abs(Scorecard().points(margin)) < 2**31
