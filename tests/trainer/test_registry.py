"""MLflow: runs, registered bundles, promotion past a gate, and the served model's bits."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from creditrisk.errors import InvalidBundle, NotFound
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import CHALLENGER, CHAMPION, MANIFEST, ONNX, Bundle, BundleStore, seal
from creditrisk.model.reports import METRICS
from creditrisk.model.scorer import Scorer
from tests.databases import free_port
from trainer.data import load
from trainer.frames import TARGET, to_batch
from trainer.paths import Home
from trainer.publish import publish
from trainer.registry.connection import MODEL, mlflow_of
from trainer.registry.description import NOTE
from trainer.registry.promotion import Gate, Measure, promote
from trainer.registry.runs import track

Other = Callable[[dict[str, float]], Bundle]


@pytest.fixture
def other(bundle: Bundle, tmp_path: Path) -> Other:
    """Makes a sealed bundle like the tests' own, with other figures."""

    def make(figures: dict[str, float]) -> Bundle:
        folder = tmp_path / f"other-{len(list(tmp_path.iterdir()))}"
        shutil.copytree(bundle.directory, folder)
        (folder / MANIFEST).unlink()
        (folder / METRICS).write_text(json.dumps(json.loads(bundle.read(METRICS)) | figures))
        return seal(folder, bundle.manifest)

    return make


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory, bundle: Bundle) -> Path:
    """A home in which the tests' bundle is registered and published; to be copied."""
    home = Home(tmp_path_factory.mktemp("registry"))
    assert track(home, bundle, {"seed": 7}) == "1"
    publish(bundle.directory, home.bundles, home.policy, CHAMPION)
    return home.root


@pytest.fixture
def at(registered: Path, tmp_path: Path) -> Home:
    """A copy of the home of ``registered``."""
    return Home(Path(shutil.copytree(registered, tmp_path / "home")))


def champions(home: Home) -> tuple[str, str | None]:
    """Version of the registry's champion, and hash of the bundle store's."""
    with mlflow_of(home) as mlflow:
        version = mlflow.MlflowClient().get_model_version_by_alias(MODEL, CHAMPION).version
    return str(version), BundleStore(home.bundles).aliased(CHAMPION)


def test_a_fit_is_a_run_with_its_figures_and_its_bundle_a_version(registered: Path, bundle: Bundle) -> None:
    with mlflow_of(Home(registered)) as mlflow:
        client = mlflow.MlflowClient()
        version = client.get_model_version_by_alias(MODEL, CHALLENGER)
        found = client.get_run(version.run_id)
        text = client.get_registered_model(MODEL).description
        experiment = client.get_experiment(found.info.experiment_id)
    run = found.data
    assert run.params["seed"] == "7"
    assert "seed" not in run.metrics
    assert found.info.run_name == f"lightgbm {bundle.manifest.model_version}-{bundle.hash[:8]}"
    assert "`champion` is what services take" in text
    assert "of kind `fit` end in a bundle" in experiment.tags[NOTE]
    assert run.metrics["pooled.auc"] == json.loads(bundle.read(METRICS))["pooled"]["auc"]
    assert run.tags["data_fingerprint"] == bundle.manifest.data_fingerprint
    assert version.tags["bundle_hash"] == bundle.hash
    for said in (version.description, run.tags[NOTE]):
        assert said.startswith("**SYNTHETIC DATA: it must not decide about anybody.** LightGBM of ")
        assert "on 2,500 applications" in said
        assert f"ROC AUC {json.loads(bundle.read(METRICS))['auc_mean']:.4f}" in said
    assert champions(Home(registered)) == ("1", bundle.hash)


def test_a_run_names_the_data_it_was_fitted_on(registered: Path, bundle: Bundle) -> None:
    with mlflow_of(Home(registered)) as mlflow:
        client = mlflow.MlflowClient()
        run = client.get_run(client.get_model_version_by_alias(MODEL, CHAMPION).run_id)
    (fitted_on,) = (one.dataset for one in run.inputs.dataset_inputs)
    assert fitted_on.name == "generated applications"
    assert bundle.manifest.data_fingerprint.startswith(fitted_on.digest)
    assert json.loads(fitted_on.profile)["num_rows"] == 2_500
    assert "AMT_CREDIT" in fitted_on.schema


def test_registering_prints_what_the_trainer_says_and_no_more(
    tmp_path: Path, bundle: Bundle, capfd: pytest.CaptureFixture[str]
) -> None:
    track(Home(tmp_path), bundle, {})
    told = capfd.readouterr()
    assert [line.split()[0] for line in (told.out + told.err).splitlines()] == ["registered"]


