"""What the tab Model shows of a model, a policy, a bundle's documents and the features."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from creditrisk.api.explain.v1 import explain_pb2
from creditrisk.api.feature.v1 import feature_pb2
from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.model.bundle import CERTIFICATE, Bundle
from creditrisk.model.certificate import Certificate
from gateway.page.model.features import EVERY, LEFT, PROTECTED, TAKEN, matching
from gateway.page.views.card import card
from gateway.page.views.certified import certified
from gateway.page.views.charts import charts
from gateway.page.views.curves import curves
from gateway.page.views.downloads import downloads
from gateway.page.views.features import features
from gateway.page.views.served import served
from gateway.texts import ENGLISH, LANGUAGES

PLANTED = "<script>alert(1)</script>"
HASH = "ab" * 32


def model(**changed: Any) -> pb.GetModelResponse:
    given: dict[str, Any] = {
        "model_version": "7",
        "family": "forest",
        "data_source": "kaggle",
        "feature_names": ["A", "B"],
        "base_points": 600,
        "base_odds": 20,
        "points_to_double_odds": 20,
        "proposed_threshold": 1 / 11,
        "policy_version": "retail",
        "created_at": Timestamp(seconds=1_700_000_000),
        "cut_offs": [pb.CutOff(threshold=0.1, refer_from=0.1, decline_from=0.1)],
    }
    return pb.GetModelResponse(**given | changed)


def test_a_model_fitted_on_generated_data_says_so_loudly() -> None:
    assert "Generated data." not in served(model(), ENGLISH)
    shown = served(model(synthetic_model=True, data_source="synthetic"), ENGLISH)
    assert re.search(r'class="cr-warnings"[^>]*><strong>Generated data\.</strong>', shown)
    assert "GENERATED applications" in shown


def test_a_policy_is_told_in_words_and_bands() -> None:
    shown = served(
        model(
            cut_offs=[
                pb.CutOff(contract_type="Cash loans", threshold=0.09, refer_from=0.08, decline_from=0.11),
                pb.CutOff(threshold=0.07, refer_from=0.07, decline_from=0.07),
            ],
            knock_out_rules=[
                pb.KnockOutRule(name="young", meaning="age", unit="years", below=18.25, decision=pb.DECISION_DECLINE),
                pb.KnockOutRule(
                    name="unscored",
                    meaning="score",
                    missing=True,
                    decision=pb.DECISION_REFER,
                    contract_types=["Cash loans"],
                ),
            ],
        ),
        ENGLISH,
    )
    assert "approved under 8.00%, referred to a person from 8.00%, declined from 11.00%" in shown
    assert "approved under 7.00%, declined from 7.00%" in shown
    assert shown.count("cr-band cr-refer") == 1
    assert "<strong>young</strong>: Decline where age is below 18.25 years (every kind of loan)" in shown
    assert "<strong>unscored</strong>: Refer to a person where score is not known (Cash loans)" in shown


def test_without_rules_the_pd_alone_decides() -> None:
    assert "None: the PD alone decides." in served(model(), ENGLISH)


CARD = f"""# Card of {PLANTED}

Lead {PLANTED}

## 1. Summary {PLANTED}

| A | B |
| --- | ---: |
| {PLANTED} | [numbers](metrics.json) |

