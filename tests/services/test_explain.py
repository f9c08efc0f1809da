"""Explanations are of the recorded decision, add up to its margin, and outlive the bundle's service."""

import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest

from creditrisk.api.explain.v1.explain_pb2 import ExplainRequest, HypotheticalVector
from creditrisk.client import Client, LoanApplication
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import CALIBRATION, EXPLAINER, GOLDEN, ONNX, Bundle, seal
from creditrisk.model.calibration import Calibration
from creditrisk.model.onnx_export import export
from creditrisk.model.scorer import Scorer
from creditrisk.model.trees import Forest
from tests.services.conftest import Refused
from trainer.golden import golden_rows
from trainer.local import running
from trainer.paths import Home
from trainer.publish import publish

INVALID = grpc.StatusCode.INVALID_ARGUMENT
EXACT = 1e-9


def test_base_and_contributions_make_the_recorded_margin(
    bank: Client, bundle: Bundle, applications: Callable[[int], list[LoanApplication]]
) -> None:
    apart = []
    for application in applications(150):
        answer = bank.score(application)
        why = bank.explain(answer.prediction_id)
        total = why.base_value + sum(one.contribution for one in why.attributions)
        apart.append(abs(total - answer.assessment.calibrated_margin))
        assert why.calibrated_margin == answer.assessment.calibrated_margin
        assert not why.hypothetical
        assert (why.prediction_id, why.bundle_hash) == (answer.prediction_id, bundle.hash)
    assert max(apart) <= EXACT
    assert [one.feature for one in why.attributions] == list(bundle.schema.names)


def test_attributions_show_the_vector_that_was_scored(bank: Client, application: LoanApplication) -> None:
    answer = bank.score(application, include_vector=True)
    vector = np.frombuffer(answer.assessment.vector, "<f4")
    shown = [one.value if one.HasField("value") else np.nan for one in bank.explain(answer.prediction_id).attributions]
    assert np.array_equal(np.array(shown, dtype=np.float32), vector, equal_nan=True)


def test_reasons_are_sums_by_theme_strongest_first(bank: Client, bundle: Bundle, application: LoanApplication) -> None:
    prediction = bank.score(application).prediction_id
    why = bank.explain(prediction, top_reasons=20)
    themes: dict[str, float] = defaultdict(float)
    by_name = {one.feature: one.contribution for one in why.attributions}
    for spec in bundle.schema.specs:
        themes[spec.reason] += by_name[spec.name]
    told = {reason.text: reason.contribution for reason in (*why.raising, *why.lowering)}
    assert told == pytest.approx({text: total for text, total in themes.items() if total != 0}, abs=1e-12)
    for reasons, sign in ((why.raising, 1), (why.lowering, -1)):
        strengths = [sign * reason.contribution for reason in reasons]
        assert strengths == sorted(strengths, reverse=True)
        assert min(strengths) > 0
        for reason in reasons:
            assert 1 <= len(reason.leading) <= 3
            assert all(sign * one.contribution > 0 for one in reason.leading)
    usual = bank.explain(prediction, top_reasons=0)
    assert list(usual.raising) == list(why.raising[:4])
    assert len(bank.explain(prediction, top_reasons=1).lowering) == 1


def test_a_vector_is_explained_as_hypothetical(
    bank: Client, explain: Any, bundle: Bundle, application: LoanApplication
) -> None:
    answer = bank.score(application, include_vector=True)
    decided = bank.explain(answer.prediction_id)
    for named in ("", bundle.hash):
        vector = HypotheticalVector(values=answer.assessment.vector, bundle_hash=named)
        why = explain.Explain(ExplainRequest(vector=vector), timeout=10)
        assert why.hypothetical
        assert not why.prediction_id
        assert why.attributions == decided.attributions
        assert why.calibrated_margin == pytest.approx(decided.calibrated_margin, abs=EXACT)


def test_what_cannot_be_explained_is_refused(explain: Any, refused: Refused, bundle: Bundle) -> None:
    width = len(bundle.schema.names)
    infinite = np.full(width, np.inf, dtype="<f4").tobytes()
    sound = bytes(4 * width)
    unknown = "01890000-0000-7000-8000-000000000000"
    not_found = grpc.StatusCode.NOT_FOUND
    cases: list[tuple[ExplainRequest, grpc.StatusCode, list[str]]] = [
        (ExplainRequest(), INVALID, ["subject"]),
        (ExplainRequest(prediction_id="7"), INVALID, ["prediction_id"]),
        (ExplainRequest(prediction_id=unknown), not_found, []),
        (ExplainRequest(prediction_id=unknown, top_reasons=21), INVALID, ["top_reasons"]),
        (ExplainRequest(prediction_id=unknown, top_reasons=-1), INVALID, ["top_reasons"]),
        (ExplainRequest(vector=HypotheticalVector()), INVALID, ["vector.values"]),
        (ExplainRequest(vector=HypotheticalVector(values=sound[:-1])), INVALID, ["vector.values"]),
        (ExplainRequest(vector=HypotheticalVector(values=infinite)), INVALID, ["vector.values"]),
        (ExplainRequest(vector=HypotheticalVector(values=sound, bundle_hash="0" * 64)), not_found, []),
        (ExplainRequest(vector=HypotheticalVector(values=sound, bundle_hash="../x")), not_found, []),
    ]
    for request, code, fields in cases:
        found, named = refused(explain.Explain, request)
        assert (found, list(named)) == (code, fields), request


def recalibrated(bundle: Bundle, folder: Path) -> Bundle:
    """Another sound bundle: the same forest, its log-odds of default 1 higher."""
    shutil.copytree(bundle.directory, folder)
    calibration = Calibration.from_json(bundle.read(CALIBRATION).decode())
    higher = replace(calibration, intercept=calibration.intercept + 1.0)
    onnx = export(Forest.from_bytes(bundle.read(EXPLAINER)), higher)
    (folder / ONNX).write_bytes(onnx)
    (folder / CALIBRATION).write_text(higher.to_json(), encoding="utf-8")
    golden = golden_rows(FeaturePlan(bundle.schema), Scorer(onnx))
    (folder / GOLDEN).write_text(golden.to_json(), encoding="utf-8")
    return seal(folder, bundle.manifest)


def test_a_decision_is_explained_with_the_bundle_that_made_it(
    home: Home, bundle: Bundle, application: LoanApplication, tmp_path: Path
) -> None:
    at = Home(tmp_path / "home")
    publish(bundle.directory, at.bundles, at.policy)
    shutil.copy(home.online, at.online)
    with running(at, 0) as first, Client(first["scoring"].target, timeout=10) as bank:
        decided = bank.score(application)
    newer = publish(recalibrated(bundle, tmp_path / "newer").directory, at.bundles, at.policy)
    with (
        running(at, 0) as second,
        Client(second["scoring"].target, explain=second["explain"].target, timeout=20) as bank,
    ):
        assert bank.model().bundle_hash == newer.hash != bundle.hash
        why = bank.explain(decided.prediction_id)
        assert why.bundle_hash == bundle.hash
        assert why.calibrated_margin == decided.assessment.calibrated_margin
        total = why.base_value + sum(one.contribution for one in why.attributions)
        assert abs(total - decided.assessment.calibrated_margin) <= EXACT
        today = bank.score(application)
        anew = bank.explain(today.prediction_id)
        assert anew.bundle_hash == newer.hash
        assert anew.calibrated_margin == pytest.approx(why.calibrated_margin + 1.0, abs=EXACT)