def test_a_better_challenger_becomes_the_champion(at: Home, other: Other) -> None:
    better = other({"cost_per_applicant": 0.1})
    track(at, better, {})
    assert promote(at, CHALLENGER, Gate()).hash == better.hash
    assert champions(at) == ("2", better.hash)


def test_a_worse_challenger_is_refused_and_nothing_changes(at: Home, other: Other, bundle: Bundle) -> None:
    track(at, other({"cost_per_applicant": 0.9, "auc_mean": 0.99}), {})
    with pytest.raises(InvalidBundle, match=r"is worse: cost_per_applicant 0\.9000 against the champion's"):
        promote(at, CHALLENGER, Gate())
    assert champions(at) == ("1", bundle.hash)
    promote(at, CHALLENGER, Gate(Measure.AUC))
    assert champions(at)[0] == "2"
    promote(at, "1", None)
    assert champions(at) == ("1", bundle.hash)


def test_bundles_of_other_data_are_not_compared(at: Home, other: Other) -> None:
    made = other({})
    document = json.loads((made.directory / MANIFEST).read_text()) | {"data_fingerprint": "0" * 64}
    (made.directory / MANIFEST).write_text(json.dumps(document))
    track(at, Bundle.open(made.directory), {})
    with pytest.raises(InvalidBundle, match="other data than the champion"):
        promote(at, CHALLENGER, Gate())


def test_an_uncertified_bundle_is_refused_whatever_the_gate(at: Home, other: Other, bundle: Bundle) -> None:
    track(at, other({"cost_per_applicant": 0.1}), {})
    with mlflow_of(at) as mlflow:
        source = mlflow.MlflowClient().get_model_version(MODEL, "2").source
        kept = Path(mlflow.artifacts.download_artifacts(source))
    certificate = kept / "artifacts" / "bundle" / "certificate.json"
    certificate.write_text(certificate.read_text().replace('"passed": true', '"passed": false'))
    with pytest.raises(InvalidBundle, match="certificate"):
        promote(at, CHALLENGER, None)
    assert champions(at) == ("1", bundle.hash)


def test_a_version_that_is_not_there_is_named(at: Home) -> None:
    with pytest.raises(NotFound, match=f"no version 9 of {MODEL}"):
        promote(at, "9", Gate())


def rows(home: Home, number: int) -> pl.DataFrame:
    return load(home.data).train.head(number)


def expected(bundle: Bundle, frame: pl.DataFrame) -> Any:
    return Scorer(bundle.read(ONNX)).score(FeaturePlan(bundle.schema).compute(to_batch(frame)).matrix)


def test_the_registered_model_gives_the_bundles_bits(registered: Path, home: Home, bundle: Bundle) -> None:
    frame = rows(home, 50)
    with mlflow_of(Home(registered)) as mlflow:
        model = mlflow.pyfunc.load_model(f"models:/{MODEL}@{CHAMPION}")
        scored = model.predict(frame.drop(TARGET).cast({pl.Int32: pl.Float64, pl.Int8: pl.Float64}).to_pandas())
    assert np.array_equal(scored["margin"].to_numpy(), expected(bundle, frame).margin)


@contextmanager
def serving(home: Home) -> Iterator[HTTPConnection]:
    """``mlflow models serve`` of the champion, ready."""
    port = free_port()
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local", "--port", str(port)]
    environment = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{home.tracking}",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
    }
    process = subprocess.Popen([*command, "--model-uri", f"models:/{MODEL}@{CHAMPION}"], env=environment)
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            wait_ready(connection, process)
            yield connection
    finally:
        process.terminate()
        process.wait(30)


def wait_ready(connection: HTTPConnection, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        with suppress(ConnectionError):
            connection.request("GET", "/ping")
            connection.getresponse().read()
            return
        connection.close()
        time.sleep(0.1)
    raise AssertionError("the server did not answer within a minute")


@pytest.mark.full
def test_the_registered_model_answers_over_http(registered: Path, home: Home, bundle: Bundle) -> None:
    frame = rows(home, 3)
    records = frame.drop(TARGET).cast({pl.Int32: pl.Float64, pl.Int8: pl.Float64}).to_dicts()
    with serving(Home(registered)) as connection:
        body = json.dumps({"dataframe_records": records})
        connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
        scored = json.load(connection.getresponse())["predictions"]
    assert [one["pd"] for one in scored] == expected(bundle, frame).pd.tolist()
