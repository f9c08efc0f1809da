"""What is drawn says what the services said."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.api.drift.v1 import drift_pb2
from creditrisk.api.feature.v1 import feature_pb2
from creditrisk.api.scoring.v1 import scoring_pb2
from gateway.page.catalogue import Catalogue
from gateway.page.views.bins import bin_names, bound
from gateway.page.views.gauge import gauge, place
from gateway.page.views.lines import Axis, Rule, Series, lines
from gateway.page.views.population import columns, holds
from gateway.page.views.result import refer_band, result
from gateway.page.views.waterfall import waterfall
from gateway.texts import ENGLISH, LANGUAGES

ODDS = st.floats(-6, 6)
NOTHING = Catalogue()
FRENCH = LANGUAGES["fr"]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_greater_pd_is_never_left_of_a_lesser_one(one: float, other: float) -> None:
    assert 0 <= place(min(one, other)) <= place(max(one, other)) <= 100


@given(st.floats(0.01, 0.5), st.floats(0.01, 0.5), st.floats(0.001, 0.999))
def test_the_needle_stands_in_the_band_of_its_decision(one: float, other: float, pd: float) -> None:
    low, high = sorted((one, other))
    drawn = gauge(pd, low, (low, high))
    decision = "APPROVE" if pd < low else "REFER" if pd < high else "DECLINE"
    bands = {band.decision: (band.left, band.left + band.width) for band in drawn.bands}
    assert math.isclose(sum(band.width for band in drawn.bands), 100)
    if decision in bands:
        assert bands[decision][0] - 1e-9 <= drawn.marker <= bands[decision][1] + 1e-9


@given(ODDS, st.lists(st.floats(-3, 3), max_size=40))
def test_a_waterfall_goes_from_the_base_to_the_score(base: float, contributions: list[float]) -> None:
    final = base + math.fsum(contributions)
    drawn = waterfall(base, final, [(f"F{place}", one) for place, one in enumerate(contributions)])
    assert math.isclose(base + sum(bar.change for bar in drawn.bars), final, abs_tol=1e-9)
    assert sum(bar.others or 1 for bar in drawn.bars) == len(contributions)
    level = drawn.base_left
    for bar in drawn.bars:
        begin, end = (bar.left, bar.left + bar.width) if bar.change >= 0 else (bar.left + bar.width, bar.left)
        assert math.isclose(begin, level, abs_tol=1e-6)
        level = end
        assert bar.left >= -1e-9
        assert bar.left + bar.width <= 100 + 1e-9
    assert math.isclose(level, drawn.final_left, abs_tol=1e-6)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_texts_of_services_cannot_become_markup(language: object) -> None:
    planted = "<img src=x onerror=alert(1)>"
    assessment = scoring_pb2.Assessment(
        probability_of_default=0.2,
        decision=scoring_pb2.DECISION_DECLINE,
        threshold=0.1,
        knock_outs=[planted],
        warnings=[scoring_pb2.ScoreWarning(field="amt_credit", description=planted)],
        model_version=planted,
    )
    shown = result(assessment, None, [(planted, planted)], language)  # type: ignore[arg-type]
    assert "<img" not in shown
    assert shown.count("&lt;img") == 5


def test_a_refer_band_is_told_of_the_policy_that_decided_alone() -> None:
    model = scoring_pb2.GetModelResponse(
        policy_hash="a",
        cut_offs=[
            scoring_pb2.CutOff(contract_type="Cash loans", threshold=0.09, refer_from=0.08, decline_from=0.11),
            scoring_pb2.CutOff(threshold=0.07, refer_from=0.07, decline_from=0.07),
        ],
    )
    assert refer_band(model, "a", "Cash loans") == (0.08, 0.11)
    assert refer_band(model, "a", "Revolving loans") is None
    assert refer_band(model, "b", "Cash loans") is None
    referred = scoring_pb2.Assessment(
        probability_of_default=0.1, threshold=0.09, decision=scoring_pb2.DECISION_REFER, policy_hash="a"
    )
    shown = result(referred, refer_band(model, "a", "Cash loans"), (), ENGLISH)
    assert "8.0% to 11.0%" in shown


QUANTITY = drift_pb2.ReferenceQuantity(
    name="AMT_CREDIT",
    kind=drift_pb2.QUANTITY_KIND_NUMBER,
    bins=[
        drift_pb2.Bin(label="missing", reference_rows=10),
        drift_pb2.Bin(label="to 1", reference_rows=20, up_to=1.0),
        drift_pb2.Bin(label="1 to 3", reference_rows=40, above=1.0, up_to=3.0),
        drift_pb2.Bin(label="3 to 4", reference_rows=20, above=3.0, up_to=4.0),
        drift_pb2.Bin(label="over 4", reference_rows=20, above=4.0),
    ],
)


@pytest.mark.parametrize(
    ("value", "label"), [(None, "missing"), (1.0, "to 1"), (1.5, "1 to 3"), (3.0, "1 to 3"), (1e9, "over 4")]
)
def test_a_value_is_in_the_bin_that_holds_it(value: float | None, label: str) -> None:
    assert holds(QUANTITY, value).label == label
    here = [one.here for one in columns(QUANTITY, value, NOTHING, ENGLISH)]
    assert here == [one.label == label for one in QUANTITY.bins[1:]]


def test_columns_of_numbers_are_densities() -> None:
    drawn = {one.label: one for one in columns(QUANTITY, 1.5, NOTHING, ENGLISH)}
    assert math.isclose(drawn["1 to 3"].width, 2 * drawn["3 to 4"].width)
    assert math.isclose(drawn["1 to 3"].height, drawn["3 to 4"].height)
    assert math.isclose(sum(one.share for one in drawn.values()), 1)


def test_bins_are_named_in_the_language_of_the_page() -> None:
    assert bin_names(QUANTITY, NOTHING, FRENCH) == [
        "Valeur manquante",
        "En dessous de toutes les données d'apprentissage",
        "1 à 3",
        "3 à 4",
        "Au-dessus de toutes les données d'apprentissage",
    ]
    assert [one.label for one in columns(QUANTITY, 1.5, NOTHING, FRENCH)] == bin_names(QUANTITY, NOTHING, FRENCH)[1:]
    codes = drift_pb2.QuantityDrift(
        name="NAME_CONTRACT_TYPE",
        kind=drift_pb2.QUANTITY_KIND_CODE,
        bins=[drift_pb2.Bin(label="missing"), drift_pb2.Bin(label="Cash loans", code=0), drift_pb2.Bin(label="unseen")],
    )
    assert bin_names(codes, NOTHING, FRENCH) == ["Valeur manquante", "Prêt personnel", "Toute autre"]
    codes.name, codes.bins[1].label = "DECISION", "DECLINE"
    assert bin_names(codes, NOTHING, FRENCH)[1] == "Refuser"
    codes.bins[1].label = "POSTPONE"
    assert bin_names(codes, NOTHING, FRENCH)[1] == "POSTPONE"
    assert bin_names(drift_pb2.ReferenceQuantity(), NOTHING, FRENCH) == []


def test_a_bound_just_below_zero_is_zero() -> None:
    flag = Catalogue({"FLAG": feature_pb2.Feature(name="FLAG", unit="yes/no")})
    assert [bound("FLAG", value, flag, ENGLISH) for value in (-5e-324, 1.0)] == ["no", "yes"]
    assert bound("PD", -5e-324, NOTHING, ENGLISH) == "0.0%"
    assert bound("A", -5e-324, NOTHING, ENGLISH) == "0"


@pytest.mark.parametrize(
    ("unit", "english", "french"),
    [
        ("ratio", "−0.012", "−0,012"),
        ("ratio a month", "−0.012 ratio a month", "−0,012 rapport par mois"),
        ("years", "0 years", "0 ans"),
        ("currency", "0", "0"),
    ],
)
def test_a_small_value_has_the_places_of_its_unit(unit: str, english: str, french: str) -> None:
    catalogue = Catalogue({"A": feature_pb2.Feature(name="A", unit=unit)})
    assert [catalogue.value("A", -0.0123, language) for language in (ENGLISH, FRENCH)] == [english, french]


def test_a_category_that_the_reference_does_not_know_is_in_the_last_bin() -> None:
    codes = drift_pb2.ReferenceQuantity(
        kind=drift_pb2.QUANTITY_KIND_CODE,
        bins=[
            drift_pb2.Bin(label="missing"),
            drift_pb2.Bin(label="Cash loans", reference_rows=9, code=0),
            drift_pb2.Bin(label="unseen", reference_rows=1),
        ],
    )
    assert holds(codes, 0.0).label == "Cash loans"
    assert holds(codes, -1.0).label == "unseen"


def test_a_line_has_a_gap_where_nothing_is_known_and_its_numbers_in_a_table() -> None:
    axis = Axis("window", lambda at: f"w{at:.0f}")
    series = [Series("PSI", [(0, 0.1), (1, math.nan), (2, 0.3)]), Series("other", [(0, 0.2)])]
    shown = lines("Drift", series, axis, Axis("PSI", lambda at: f"{at:.2f}"), ENGLISH, rules=[Rule(0.25, "large")])
    path = re.search(r'cr-line cr-first" d="([^"]*)"', shown)
    assert path is not None
    assert path[1].count("M") == 2
    assert re.findall(r'<th scope="row">(w\d)</th><td class="cr-number">([^<]*)</td>', shown) == [
        ("w0", "0.10"),
        ("w1", "nan"),
        ("w2", "0.30"),
    ]


@pytest.mark.parametrize("values", [[], [1.0], [5.0, 5.0], [0.0, 1e-12], [1e12, -1e12]])
def test_lines_are_drawn_of_whatever_there_is(values: list[float]) -> None:
    axis = Axis("x", str)
    assert "cr-plot" in lines("title", [Series("one", list(enumerate(values)))], axis, Axis("y", str), ENGLISH)
