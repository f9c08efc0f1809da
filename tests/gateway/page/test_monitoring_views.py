"""What Monitoring draws says what the drift service said."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.api.feature.v1 import feature_pb2
from creditrisk.errors import InvalidArgument
from creditrisk.wire import to_timestamp
from gateway.page.catalogue import Catalogue
from gateway.page.monitoring.reports import Reported
from gateway.page.monitoring.subject import Subject, read_subject
from gateway.page.views.alerts import alerts
from gateway.page.views.distribution import shares
from gateway.page.views.heat import SHOWN, by_window, of_last, ranked
from gateway.page.views.naming import begun, p_value, span
from gateway.page.views.performance import performance
from gateway.page.views.quantity import quantity
from gateway.page.views.services import services
from gateway.page.views.timeline import ROOM, timeline
from gateway.page.views.vintages import vintages
from gateway.page.views.windows import windows
from gateway.texts import ENGLISH, LANGUAGES

DAY = datetime(2026, 3, 1, tzinfo=UTC)
BUNDLE = "b" * 64
PLANTED = "<img src=x onerror=alert(1)>"
NOTHING = Catalogue()
ALARM, LIKELY = "▲", "△"

QUANTITIES = st.lists(
    st.builds(
        pb.QuantityDrift,
        name=st.sampled_from(["PD", "DECISION", "A", "B", "C", "D"]),
        alarm=st.booleans(),
        psi=st.floats(0, 9),
    ),
    max_size=6,
    unique_by=lambda one: one.name,
)
COUNTS = st.lists(st.tuples(st.integers(0, 1_000), st.integers(0, 1_000)), min_size=2, max_size=12)


def drift(name: str, psi: float = 0.01, **others: Any) -> pb.QuantityDrift:
    return pb.QuantityDrift(
        name=name,
        kind=pb.QUANTITY_KIND_NUMBER,
        psi=psi,
        psi_band=pb.PSI_BAND_LARGE if psi >= 0.25 else pb.PSI_BAND_SMALL,
        p_value=1e-9,
        adjusted_p_value=1e-7,
        **others,
    )


def reported(day: int, quantities: Sequence[pb.QuantityDrift], *, judged: bool = True, **others: Any) -> Reported:
    begin, end = (to_timestamp(DAY + timedelta(days=at)) for at in (day, day + 1))
    at = end if judged else None
    window = pb.Window(bundle_hash=BUNDLE, begin=begin, end=end, rows=500, judged_at=at, alarms=1)
    report = pb.GetDriftReportResponse(
        bundle_hash=BUNDLE, begin=begin, end=end, segment="ALL", rows=500, judged_at=at, quantities=quantities, **others
    )
    return Reported(window, report)


def rows(html: str) -> dict[str, str]:
    """A table's rows by their heading."""
    found = re.findall(r'<tr>\s*<th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', html, re.DOTALL)
    return {re.sub(r"<[^>]*>", "", heading).strip(): row for heading, row in found}


@given(st.lists(QUANTITIES, max_size=4))
def test_alarms_come_first_then_the_greatest_psi(of: list[list[pb.QuantityDrift]]) -> None:
    order = ranked(pb.GetDriftReportResponse(quantities=one) for one in of)
    every = [one for quantities in of for one in quantities if one.name not in {"PD", "DECISION"}]
    assert sorted(order) == sorted({one.name for one in every})

    def weight(name: str) -> tuple[bool, float]:
        mine = [one for one in every if one.name == name]
        return any(one.alarm for one in mine), max(one.psi for one in mine)

    assert [weight(name) for name in order] == sorted(map(weight, order), reverse=True)


def test_an_alarm_has_a_shape_of_its_own_and_a_word() -> None:
    quantities = [drift("A", 0.31, alarm=True), drift("B", 0.3), drift("PD"), drift("DECISION")]
    shown = rows(by_window([reported(1, quantities, judged=False), reported(0, quantities)], "ALL", NOTHING, ENGLISH))
    assert list(shown) == ["Probability of default", "Decision", "A", "B"]
    first, second = re.findall(r"<button.*?</button>", shown["A"], re.DOTALL)
    assert ALARM in first
    assert 'aria-label="A, 2026-03-01: PSI 0.31, large, alarm"' in first
    assert LIKELY in second
    assert "no verdict" in second
    assert ALARM not in shown["B"]
    assert LIKELY not in shown["B"]
    assert "0.30" in shown["B"]
    assert "cr-large" in shown["B"]


