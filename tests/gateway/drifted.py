"""A drift service on a state that tests know: two windows that were judged, one that was not."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import uuid_utils

from creditrisk.api.event.v1.event_pb2 import PredictionEvent
from creditrisk.api.scoring.v1 import scoring_pb2
from creditrisk.events.source import Received
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import ONNX, Bundle, BundleStore
from creditrisk.model.scorer import Scorer
from creditrisk.stores.alerts import Alerts
from creditrisk.stores.drift_reads import DriftReads
from creditrisk.stores.drift_state import DriftState, Move, Place
from creditrisk.stores.engine import open_engine
from creditrisk.wire import to_timestamp
from services.drift.bundles import WatchedBundles
from services.drift.intake import Intake
from services.drift.judge import Judge
from trainer.data import load
from trainer.frames import to_batch
from trainer.histories.known import Histories
from trainer.local import Service, start
from trainer.paths import Home

ROWS = 300
"""Of a window."""
FIRST = datetime(2024, 3, 4, tzinfo=UTC)
PLACE = Place("credit.predictions.v1", 0)
NEVER = "1e12"


@pytest.fixture(scope="session")
def drifted_events(home: Home, bundle: Bundle, histories: Histories) -> list[PredictionEvent]:
    """Three days of decisions on the rows that the model was fitted on; from the second on incomes are threefold."""
    frame = load(home.data).train[: 3 * ROWS]
    factor = pl.Series([1.0] * ROWS + [3.0] * 2 * ROWS)
    batch = to_batch(frame.with_columns(AMT_INCOME_TOTAL=pl.col("AMT_INCOME_TOTAL") * factor), histories)
    vectors = FeaturePlan(bundle.schema).compute(batch).matrix
    scores = Scorer(bundle.read(ONNX)).score(vectors)
    threshold = bundle.manifest.proposed_threshold
    return [
        PredictionEvent(
            prediction_id=str(uuid_utils.uuid7()),
            decided_at=to_timestamp(FIRST + timedelta(days=at // ROWS, minutes=at % ROWS)),
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


@pytest.fixture(scope="session")
def drifted(
    home: Home, drifted_events: list[PredictionEvent], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """The drift service on those decisions; it judges nothing more by itself."""
    folder = tmp_path_factory.mktemp("monitoring")
    bundles = WatchedBundles(BundleStore(home.bundles))
    messages = [Received(PLACE, at, b"", event.SerializeToString()) for at, event in enumerate(drifted_events)]
    engine = open_engine(f"sqlite:///{folder / 'drift.db'}", 5.0)
    with closing(DriftState(engine, 86_400 * 10**6)) as state:
        state.positions([PLACE])
        read_to = to_timestamp(FIRST + timedelta(days=2)).ToMicroseconds()
        counted = Intake(bundles, "outcomes", 0.0)(messages).counted
        state.apply({PLACE: Move(0, len(drifted_events), read_to)}, counted)
        Judge(state, DriftReads(engine), Alerts(engine), bundles, PLACE.topic, 0.0, 36_500, None).step()
    service = start("drift", home, 0, settings(folder))
    yield service
    service.stop()


def settings(folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": f"sqlite:///{folder / 'drift.db'}",
        "DECISIONS_URL": f"sqlite:///{folder / 'decisions.db'}",
        "RETENTION_DAYS": "36500",
        "LATENESS": NEVER,
    }
