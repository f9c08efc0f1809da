"""The drift service's answers, on a state of past decisions that the test knows row by row."""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import numpy as np
import pytest
import uuid_utils
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from sklearn.metrics import brier_score_loss, roc_auc_score

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.api.drift.v1.drift_pb2_grpc import DriftServiceStub
from creditrisk.api.event.v1.event_pb2 import PredictionEvent
from creditrisk.api.scoring.v1 import scoring_pb2
from creditrisk.drift.reference import Reference
from creditrisk.events.source import Received
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import ONNX, REFERENCE, Bundle, BundleStore
from creditrisk.model.scorer import Scorer
from creditrisk.stores.alerts import Alert, Alerts
from creditrisk.stores.drift_state import DriftState, Move, Place
from creditrisk.stores.engine import open_engine
from creditrisk.wire import to_timestamp
from services.drift.bundles import WatchedBundles
from services.drift.intake import Intake
from trainer.frames import to_batch
from trainer.generator import generate
from trainer.local import start
from trainer.paths import Home

TIMEOUT = 30.0
ROWS = 600
PLACE = Place("credit.predictions.v1", 0)
MONTH = datetime(2024, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = Duration(seconds=365 * 86_400)
RETIRED = "e" * 64
"""Hash of a bundle that is nowhere any more; its window of 1970 was judged."""
ALERT = Alert(RETIRED, 0, "ALL", "PD", 10**6, 300, 0.27, 0.004, "missing: 9.00%, reference 1.00%")
Refused = Callable[[Any, Any], tuple[grpc.StatusCode, dict[str, str]]]


@dataclass(frozen=True)
class Past:
    """Decisions of two days of March 2024 and of one of April, and how they turned out."""

    events: list[PredictionEvent]
    defaulted: np.ndarray

    @property
    def pd(self) -> np.ndarray:
        return np.array([one.assessment.probability_of_default for one in self.events])

    @property
    def approved(self) -> np.ndarray:
        return np.array([one.assessment.decision == scoring_pb2.DECISION_APPROVE for one in self.events])

    @property
    def march(self) -> np.ndarray:
        return np.array([one.decided_at.ToDatetime().month == 3 for one in self.events])


@pytest.fixture(scope="module")
def past(bundle: Bundle) -> Past:
    frame = generate(ROWS, 5).train
    batch = to_batch(frame)
    vectors = FeaturePlan(bundle.schema).compute(batch).matrix
    scores = Scorer(bundle.read(ONNX)).score(vectors)
    threshold = bundle.manifest.proposed_threshold
    events = [
        PredictionEvent(
            prediction_id=str(uuid_utils.uuid7()),
            decided_at=to_timestamp(MONTH + (at % 3) * 15 * DAY + timedelta(minutes=at)),
            contract_type=contract_type,
            assessment=scoring_pb2.Assessment(
                probability_of_default=pd,
                calibrated_margin=margin,
                decision=scoring_pb2.DECISION_DECLINE if pd >= threshold else scoring_pb2.DECISION_APPROVE,
                threshold=threshold,
                bundle_hash=bundle.hash,
                vector=vector.astype("<f4").tobytes(),
            ),
        )
        for at, (vector, pd, margin, contract_type) in enumerate(
            zip(vectors, scores.pd, scores.calibrated, frame["NAME_CONTRACT_TYPE"], strict=True)
        )
    ]
    return Past(events, np.random.default_rng(1).random(ROWS) < scores.pd)


@pytest.fixture(scope="module")
def drift(home: Home, past: Past, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DriftServiceStub]:
    """The service on that state, with one decision store that stays empty."""
    folder = tmp_path_factory.mktemp("drift")
    state_url = f"sqlite:///{folder / 'drift.db'}"
    intake = Intake(WatchedBundles(BundleStore(home.bundles)), "outcomes", 0.0)
    messages = [Received(PLACE, at, b"", event.SerializeToString()) for at, event in enumerate(past.events)]
    engine = open_engine(state_url, 5.0)
    with closing(DriftState(engine, 86_400 * 10**6)) as state:
        Alerts(engine).judge(RETIRED, 0, 10**6, [replace(ALERT, rows=300 + at) for at in range(5)])
        state.positions([PLACE])
        state.apply({PLACE: Move(0, ROWS, None)}, intake(messages).counted)
    settings = {
        "DATABASE_URL": state_url,
        "DECISIONS_URL": f"sqlite:///{folder / 'decisions.db'}",
        "RETENTION_DAYS": "36500",
    }
    service = start("drift", home, 0, settings)
    with grpc.insecure_channel(service.target) as channel:
        yield DriftServiceStub(channel)
    service.stop()


def midnight(time: datetime) -> Timestamp:
    return to_timestamp(time.replace(hour=0, minute=0))


def test_windows_are_listed_newest_first(drift: Any, bundle: Bundle) -> None:
    whole = drift.ListWindows(pb.ListWindowsRequest(), timeout=TIMEOUT).windows
    assert [one.begin.ToDatetime().day for one in whole] == [31, 16, 1]
    assert [one.rows for one in whole] == [200, 200, 200]
    assert {one.bundle_hash for one in whole} == {bundle.hash}
    first = drift.ListWindows(pb.ListWindowsRequest(page_size=2), timeout=TIMEOUT)
    token = first.next_page_token
    rest = drift.ListWindows(pb.ListWindowsRequest(page_size=2, page_token=token), timeout=TIMEOUT)
    assert [*first.windows, *rest.windows] == list(whole)
    assert not rest.next_page_token


def test_alerts_are_listed_newest_first(drift: Any) -> None:
    whole = drift.ListAlerts(pb.ListAlertsRequest(bundle_hash=RETIRED), timeout=TIMEOUT)
    assert not whole.next_page_token
    assert [one.rows for one in whole.alerts] == [304, 303, 302, 301, 300]
    assert whole.alerts[0] == pb.DriftAlert(
        alert_id=whole.alerts[0].alert_id,
        bundle_hash=RETIRED,
        window_begin=Timestamp(seconds=0),
        window_end=Timestamp(seconds=86_400),
        segment="ALL",
        quantity="PD",
        rows=304,
        psi=0.27,
        adjusted_p_value=0.004,
        change=ALERT.what,
        raised_at=Timestamp(seconds=1),
    )
    listed: list[pb.DriftAlert] = []
    token = ""
    while True:
        request = pb.ListAlertsRequest(bundle_hash=RETIRED, page_size=2, page_token=token)
        page = drift.ListAlerts(request, timeout=TIMEOUT)
        assert 1 <= len(page.alerts) <= 2
        listed += page.alerts
        if not (token := page.next_page_token):
            break
    assert listed == list(whole.alerts)
    everyones = [one.alert_id for one in drift.ListAlerts(pb.ListAlertsRequest(), timeout=TIMEOUT).alerts]
    assert everyones == sorted(everyones, reverse=True)
    assert not drift.ListAlerts(pb.ListAlertsRequest(bundle_hash="0" * 64), timeout=TIMEOUT).alerts


def test_a_page_token_is_of_one_method_and_of_what_can_be_stored(drift: Any, refused: Refused) -> None:
    of_window = drift.ListWindows(pb.ListWindowsRequest(page_size=1), timeout=TIMEOUT).next_page_token
    of_alert = drift.ListAlerts(pb.ListAlertsRequest(page_size=1), timeout=TIMEOUT).next_page_token
    beyond = [base64.urlsafe_b64encode(json.dumps(key).encode()).decode() for key in ([2**63], [2**63, "e"], None, {})]
    for method, request_of, foreign in (
        (drift.ListWindows, pb.ListWindowsRequest, of_alert),
        (drift.ListAlerts, pb.ListAlertsRequest, of_window),
    ):
        for token in ("nonsense", "é", foreign, *beyond):
            code, violations = refused(method, request_of(page_token=token))
            assert (code, list(violations)) == (grpc.StatusCode.INVALID_ARGUMENT, ["page_token"])


def test_a_window_is_reported_by_segment(drift: Any, past: Past, bundle: Bundle) -> None:
    request = pb.GetDriftReportRequest(window_start=midnight(MONTH), include_bins=True)
    report = drift.GetDriftReport(request, timeout=TIMEOUT)
    assert report.model_version == bundle.manifest.model_version
    assert report.synthetic_model
    by_segment = {one.segment: one.rows for one in report.segments}
    of_day = [event for event in past.events if event.decided_at.ToDatetime().day == 1]
    assert by_segment.pop("ALL") == report.rows == len(of_day) == 200
    # Too few revolving loans for a segment of the reference: they are in ALL alone.
    assert by_segment == {"Cash loans": sum(event.contract_type == "Cash loans" for event in of_day)}
    assert report.segments[0].reference_rows == report.reference_rows > report.segments[1].reference_rows > 0
    assert [one.name for one in report.quantities] == [*bundle.schema.names, "PD", "DECISION"]
    for one in report.quantities:
        assert sum(bin_.rows for bin_ in one.bins) == one.rows == 200
        assert sum(bin_.reference_rows for bin_ in one.bins) == report.reference_rows
        assert one.HasField("p_value")
    shares = {bin_.label: bin_.rows for bin_ in report.quantities[-1].bins}
    approved = sum(event.assessment.decision == scoring_pb2.DECISION_APPROVE for event in of_day)
    assert shares == {"missing": 0, "APPROVE": approved, "REFER": 0, "DECLINE": 200 - approved, "unseen": 0}
    assert report.estimated.approval_rate == approved / 200
    assert report.estimated.auc.low < report.estimated.auc.value < report.estimated.auc.high
    assert "concept drift" in report.estimated.assumption


def test_codes_are_named_by_their_categories(drift: Any) -> None:
    request = pb.GetDriftReportRequest(last=ROWS, quantities=["NAME_INCOME_TYPE"], include_bins=True)
    (income,) = drift.GetDriftReport(request, timeout=TIMEOUT).quantities
    assert "Working" in {bin_.label for bin_ in income.bins}
    assert income.kind == pb.QUANTITY_KIND_CODE
    assert income.HasField("chi_square")
    assert not income.HasField("wasserstein")


def test_the_last_decisions_are_the_newest(drift: Any) -> None:
    report = drift.GetDriftReport(pb.GetDriftReportRequest(last=200, segment="Cash loans", top_k=2), timeout=TIMEOUT)
    assert report.begin.ToDatetime().day == 31
    assert len(report.quantities) == 2
    assert report.segment == "Cash loans"
    whole = {one.segment: one.rows for one in report.segments}
    assert whole["ALL"] == 200
    assert report.rows == whole["Cash loans"]


def bin_of(value: float, bins: Sequence[pb.Bin], kind: int) -> int:
    """The bin that a value is in, as the proto tells."""
    if np.isnan(value):
        return 0
    if kind == pb.QUANTITY_KIND_CODE:
        known = [at for at, one in enumerate(bins) if one.HasField("code") and one.code == value]
        (found,) = known or [len(bins) - 1]
        return found
    (found,) = (
        at
        for at, one in enumerate(bins[1:], 1)
        if (not one.HasField("above") or value > one.above) and (not one.HasField("up_to") or value <= one.up_to)
    )
    return found


def test_the_reference_tells_which_bin_a_value_is_in(drift: Any, past: Past, bundle: Bundle) -> None:
    """Decisions counted by its bounds and codes are the report's counts."""
    reference = drift.GetReference(pb.GetReferenceRequest(bundle_hash=bundle.hash), timeout=TIMEOUT)
    report = drift.GetDriftReport(pb.GetDriftReportRequest(last=ROWS, include_bins=True), timeout=TIMEOUT)
    vectors = np.array([np.frombuffer(event.assessment.vector, dtype="<f4") for event in past.events], dtype=np.float64)
    decisions = np.where(past.approved, 0, 2)
    assert len(reference.quantities) == vectors.shape[1] + 2
    for one, found, values in zip(
        reference.quantities, report.quantities, [*vectors.T, past.pd, decisions], strict=True
    ):
        places = [bin_of(value, one.bins, one.kind) for value in values]
        assert [bin_.rows for bin_ in found.bins] == np.bincount(places, minlength=len(one.bins)).tolist()
        for counted in found.bins:
            counted.rows = 0
        assert (one.name, one.kind, list(one.bins)) == (found.name, found.kind, list(found.bins))


def test_the_reference_is_the_bundles_by_segment_and_quantity(drift: Any, bundle: Bundle) -> None:
    held = Reference.from_json(bundle.read(REFERENCE).decode())
    for segment in ("", *held.segments):
        names = ["PD", bundle.schema.names[0]]
        request = pb.GetReferenceRequest(bundle_hash=bundle.hash, segment=segment, quantities=names)
        answer = drift.GetReference(request, timeout=TIMEOUT)
        of = held.segments[segment or "ALL"]
        assert (answer.segment, answer.reference_rows) == (segment or "ALL", of.rows)
        assert answer.bundle_hash == bundle.hash
        assert answer.model_version == bundle.manifest.model_version
        assert answer.synthetic_model
        assert [one.name for one in answer.quantities] == names
        for one, counts in zip(answer.quantities, (of.counts[-2], of.counts[0]), strict=True):
            assert [bin_.reference_rows for bin_ in one.bins] == counts.tolist()
            assert one.reference_rows == of.rows
        listed = {one.segment: one.reference_rows for one in answer.segments}
        assert listed == {name: one.rows for name, one in held.segments.items()}


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"bundle_hash": ""}, "bundle_hash", "required"),
        ({"segment": "Barter"}, "segment", "it has ALL, Cash loans"),
        ({"quantities": ["PD", "NONSENSE"]}, "quantities", "NONSENSE"),
    ],
)
def test_what_the_reference_has_not_is_told(
    *, drift: Any, bundle: Bundle, refused: Refused, given: dict[str, Any], field: str, rule: str
) -> None:
    request = pb.GetReferenceRequest(**{"bundle_hash": bundle.hash} | given)
    code, violations = refused(drift.GetReference, request)
    assert (code, list(violations)) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
    assert rule in violations[field]


