"""What of a bundle is to be read: listed in reading order, and nothing else handed out."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditrisk.errors import InvalidBundle, NotFound
from creditrisk.model.bundle import Bundle
from creditrisk.model.reports import ChartText, index, read_report, reports
from tests.model.reported import reported

CHARTS = (
    ChartText("zebra", "Data", "Zébra", "Stripes are seen.", "Of all rows."),
    ChartText("ape", "Fairness", "Ape", "Apes are alike.", "Of all apes."),
)
FILES = {
    "reports/ape.png": b"\x89PNG ape",
    "reports/ape.json": b'{"of": "ape"}',
    "reports/zebra.png": b"\x89PNG zebra",
    "reports/zebra.json": b"{}",
    "reports/model_card.md": b"# Card",
    "reports/model_card.html": b"<h1>Card</h1>",
    "reports/report.html": b"<h1>Charts</h1>",
    "reports/notes.md": b"By hand.",
    "reports/drawing.exe": b"MZ",
    "reports/deeper/more.md": b"Deeper.",
}
FIGURES = ["certificate.json", "metrics.json", "feature_importance.csv"]


@pytest.fixture(scope="module")
def with_index(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    files = FILES | {"reports/index.json": index(CHARTS).encode()}
    return reported(bundle, tmp_path_factory.mktemp("with") / "it", files)


@pytest.fixture(scope="module")
def without_index(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """As bundles were before there was a list of charts."""
    return reported(bundle, tmp_path_factory.mktemp("without") / "it", FILES)


def test_reports_come_in_reading_order(with_index: Bundle) -> None:
    assert [one.name for one in reports(with_index)] == [
        *("model_card.html", "model_card.md", "report.html"),
        *("zebra.png", "zebra.json", "ape.png", "ape.json", "notes.md"),
        *FIGURES,
    ]


def test_a_report_says_what_it_is(with_index: Bundle) -> None:
    by_name = {one.name: one for one in reports(with_index)}
    zebra, _ = CHARTS
    for name, media_type in {"zebra.png": "image/png", "zebra.json": "application/json"}.items():
        assert by_name[name].chart == zebra
        assert by_name[name].media_type == media_type
    assert by_name["model_card.html"].chart is None
    assert by_name["metrics.json"].chart is None
    assert by_name["feature_importance.csv"].media_type == "text/csv"
    content = FILES["reports/ape.json"]
    assert (by_name["ape.json"].size, by_name["ape.json"].sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_bundles_without_a_list_of_charts_have_their_files(without_index: Bundle, bundle: Bundle) -> None:
    listed = reports(without_index)
    assert [one.name for one in listed] == [
        *("model_card.html", "model_card.md", "report.html"),
        *("ape.json", "ape.png", "notes.md", "zebra.json", "zebra.png"),
        *FIGURES,
    ]
    assert not [one for one in listed if one.chart]
    assert [one.name for one in reports(bundle)] == FIGURES


def test_a_chart_cannot_stand_in_for_a_figure(bundle: Bundle, tmp_path: Path) -> None:
    made = reported(bundle, tmp_path / "it", {"reports/metrics.json": b"{}"})
    assert read_report(made, "metrics.json")[1] == bundle.read("metrics.json")
    assert len([one for one in reports(made) if one.name == "metrics.json"]) == 1


def test_a_listed_report_is_read(with_index: Bundle) -> None:
    for one in reports(with_index):
        report, content = read_report(with_index, one.name)
        assert report == one
        assert hashlib.sha256(content).hexdigest() == one.sha256
        assert len(content) == one.size


NOT_REPORTS = [
    "model.onnx",
    "manifest.json",
    "golden.json",
    "explainer.npz",
    "index.json",
    "drawing.exe",
    "more.md",
    "",
]


@given(
    st.sampled_from(NOT_REPORTS)
    | st.text(max_size=20)
    | st.lists(st.sampled_from(["..", ".", "reports", "model.onnx", "ape.png", "etc", "passwd"]), min_size=2).map(
        "/".join
    )
)
def test_no_other_file_is_read(with_index: Bundle, name: str) -> None:
    with pytest.raises(NotFound, match="has no report"):
        read_report(with_index, name)


def test_a_report_that_changed_is_not_handed_out(bundle: Bundle, tmp_path: Path) -> None:
    made = reported(bundle, tmp_path / "it", FILES)
    (made.directory / "reports" / "notes.md").write_bytes(b"By another hand.")
    with pytest.raises(InvalidBundle, match="not the file the manifest names"):
        read_report(made, "notes.md")
    (made.directory / "reports" / "notes.md").unlink()
    with pytest.raises(InvalidBundle, match="cannot be read"):
        reports(made)


@pytest.mark.parametrize("listed", [b"", b"[]", b'{"charts": [{"name": "ape"}]}', b'{"charts": [7]}', b"\xff"])
def test_a_list_of_charts_that_is_none_is_refused(bundle: Bundle, tmp_path: Path, listed: bytes) -> None:
    made = reported(bundle, tmp_path / "it", {"reports/index.json": listed})
    with pytest.raises(InvalidBundle, match=r"index\.json: not a list of charts"):
        reports(made)
