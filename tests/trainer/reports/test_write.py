"""A report on disk: pictures for paper, their numbers, and a page that opens without a network."""

import json
import re
import struct
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from creditrisk.errors import InvalidData
from creditrisk.model.reports import INDEX, PAGE
from trainer.reports import Chart, Report, Section, Source, write_report
from trainer.reports.marks import table
from trainer.reports.write import PPI

BREAKING_OUT = '</script><script>alert("out")</script>'


def chart(name: str, category: str = "a") -> Chart:
    return Chart(
        name,
        Section.DATA,
        f"Title of {name} & others",
        "More is more.",
        "All of them.",
        table("bars").mark_bar().encode(x="number:Q", y="category:N").properties(width=300),
        {"bars": [{"category": category, "number": 1 / 3}, {"category": "b", "number": float("nan")}]},
    )


def report(*charts: Chart) -> Report:
    return Report("A <report>", Source("made-up rows", 1_000, date(2026, 11, 24), synthetic=True), charts)


class Page(HTMLParser):
    """What of a page a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.fetched: list[str] = []
        self.policy = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self.fetched += [str(of[name]) for name in ("src", "href", "data", "action") if name in of]
        if of.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(of["content"])
        self._inside = tag == "script"
        if self._inside:
            self.scripts.append("")

    def handle_endtag(self, _: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts[-1] += data


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of two charts, one with a category that would end its script."""
    path = tmp_path_factory.mktemp("reports") / "new"
    written = write_report(path, report(chart("one"), chart("two", BREAKING_OUT)))
    assert [file.name for file in written] == ["one.png", "one.json", "two.png", "two.json", INDEX, PAGE]
    return path


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def test_pictures_are_of_the_resolution_of_print(folder: Path) -> None:
    png = (folder / "one.png").read_bytes()
    width, _ = struct.unpack(">II", png[16:24])
    at = png.index(b"pHYs") + 4
    per_metre, _ = struct.unpack(">II", png[at : at + 8])
    assert round(per_metre * 0.0254) == PPI >= 150
    # 300 units of plot, and labels, on a column of 682 units to 170 mm.
    assert 0.075 < width / per_metre < 0.14


def test_numbers_stand_beside_each_picture(folder: Path) -> None:
    document = json.loads((folder / "one.json").read_text())
    assert document["data"]["bars"] == [{"category": "a", "number": 0.3333}, {"category": "b", "number": None}]
    assert document["finding"] == "More is more."
    assert document["source"] == {"data": "made-up rows", "rows": 1_000, "date": "2026-11-24", "synthetic": True}


def test_the_list_has_the_charts_as_the_page_has_them(tmp_path: Path) -> None:
    late, early = chart("late"), replace(chart("early"), section=Section.FAIRNESS)
    write_report(tmp_path, report(late, early, chart("later")))
    listed = json.loads((tmp_path / INDEX).read_text(encoding="utf-8"))["charts"]
    assert [f"#{one['name']}" for one in listed] == read(tmp_path / PAGE).fetched == ["#late", "#later", "#early"]
    assert listed[0] == {
        "name": "late",
        "section": "Data",
        "title": "Title of late & others",
        "finding": "More is more.",
        "basis": "All of them.",
    }


def test_the_page_has_all_and_fetches_nothing(folder: Path) -> None:
    page, text = read(folder / PAGE), (folder / PAGE).read_text()
    assert page.fetched == ["#one", "#two"]
    assert page.policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in page.policy
    assert not re.search(r"@import|url\(", text.split("</style>")[0])
    assert "vegaEmbed" in page.scripts[-1]
    assert "Title of one &amp; others" in text
    assert "SYNTHETIC" in text
    assert "<report>" not in text


def test_no_category_breaks_out_of_its_data(folder: Path) -> None:
    *specifications, _ = read(folder / PAGE).scripts
    categories = [json.loads(each)["datasets"]["bars"][0]["category"] for each in specifications]
    assert categories == ["a", BREAKING_OUT]


def test_two_charts_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="one"):
        write_report(tmp_path / "out", report(chart("one"), replace(chart("one"), title="Other")))
    assert not (tmp_path / "out").exists()