def test_pd_and_decision_are_always_shown_and_so_many_features() -> None:
    many = [drift(f"F{at:02}", 1 - at / 100) for at in range(40)]
    shown = by_window([reported(0, [*many, drift("PD"), drift("DECISION")])], "ALL", NOTHING, ENGLISH)
    assert list(rows(shown)) == ["Probability of default", "Decision", *(f"F{at:02}" for at in range(SHOWN))]
    assert f"the {SHOWN} of 40 features" in shown


def test_a_feature_that_a_model_has_not_leaves_its_cell_empty() -> None:
    always = [drift("PD"), drift("DECISION")]
    shown = rows(by_window([reported(1, always), reported(0, [drift("A"), *always])], "ALL", NOTHING, ENGLISH))
    assert shown["A"].count("<button") == 1
    assert "—" in shown["A"]


def test_a_row_opens_the_newest_verdict() -> None:
    always = [drift("PD"), drift("DECISION")]
    found = [reported(1, always, judged=False), reported(0, always)]
    shown = by_window(found, "Cash loans", NOTHING, ENGLISH)
    keys = [json.loads(one.replace("&#34;", '"')) for one in re.findall(r'cr-name" data-open="([^"]*)"', shown)]
    begin = found[1].window.begin.ToMicroseconds()
    assert keys == [["PD", "Cash loans", BUNDLE, begin, 0], ["DECISION", "Cash loans", BUNDLE, begin, 0]]


def test_the_last_decisions_are_no_verdict() -> None:
    report = reported(0, [drift("PD", alarm=True), drift("DECISION")], judged=False).report
    assert report is not None
    shown = of_last(report, 1_000, NOTHING, ENGLISH)
    assert "This is no verdict" in shown
    assert LIKELY in rows(shown)["Probability of default"]
    assert ALARM not in rows(shown)["Probability of default"]
    assert read_subject(re.findall(r'data-open="([^"]*)"', shown)[0].replace("&#34;", '"')).last == 1_000


@given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 2**50), st.integers(0, 10**6))
def test_a_button_opens_what_it_was_made_for(name: str, segment: str, begin: int, last: int) -> None:
    subject = Subject(name, segment, BUNDLE, begin, last)
    assert read_subject(subject.key) == subject


@given(st.one_of(st.text(), st.recursive(st.integers() | st.text(), st.lists).map(json.dumps)))
def test_whatever_a_browser_sends_is_a_subject_or_refused(key: str) -> None:
    with suppress(InvalidArgument):
        read_subject(key).request()


@pytest.mark.parametrize("key", ["", "{}", '["PD", "ALL", "", 1e999, 0]', f'["PD", "ALL", "", {2**80}, 0]', '["PD"]'])
def test_what_is_no_subject_is_refused(key: str) -> None:
    with pytest.raises(InvalidArgument):
        read_subject(key)


@given(COUNTS, st.sampled_from([pb.QUANTITY_KIND_NUMBER, pb.QUANTITY_KIND_CODE]))
def test_every_row_is_in_one_bin_of_the_distribution(counts: list[tuple[int, int]], kind: Any) -> None:
    bins = [pb.Bin(label=f"{at}", rows=now, reference_rows=then) for at, (now, then) in enumerate(counts)]
    for at, one in enumerate(bins[1:-1], 1):
        if kind == pb.QUANTITY_KIND_CODE:
            one.code = at
        elif at > 1:
            one.above, one.up_to = at - 1, at
    known, apart = shares(pb.QuantityDrift(name="A", kind=kind, bins=bins), NOTHING, ENGLISH)
    assert len(known) + len(apart) == len(bins)
    assert apart[0].label == "Missing"
    for side, place in (("now", 0), ("then", 1)):
        total = sum(getattr(one, side) for one in (*known, *apart))
        assert total == pytest.approx(1.0 if sum(count[place] for count in counts) else 0.0)
    widths = [width for one in (*known, *apart) for width in (one.now_width, one.then_width)]
    assert all(0 <= width <= 100 + 1e-9 for width in widths)