@pytest.mark.parametrize(
    ("request_", "field", "rule"),
    [
        (pb.GetDriftReportRequest(last=0), "last", "1 to"),
        (pb.GetDriftReportRequest(last=-1), "last", "1 to"),
        (pb.GetDriftReportRequest(last=5, quantities=["NONSENSE"]), "quantities", "NONSENSE"),
        (pb.GetDriftReportRequest(last=5, segment="Barter"), "segment", "Cash loans"),
        (pb.GetDriftReportRequest(last=5, top_k=-1), "top_k", "negative"),
        (pb.GetDriftReportRequest(window_start=Timestamp(seconds=5)), "window_start", "86400 s wide"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(
    drift: Any, refused: Refused, request_: pb.GetDriftReportRequest, field: str, rule: str
) -> None:
    code, violations = refused(drift.GetDriftReport, request_)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert rule in violations[field]


def test_what_is_not_there_is_not_found(drift: Any, refused: Refused) -> None:
    empty = pb.GetDriftReportRequest(window_start=midnight(MONTH + DAY))
    assert refused(drift.GetDriftReport, empty)[0] is grpc.StatusCode.NOT_FOUND
    stranger = pb.GetDriftReportRequest(last=5, bundle_hash="0" * 64)
    assert refused(drift.GetDriftReport, stranger)[0] is grpc.StatusCode.NOT_FOUND
    for unknown in ("0" * 64, "../champion"):
        request = pb.GetReferenceRequest(bundle_hash=unknown)
        assert refused(drift.GetReference, request)[0] is grpc.StatusCode.NOT_FOUND


def test_other_calls_check_their_requests(drift: Any, refused: Refused) -> None:
    cases = [
        (drift.ListWindows, pb.ListWindowsRequest(page_size=-1), "page_size"),
        (drift.ListWindows, pb.ListWindowsRequest(page_size=1_001), "page_size"),
        (drift.ListAlerts, pb.ListAlertsRequest(page_size=-1), "page_size"),
        (drift.ListAlerts, pb.ListAlertsRequest(page_size=1_001), "page_size"),
        (drift.ListVintages, pb.ListVintagesRequest(), "maturity"),
        (drift.RecordOutcomes, pb.RecordOutcomesRequest(), "outcomes"),
        (drift.RecordOutcomes, pb.RecordOutcomesRequest(outcomes=[pb.LoanOutcome(prediction_id="x")]), "outcomes[0]"),
    ]
    for method, request, field in cases:
        code, violations = refused(method, request)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert list(violations) == [field]


def test_vintages_say_what_came_true_of_approved_loans(drift: Any, past: Past) -> None:
    """Outcomes of all approved loans of March, then of its declined applicants too; of those only then a cost."""
    (before,) = drift.ListVintages(pb.ListVintagesRequest(maturity=YEAR), timeout=TIMEOUT).vintages
    assert (before.decisions, before.approved, before.labelled) == (ROWS, past.approved.sum(), 0)
    assert before.matured
    assert not before.HasField("realised")

    def record(of: np.ndarray) -> pb.Vintage:
        seen = to_timestamp(MONTH + timedelta(days=500))
        early = to_timestamp(MONTH + timedelta(days=100))
        outcomes = [
            pb.LoanOutcome(prediction_id=event.prediction_id, defaulted=bool(bad), observed_at=early if bad else seen)
            for event, bad, wanted in zip(past.events, past.defaulted, of, strict=True)
            if wanted
        ]
        drift.RecordOutcomes(pb.RecordOutcomesRequest(outcomes=outcomes), timeout=TIMEOUT)
        drift.RecordOutcomes(pb.RecordOutcomesRequest(outcomes=outcomes[::-1]), timeout=TIMEOUT)  # again, shuffled
        (vintage,) = drift.ListVintages(pb.ListVintagesRequest(maturity=YEAR), timeout=TIMEOUT).vintages
        return vintage

    found = record(past.approved & (np.arange(ROWS) % 4 > 0))
    assert "no known outcome" in found.notes[-1]
    found = record(past.approved)
    pd, defaulted = past.pd[past.approved], past.defaulted[past.approved]
    assert found.labelled == found.approved == found.realised.rows == found.expected.rows
    assert found.realised.auc == pytest.approx(roc_auc_score(defaulted, pd), abs=2e-3)
    assert found.realised.brier == pytest.approx(brier_score_loss(defaulted, pd), abs=1e-4)
    assert found.realised.default_rate == pytest.approx(defaulted.mean())
    assert found.expected.auc.low < found.realised.auc < found.expected.auc.high
    assert not found.outside
    assert not found.realised.HasField("cost")
    assert "No cost" in found.notes[0]
    found = record(~past.approved)
    cost = np.where(past.approved, 10.0 * past.defaulted, 1.0 - past.defaulted).mean()
    assert found.realised.cost == pytest.approx(cost)
    assert found.realised.auc == pytest.approx(roc_auc_score(defaulted, pd), abs=2e-3)
    assert not found.notes
