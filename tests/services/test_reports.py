"""Reports as their readers get them: listed with their words, whole, and nothing else of a bundle."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from creditrisk.api.explain.v1 import explain_pb2 as pb
from creditrisk.api.explain.v1.explain_pb2_grpc import ExplainServiceStub
from creditrisk.model.bundle import Bundle
from creditrisk.model.reports import ChartText, index
from creditrisk.runtime.server import LARGEST_MESSAGE
from tests.model.reported import reported
from tests.services.conftest import Refused
from trainer.local import start
from trainer.paths import Home
from trainer.publish import publish

NOT_FOUND = grpc.StatusCode.NOT_FOUND
PAGE = "é".encode() * 2**21
"""4 MiB: twice what the page of all charts has."""
CHART = ChartText("calibration", "Calibration", "PD against outcomes", "They agree.", "Out of fold.")
FILES = {
    "reports/report.html": PAGE,
    "reports/calibration.png": b"\x89PNG",
    "reports/calibration.json": b"{}",
    "reports/index.json": index([CHART]).encode(),
}
FIGURES = ["certificate.json", "metrics.json", "feature_importance.csv"]


@pytest.fixture(scope="module")
def with_reports(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return reported(bundle, tmp_path_factory.mktemp("with") / "reports", FILES)


@pytest.fixture(scope="module")
def reader(bundle: Bundle, with_reports: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A stub of an explain service that serves the bundle with reports; the tests' usual one is in its store."""
    at = Home(tmp_path_factory.mktemp("home"))
    publish(bundle.directory, at.bundles, at.policy)
    publish(with_reports.directory, at.bundles, at.policy)
    service = start("explain", at, 0, {})
    options = [("grpc.max_receive_message_length", LARGEST_MESSAGE)]
    try:
        with grpc.insecure_channel(service.target, options) as channel:
            yield ExplainServiceStub(channel)
    finally:
        service.stop()


def test_reports_are_listed_with_their_words(reader: Any, with_reports: Bundle) -> None:
    for named in ("", with_reports.hash):
        listed = reader.ListReports(pb.ListReportsRequest(bundle_hash=named), timeout=10)
        assert listed.bundle_hash == with_reports.hash
        assert [one.name for one in listed.reports] == [
            *("report.html", "calibration.png", "calibration.json"),
            *FIGURES,
        ]
        page, picture, numbers, *_ = listed.reports
        assert (page.media_type, page.size_bytes, page.HasField("chart")) == ("text/html", len(PAGE), False)
        assert page.sha256 == hashlib.sha256(PAGE).hexdigest()
        assert (
            picture.chart
            == numbers.chart
            == pb.Chart(section="Calibration", title="PD against outcomes", finding="They agree.", basis="Out of fold.")
        )


def test_each_listed_report_is_handed_out(reader: Any, with_reports: Bundle) -> None:
    for one in reader.ListReports(pb.ListReportsRequest(), timeout=10).reports:
        answer = reader.GetReport(pb.GetReportRequest(name=one.name), timeout=10)
        assert (answer.bundle_hash, answer.report) == (with_reports.hash, one)
        assert hashlib.sha256(answer.content).hexdigest() == one.sha256
    assert reader.GetReport(pb.GetReportRequest(name="report.html"), timeout=10).content == PAGE


def test_a_retired_bundle_has_its_own(reader: Any, bundle: Bundle) -> None:
    listed = reader.ListReports(pb.ListReportsRequest(bundle_hash=bundle.hash), timeout=10)
    assert (listed.bundle_hash, [one.name for one in listed.reports]) == (bundle.hash, FIGURES)
    answer = reader.GetReport(pb.GetReportRequest(name="metrics.json", bundle_hash=bundle.hash), timeout=10)
    assert answer.content == bundle.read("metrics.json")


@pytest.mark.parametrize(
    "name", ["", "model.onnx", "index.json", "manifest.json", "reports/report.html", "../x", "é\0"]
)
def test_what_is_no_report_is_not_found(reader: Any, refused: Refused, name: str) -> None:
    assert refused(reader.GetReport, pb.GetReportRequest(name=name)) == (NOT_FOUND, {})


@pytest.mark.parametrize("unknown", ["0" * 64, "champion", "..", "/etc"])
def test_a_bundle_that_is_not_there_is_not_found(reader: Any, refused: Refused, unknown: str) -> None:
    assert refused(reader.ListReports, pb.ListReportsRequest(bundle_hash=unknown)) == (NOT_FOUND, {})
    request = pb.GetReportRequest(name="metrics.json", bundle_hash=unknown)
    assert refused(reader.GetReport, request) == (NOT_FOUND, {})


def test_a_report_that_was_damaged_is_not_handed_out(bundle: Bundle, refused: Refused, tmp_path: Path) -> None:
    at = Home(tmp_path / "home")
    served = publish(reported(bundle, tmp_path / "it", FILES).directory, at.bundles, at.policy)
    service = start("explain", at, 0, {})
    try:
        (served.directory / "reports" / "calibration.png").write_bytes(b"another")
        with grpc.insecure_channel(service.target) as channel:
            stub: Any = ExplainServiceStub(channel)
            damaged = pb.GetReportRequest(name="calibration.png")
            assert refused(stub.GetReport, damaged) == (grpc.StatusCode.INTERNAL, {})
            assert stub.GetReport(pb.GetReportRequest(name="calibration.json"), timeout=10).content == b"{}"
    finally:
        service.stop()