def test_bins_are_named_by_what_they_hold() -> None:
    flag = pb.QuantityDrift(
        name="FLAG",
        kind=pb.QUANTITY_KIND_NUMBER,
        bins=[
            pb.Bin(),
            pb.Bin(up_to=-5e-324),
            pb.Bin(above=-5e-324, up_to=0),
            pb.Bin(above=0, up_to=1),
            pb.Bin(above=1),
        ],
    )
    feature = feature_pb2.Feature(name="FLAG", unit="yes/no")
    known, apart = shares(flag, Catalogue({"FLAG": feature}), ENGLISH)
    assert [one.label for one in known] == ["no", "yes"]
    assert [one.label for one in apart] == [
        "Missing",
        "Below all of the training data",
        "Above all of the training data",
    ]
    (known, _) = shares(flag, NOTHING, ENGLISH)
    assert [one.label for one in known] == ["0", "0 to 1"]
    decision = pb.QuantityDrift(
        name="DECISION", kind=pb.QUANTITY_KIND_CODE, bins=[pb.Bin(), pb.Bin(label="REFER", code=1), pb.Bin()]
    )
    known, apart = shares(decision, NOTHING, ENGLISH)
    assert [one.label for one in (*known, *apart)] == ["Refer to a person", "Missing", "Any other"]


def opened(report: pb.GetDriftReportResponse, **subject: Any) -> str:
    window = reported(0, [drift("A", 0.4, alarm=True)])
    of = Subject("A", "ALL", BUNDLE, **subject)
    return quantity(report, of, [reported(1, [drift("A")], judged=False), window], NOTHING, ENGLISH)


def test_an_opened_quantity_says_its_verdict_and_leads_to_other_windows() -> None:
    bins = [pb.Bin(rows=5, reference_rows=1), pb.Bin(up_to=0), pb.Bin(above=0, up_to=1, rows=5), pb.Bin(above=1)]
    one = drift("A", 0.4, alarm=True, bins=bins, change="missing: 50.00%, reference 1.00%", wasserstein=0.5)
    found = reported(0, [one])
    assert found.report is not None
    shown = opened(found.report, begin=found.window.begin.ToMicroseconds())
    assert f"{ALARM}</span> Alarm: it drifted." in " ".join(shown.split())
    assert "missing: 50.00%, reference 1.00%" in shown
    assert "&lt; 0.0001" in shown
    assert "Wasserstein" in shown
    assert "Chi-square" not in shown
    assert shown.count('aria-current="true"') == 1
    assert "PSI over the newest windows" in shown
    found.report.ClearField("judged_at")
    assert "not judged yet" in opened(found.report, begin=1)
    assert "no window: this is no verdict" in opened(found.report, last=200)
    one = drift("A", bins=bins)
    one.ClearField("p_value")
    one.ClearField("adjusted_p_value")
    untested = reported(0, [one]).report
    assert untested is not None
    assert "Not tested" in opened(untested, begin=1)
    assert "p-value" not in opened(untested, begin=1)


def figure(value: float) -> pb.Figure:
    return pb.Figure(value=value, low=value - 0.01, high=value + 0.01)


def test_performance_is_drawn_with_gaps_and_intervals() -> None:
    known = pb.EstimatedPerformance(auc=figure(0.75), default_rate=figure(0.08), approval_rate=0.7, assumption="If.")
    found = [reported(1, [], estimated=known), reported(0, [], estimated=pb.EstimatedPerformance(approval_rate=1))]
    shown = performance(found, "ALL", ENGLISH)
    assert "0.75 (0.74–0.76)" in shown
    assert "8.0% (7.0%–9.0%)" in shown
    assert "If." in shown
    assert "cr-area-band" in shown


def test_a_realised_figure_outside_of_its_interval_is_marked() -> None:
    def month(number: int, **others: Any) -> pb.Vintage:
        return pb.Vintage(month=to_timestamp(datetime(2026, number, 1, tzinfo=UTC)), approved=9, **others)

    expected = pb.EstimatedPerformance(auc=figure(0.7), brier=figure(0.05), default_rate=figure(0.05))
    realised = pb.RealisedPerformance(auc=0.6, brier=0.05, default_rate=0.05, calibration_error=0.01)
    known: dict[str, Any] = {"matured": True, "labelled": 9, "realised": realised, "expected": expected}
    shown = vintages(
        [month(3), month(2, matured=True), month(1, **known, outside=["auc"], notes=["No cost."])], ENGLISH
    )
    by_month = rows(shown)
    assert list(by_month) == ["2026-03", "2026-02", "2026-01"]
    assert "not matured" in by_month["2026-03"]
    assert "no outcome known" in by_month["2026-02"]
    assert by_month["2026-01"].count(ALARM) == 1
    assert re.search(rf"{ALARM}</span> <strong>0.600</strong>", by_month["2026-01"])
    assert "0.700 (0.690–0.710)" in by_month["2026-01"]
    assert "No cost." in by_month["2026-01"]
    assert 'cr-chart"' not in shown
    assert 'cr-chart"' in vintages([month(2, **known), month(1, **known)], ENGLISH)