| C |
| --- |
| [away](https://elsewhere.example/x) [runs](javascript:alert(1)) <https://auto.example> |

![picture](https://elsewhere.example/x.png)

### By sex

## 2. Limits
"""


def test_a_card_is_sections_that_open_one_level_down() -> None:
    shown = card(CARD, {}, ENGLISH)
    assert re.findall(r"<summary><h3>([^<]*)</h3>", shown) == [
        "1. Summary &lt;script&gt;alert(1)&lt;/script&gt;",
        "2. Limits",
    ]
    assert "<h4>By sex</h4>" in shown
    assert shown.count("<h2") == 1
    assert "<h1" not in shown
    assert shown.count('scope="col"') == 3
    regions = re.findall(r'role="region" aria-label="([^"]*)"', shown)
    assert len(set(regions)) == len(regions) == 2


def test_nothing_in_a_card_runs_leads_away_or_is_fetched() -> None:
    shown = card(CARD, {"metrics.json": "../reports/x/metrics.json"}, ENGLISH)
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 4
    assert "<img" not in shown
    assert re.findall(r'href="([^"]*)"', shown) == ["../reports/x/metrics.json"]
    assert "away" in shown


def report(name: str, media_type: str, **told: str) -> explain_pb2.Report:
    chart = explain_pb2.Chart(**told) if told else None
    return explain_pb2.Report(name=name, media_type=media_type, size_bytes=1_500, sha256=HASH, chart=chart)


def listed(*reports: explain_pb2.Report) -> explain_pb2.ListReportsResponse:
    return explain_pb2.ListReportsResponse(bundle_hash=HASH, reports=reports)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_texts_of_charts_cannot_become_markup(language: Any) -> None:
    attack = f'"{PLANTED}'
    told = {"section": attack, "title": attack, "finding": attack, "basis": attack}
    found = listed(report("a.png", "image/png", **told), report("a.json", "application/json", **told))
    shown = charts(found, {}, language)
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") == 7
    assert f'src="../reports/{HASH}/a.png"' in shown
    assert 'alt="&#34;&lt;script&gt;alert(1)&lt;/script&gt;"' in shown


def test_charts_stand_in_their_sections_and_load_when_seen() -> None:
    found = listed(
        report("a.png", "image/png", section="Data", title="A", finding="a is seen", basis="of a"),
        report("a.json", "application/json", section="Data", title="A", finding="a is seen", basis="of a"),
        report("b.png", "image/png", section="Fairness", title="B", finding="b is seen", basis="of b"),
        report("certificate.json", "application/json"),
    )
    shown = charts(found, {}, ENGLISH)
    assert re.findall(r'<h3 lang="en">([^<]*)</h3>', shown) == ["Data", "Fairness"]
    assert re.findall(r'<img loading="lazy" src="[^"]*/(\w\.png)" lang="en" alt="([^"]*)"', shown) == [
        ("a.png", "a is seen"),
        ("b.png", "b is seen"),
    ]
    assert "a.json" in shown
    assert "certificate" not in shown
    assert "<details open" not in shown


def test_pictures_without_a_list_of_charts_are_shown_by_name() -> None:
    shown = charts(listed(report("data_missing.png", "image/png"), report("data_missing.json", "x")), {}, ENGLISH)
    assert "Pictures that this bundle does not describe" in shown
    assert 'alt="data missing"' in shown
    assert shown.count("<article") == 1


def test_a_bundle_without_charts_says_so() -> None:
    assert "This bundle was sealed without charts." in charts(listed(), {}, ENGLISH)


def numbers(**tables: list[dict[str, Any]]) -> bytes:
    return json.dumps({"data": tables}).encode()


COST = numbers(
    curves=[
        {
            "threshold": at / 10,
            "cost": 1 - at / 10,
            "low": 0.1,
            "high": 1.0,
            "approval_rate": at / 10,
            "default_rate": None if not at else 0.05,
            "expected_loss": 5.0,
            "realised_loss": 6.0,
        }
        for at in range(5)
    ],
    marks=[{"threshold": 0.2}],
)
CALIBRATION = numbers(
    reliability=[{"mean_pd": 0.015, "default_rate": 0.02, "low": 0.0, "high": 0.04}] * 2,
    levels=[{"outcome": one, "low": 0.04, "share": 0.5} for one in ("repaid", "defaulted")],
)
RATIOS = numbers(
    ratios=[
        dict.fromkeys(("optimum", "optimum_low", "optimum_high", "theory", "cost", "cost_low", "cost_high"), 0.1)
        | {"ratio": float(at), "approval_rate": 0.5}
        for at in range(5, 8)
    ]
)


@pytest.mark.parametrize(
    ("name", "document", "figures"),
    [("threshold_cost", COST, 3), ("calibration", CALIBRATION, 2), ("threshold_sensitivity", RATIOS, 3)],
)
def test_charts_that_are_lines_are_drawn_with_their_numbers(name: str, document: bytes, figures: int) -> None:
    drawn = curves(name, document, ENGLISH)
    assert len(drawn) == figures
    assert all("<svg" in one and "<table" in one for one in drawn)
    told = {"section": "S", "title": "T", "finding": "F", "basis": "B"}
    found = listed(report(f"{name}.png", "image/png", **told), report(f"{name}.json", "application/json", **told))
    shown = charts(found, {f"{name}.json": document}, ENGLISH)
    assert shown.count("<svg") == figures
    assert "<img" not in shown


def test_a_root_scaled_axis_tells_pds() -> None:
    shown = curves("calibration", CALIBRATION, ENGLISH)[0]
    assert '<th scope="row">1.5%</th><td class="cr-number">2.0%' in shown


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"data": []}',
        b'{"data": {"curves": [{}], "marks": []}}',
        COST.replace(b"0.2", b'"<script>"'),
        numbers(curves=[], marks=[{"threshold": 0.1}]),
        COST.replace(b'"threshold": 0.4', b'"threshold": Infinity'),
    ],
)
def test_numbers_of_another_shape_leave_the_picture(document: bytes) -> None:
    assert curves("threshold_cost", document, ENGLISH) == []


def test_documents_are_links_with_their_sizes() -> None:
    found = listed(report("report.html", "text/html"), report("a.png", "image/png"), report("certificate.json", "x"))
    shown = downloads(found, ENGLISH)
    assert re.findall(r'href="\.\./reports/([^"]*)" download', shown) == [
        f"{HASH}/report.html",
        f"{HASH}/certificate.json",
    ]
    assert "2 kB" in shown
    assert "is in English" not in shown
    french = downloads(found, LANGUAGES["fr"])
    assert "fiche et graphiques, est en anglais" in french
    assert "2\u00a0ko" in french


def test_a_certificate_is_told_check_by_check(bundle: Bundle) -> None:
    document = bundle.read(CERTIFICATE)
    made = Certificate.from_json(document.decode())
    shown = certified(document, ENGLISH)
    assert "Passed" in shown
    assert shown.count('<th scope="row">') == len(made.checks)
    assert ENGLISH.number(sum(one.rows for one in made.checks)) in shown
    failed = replace(made, checks=(replace(made.checks[0], differing=3), *made.checks[1:]))
    shown = certified(failed.to_json().encode(), ENGLISH)
    assert "Not passed" in shown
    assert '<strong class="cr-failed">3</strong>' in shown


@pytest.mark.parametrize("document", [b"", b"\xff", b"{}", b'{"passed": true}'])
def test_a_certificate_that_cannot_be_read_is_none(document: bytes) -> None:
    shown = certified(document, ENGLISH)
    assert "The certificate cannot be read" in shown
    assert "Passed" not in shown


FEATURES = [
    feature_pb2.Feature(
        name="AGE_YEARS",
        meaning="age",
        unit="years",
        source_columns=["DAYS_BIRTH"],
        minimum=18,
        maximum=100,
        missing="never",
        reason="person",
        protected_attribute="age",
        allowed_in_model=True,
        position=0,
    ),
    feature_pb2.Feature(
        name="SCORE", meaning="external score", reason="scores", minimum=0, allowed_in_model=True, monotone_direction=-1
    ),
    feature_pb2.Feature(name="IS_FEMALE", meaning=PLANTED, reason="person", protected_attribute="sex", maximum=1),
]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (("", "", EVERY), ["AGE_YEARS", "SCORE", "IS_FEMALE"]),
        (("days_birth", "", EVERY), ["AGE_YEARS"]),
        (("SCORE external", "", EVERY), ["SCORE"]),
        (("score age", "", EVERY), []),
        (("", "person", EVERY), ["AGE_YEARS", "IS_FEMALE"]),
        (("", "", TAKEN), ["AGE_YEARS"]),
        (("", "", LEFT), ["SCORE", "IS_FEMALE"]),
        (("", "person", PROTECTED), ["AGE_YEARS", "IS_FEMALE"]),
    ],
)
def test_features_are_found_by_words_theme_and_part(asked: tuple[str, str, str], names: list[str]) -> None:
    assert [one.name for one in matching(FEATURES, *asked, ENGLISH)] == names


def test_a_feature_is_told_in_words() -> None:
    shown = features(FEATURES, 50, 53, ENGLISH)
    assert "51 to 53 of 53 features" in shown
    for words in ("years, 18 to 100", "from 0", "up to 1", "PD must fall", "not in it", "kept out: protected"):
        assert words in shown
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
