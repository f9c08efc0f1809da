"""What a fit leaves to read: charts of its own rows, in the bundle and in the registry."""

import hashlib
import json
import re
from html import escape
from pathlib import Path
from typing import Any

import pytest

from creditrisk.features.catalogue import CATALOGUE
from creditrisk.model.bundle import Bundle, seal
from creditrisk.model.reports import REPORTS, reports
from trainer.charts import described
from trainer.data import Dataset, prepare
from trainer.evaluation.profit import Lending
from trainer.families.logistic import Logistic
from trainer.fit import fit
from trainer.options import Options
from trainer.paths import Home
from trainer.registry.connection import mlflow_of
from trainer.registry.runs import track

CHARTS = {
    "data_outcomes",
    "data_missing",
    "data_amounts",
    "data_rates_by_category",
    "data_rates_by_value",
    "features_by_theme",
    "features_missing",
    "features_strongest",
    "features_correlation",
    "comparison_measures",
    "threshold_cost",
    "threshold_sensitivity",
    "threshold_profit",
    "calibration",
    "explanation_features",
    "explanation_themes",
    "explanation_summary",
    "explanation_dependence",
    "examples",
    "fairness_sex",
    "fairness_age",
    "fairness_family_status",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def data(home: Home) -> Dataset:
    return prepare(None, home.data, rows=1_600, seed=5)


@pytest.fixture(scope="module")
def fitted(home: Home, data: Dataset) -> Bundle:
    """A bundle with its reports."""
    return fit(data, None, home, Options(family=Logistic(), lending=Lending(0.15, 0.6)))


def told(bundle: Bundle, chart: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(bundle.read(f"{REPORTS}/{chart}.json"))
    return document


def test_every_chart_is_in_the_bundle_as_picture_numbers_and_page(fitted: Bundle) -> None:
    folder = fitted.directory / REPORTS
    assert {path.stem for path in folder.glob("*.png")} == CHARTS
    assert {path.stem for path in folder.glob("*.json")} == CHARTS | {"index"}
    page = (folder / "report.html").read_text()
    assert all(f'<figure id="{name}">' in page for name in CHARTS)
    assert f"Model {fitted.manifest.model_version}" in page
    assert "SYNTHETIC" in page
    assert {f"{REPORTS}/{name}.png" for name in CHARTS} <= fitted.manifest.files.keys()


def test_all_that_is_to_be_read_is_listed_as_the_page_has_it(fitted: Bundle) -> None:
    listed = reports(fitted)
    names = [one.name for one in listed]
    page = fitted.read(f"{REPORTS}/report.html").decode()
    figures = re.findall(r'<figure id="(\w+)"><h3>(.*?)</h3><p>(.*?)</p>', page)
    charts = [f"{name}{suffix}" for name, _, _ in figures for suffix in (".png", ".json")]
    first, last = ["model_card.html", "model_card.md", "report.html"], ["certificate.json", "metrics.json"]
    assert names == [*first, *charts, *last, "feature_importance.csv"]
    said = [(one.chart.name, escape(one.chart.title), escape(one.chart.finding)) for one in listed if one.chart]
    assert said == [figure for figure in figures for _ in range(2)]
    # Each has a name of its own: no file of the folder is hidden by another.
    assert len(listed) == len(list((fitted.directory / REPORTS).iterdir())) - 1 + 3
    for one in listed:
        content = fitted.read(one.path)
        assert (one.size, one.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_charts_are_of_the_rows_the_model_was_fitted_on(fitted: Bundle, data: Dataset) -> None:
    metrics = json.loads(fitted.read("metrics.json"))
    source = told(fitted, "calibration")["source"]
    assert source == {
        "data": "generated in Home Credit's manner",
        "rows": data.train.height,
        "date": fitted.manifest.created[:10],
        "synthetic": True,
    }
    (measures,) = told(fitted, "comparison_measures")["data"].values()
    auc = next(row["estimate"] for row in measures if row["measure"] == "auc")
    assert auc == pytest.approx(metrics["pooled"]["auc"], rel=1e-3)
    cost = told(fitted, "threshold_cost")["finding"]
    assert f"costs {metrics['cost_per_applicant']:.3f} per applicant" in str(cost)


def test_the_card_tells_of_this_model(fitted: Bundle) -> None:
    metrics = json.loads(fitted.read("metrics.json"))
    for name in ("model_card.md", "model_card.html"):
        card = fitted.read(f"{REPORTS}/{name}").decode()
        assert fitted.manifest.model_version in card
        assert fitted.manifest.data_fingerprint in card
        assert f"{metrics['pooled']['auc']:.4f}" in card
        assert "SYNTHETIC" in card
        assert all(f"{chart}.png" in card for chart in CHARTS)


def test_reports_are_the_runs_artifacts(fitted: Bundle, tmp_path: Path) -> None:
    at = Home(tmp_path)
    version = track(at, fitted, {})
    with mlflow_of(at) as mlflow:
        client = mlflow.MlflowClient()
        run = client.get_model_version("creditrisk", version).run_id
        listed = {Path(one.path).name for one in client.list_artifacts(run, REPORTS)}
    assert {"report.html", "model_card.md", "model_card.html", *(f"{name}.png" for name in CHARTS)} <= listed


def test_a_changed_report_is_a_changed_bundle(fitted: Bundle, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name in ("manifest.json", *fitted.manifest.files):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((fitted.directory / name).read_bytes())
    (copy / REPORTS / "calibration.json").write_text("{}")
    assert seal(copy, fitted.manifest).hash != fitted.hash


def test_a_feature_is_told_of_by_the_history_it_comes_from() -> None:
    tables = {spec.name: described(spec).table for spec in CATALOGUE}
    assert tables["AGE_YEARS"] == "application"
    assert {"bureau", "bureau_balance", "previous_application", "POS_CASH_balance"} < set(tables.values())
    assert len(set(tables.values())) == 7


def test_an_interrupted_fit_leaves_nothing(data: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("trainer.fit.report", interrupted)
    at = Home(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        fit(data, None, at, Options(family=Logistic()))
    assert list(at.fits.iterdir()) == []
