"""Every chart: drawn from columns it has, within a page of A4, with nobody to be read off it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pytest
import vl_convert

from tests.trainer.reports.every_chart import ROWS, charts_of_features, charts_of_results
from trainer.reports import Chart, Section, Source
from trainer.reports.chart import DIGITS, rounded
from trainer.reports.marks import table
from trainer.reports.theme import PIXELS_PER_INCH
from trainer.reports.write import VEGA_LITE

SOURCE = Source("generated applications", ROWS, date(2026, 11, 24), synthetic=True)
WIDTH, HEIGHT = 180 / 25.4, 255 / 25.4
"""Inches of A4 within margins."""
MOST_POINTS = 5_000


@dataclass(frozen=True)
class Drawn:
    """A chart, and its specification, which takes longest to make."""

    chart: Chart
    page: dict[str, Any]


def drawn(charts: list[Chart]) -> list[Drawn]:
    return [Drawn(chart, chart.page(SOURCE)) for chart in charts]


@pytest.fixture(scope="module")
def by_features() -> dict[int, list[Drawn]]:
    """Charts by the number of features."""
    return {number: drawn(charts_of_features(number)) for number in (20, 400)}


@pytest.fixture(scope="module", params=["results", 20, 400])
def charts(request: pytest.FixtureRequest, by_features: dict[int, list[Drawn]]) -> list[Drawn]:
    return drawn(charts_of_results()) if request.param == "results" else by_features[request.param]


def views(specification: dict[str, Any], rows: str = "") -> Iterator[tuple[dict[str, Any], str]]:
    """The specification and all views in it, each with the name of its table: its own, or that of what it is in."""
    rows = specification.get("data", {}).get("name", rows)
    yield specification, rows
    for key in ("layer", "hconcat", "vconcat"):
        for part in specification.get(key, []):
            yield from views(part, rows)


def fields_without_a_column(page: dict[str, Any]) -> set[str]:
    """Fields that a view reads and neither its table nor its transforms have."""
    unknown = set()
    for view, rows in views(page):
        known = {column for row in page["datasets"].get(rows, []) for column in row}
        for transform in view.get("transform", []):
            made = transform.get("as", [])
            known |= {made} if isinstance(made, str) else set(made)
        read = re.findall(r'"field": "(\w+)"', json.dumps(view.get("encoding", {})))
        read += re.findall(r"datum\.(\w+)", json.dumps(view.get("transform", [])))
        unknown |= set(read) - known
    return unknown


def test_every_chart_reads_columns_it_has(charts: list[Drawn]) -> None:
    assert {one.chart.name: fields for one in charts if (fields := fields_without_a_column(one.page))} == {}


def test_a_misspelt_column_would_show(by_features: dict[int, list[Drawn]]) -> None:
    """Planted: Vega-Lite itself draws nothing and says nothing."""
    misspelt = replace(by_features[20][0].chart, body=table("counts").mark_bar().encode(x="feature:Q", y="theme:N"))
    assert fields_without_a_column(misspelt.page(SOURCE)) == {"feature"}


def test_every_chart_is_drawn_within_a_page(charts: list[Drawn]) -> None:
    too_large = {}
    for one in charts:
        svg = vl_convert.vegalite_to_svg(one.page, vl_version=VEGA_LITE, allowed_base_urls=[])
        found = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
        assert found is not None
        width, height = (float(units) / PIXELS_PER_INCH for units in found.groups())
        if width > WIDTH or height > HEIGHT:
            too_large[one.chart.name] = (width, height)
        assert "SYNTHETIC" in svg
    assert too_large == {}


def test_every_chart_says_what_is_to_be_seen_and_of_what(charts: list[Drawn]) -> None:
    assert len({one.chart.name for one in charts}) == len(charts)
    for chart in (one.chart for one in charts):
        assert chart.finding.endswith(".")
        assert chart.basis.endswith(".")
        assert not re.search(r"\bnan\b|None|e[+-]\d\d", chart.finding + chart.title), chart.finding


def test_data_are_json_of_few_digits_and_not_of_too_many_points(charts: list[Drawn]) -> None:
    for one in charts:
        for rows in json.loads(json.dumps(one.chart.data(), allow_nan=False)).values():
            assert len(rows) <= MOST_POINTS
            numbers = [value for row in rows for value in row.values() if isinstance(value, float)]
            assert numbers == [rounded(number, DIGITS) for number in numbers]


@pytest.mark.parametrize(
    ("name", "ordered"), [("explanation_summary", "contribution"), ("explanation_dependence", "value")]
)
def test_points_of_applicants_tell_of_one_feature_and_are_sorted(
    by_features: dict[int, list[Drawn]], name: str, ordered: str
) -> None:
    """So that the points of one applicant cannot be put together."""
    (chart,) = (one.chart for one in by_features[20] if one.chart.name == name)
    points = chart.data()["points"]
    assert set(points[0]) <= {"feature", "value", "contribution", "beside"}
    for feature in {point["feature"] for point in points}:
        values = [point[ordered] for point in points if point["feature"] == feature]
        assert values == sorted(values)


def test_no_number_stands_for_fewer_than_ten_applicants(charts: list[Drawn]) -> None:
    for one in charts:
        for rows in one.chart.data().values():
            assert all(row["rows"] >= 10 for row in rows if "rows" in row)
        assert not re.search(r"\b[1-9] applicants\b", one.chart.basis), one.chart.basis


def test_numbers_that_are_none_become_null() -> None:
    rows = {"t": [{"x": np.nan, "y": np.inf}]}
    assert Chart("a", Section.DATA, "A", "A.", "A.", table("t").mark_point(), rows).data() == {
        "t": [{"x": None, "y": None}]
    }