def test_what_is_not_there_is_said() -> None:
    assert "No decision was counted yet." in windows([], ENGLISH)
    assert "No decision was counted yet." in vintages([], ENGLISH)
    assert "No alert was raised." in alerts([], NOTHING, ENGLISH)
    nothing = [Reported(pb.Window(), None)]
    assert "No decision of this segment" in by_window(nothing, "ALL", NOTHING, ENGLISH)
    assert "No decision of this segment" in performance(nothing, "ALL", ENGLISH)
    assert "No window was judged yet." in windows([reported(0, [], judged=False)], ENGLISH)
    assert "No window was judged yet." not in windows([reported(0, [])], ENGLISH)
    assert "No outcome is known" in vintages([pb.Vintage(month=to_timestamp(DAY))], ENGLISH)


def test_a_service_that_is_away_is_told_from_one_that_serves() -> None:
    shown = services({"feature": "SERVING", "drift": "UNREACHABLE", "scoring": "UNKNOWN"}, DAY, ENGLISH)
    assert re.findall(r'<li class="(\S+)"><strong>(\w+)</strong> ([^·]*) ·', shown) == [
        ("cr-up", "feature", "serving"),
        ("cr-down", "drift", "does not answer"),
        ("cr-down", "scoring", "UNKNOWN"),
    ]
    assert "2026-03-01 00:00" in shown


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_texts_of_the_drift_service_cannot_become_markup(language: Any) -> None:
    bins = [pb.Bin(), pb.Bin(label=PLANTED, code=0), pb.Bin()]
    one = pb.QuantityDrift(
        name=PLANTED, kind=pb.QUANTITY_KIND_CODE, psi_band=pb.PSI_BAND_SMALL, bins=bins, change=PLANTED
    )
    estimated = pb.EstimatedPerformance(assumption=PLANTED)
    found = reported(0, [one, drift("PD"), drift("DECISION")], model_version=PLANTED, estimated=estimated)
    alone = reported(0, [one], model_version=PLANTED).report
    report = found.report
    assert alone is not None
    assert report is not None
    report.segment = PLANTED
    alert = pb.DriftAlert(quantity=PLANTED, segment=PLANTED, change=PLANTED, bundle_hash=PLANTED)
    month = pb.Vintage(matured=True, notes=[PLANTED])
    for shown in (
        windows([found], language),
        by_window([found], PLANTED, NOTHING, language),
        of_last(report, 5, NOTHING, language),
        quantity(alone, Subject(PLANTED, PLANTED, PLANTED), [found], NOTHING, language),
        performance([found], PLANTED, language),
        vintages([month], language),
        alerts([alert], NOTHING, language),
        services({PLANTED: PLANTED}, DAY, language),
    ):
        assert "<img" not in shown
        assert "&lt;img" in shown


@given(st.lists(st.text("0123456789-: ", min_size=5, max_size=16), min_size=1, max_size=40))
def test_the_newest_is_always_named_on_a_timeline(names: list[str]) -> None:
    axis = timeline("Window", names)
    assert axis.ticks[-1] == (len(names) - 1, names[-1])
    assert len(axis.ticks) == 1 or len(axis.ticks) * min(map(len, names)) <= ROOM
    assert axis.low is not None
    assert axis.high is not None
    assert all(axis.low < at < axis.high for at, _ in axis.ticks)


def test_windows_of_days_are_named_by_days() -> None:
    begin, end = to_timestamp(DAY), to_timestamp(DAY + timedelta(days=1))
    week, hour = to_timestamp(DAY + timedelta(days=7)), to_timestamp(DAY + timedelta(hours=1))
    assert begun(begin, end, ENGLISH) == span(begin, end, ENGLISH) == "2026-03-01"
    assert span(begin, week, ENGLISH) == "2026-03-01 to 2026-03-07"
    assert begun(begin, hour, ENGLISH) == "2026-03-01 00:00"
    assert span(begin, hour, ENGLISH) == "2026-03-01 00:00 to 2026-03-01 01:00"


@pytest.mark.parametrize(
    ("p", "said"), [(1.0, "1"), (0.01, "0.01"), (0.00012, "0.0001"), (9e-5, "< 0.0001"), (0, "< 0.0001")]
)
def test_small_p_values_are_not_told_apart(p: float, said: str) -> None:
    assert p_value(p, ENGLISH) == said
