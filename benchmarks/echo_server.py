"""The two RPCs of a Score with nothing in them: messages parsed and answered, no features, no model, no rules.

``python -m benchmarks.echo_server [PORT]``: prints its port. It answers ComputeFeatures, any method called with
bytes, and Score; given the PORT of another, its Score calls ComputeFeatures there and commits one row first.
"""

import asyncio
import sqlite3
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

import grpc
from grpc import aio

from creditrisk.api.feature.v1 import feature_pb2 as feature
from creditrisk.api.feature.v1 import feature_pb2_grpc as feature_grpc
from creditrisk.api.scoring.v1 import scoring_pb2 as scoring
from creditrisk.api.scoring.v1 import scoring_pb2_grpc as scoring_grpc

SIZE = "answer-bytes"
"""Metadata of a call with bytes: how many to answer."""
VECTOR = bytes(4 * 197)
HASH = "0" * 64
ROW = 1_500
"""Bytes of a row, about a decision's."""


class Commit:
    """One durable commit: SQLite, WAL, synchronous=FULL."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("CREATE TABLE bare (id TEXT PRIMARY KEY, row BLOB)")

    def __call__(self) -> None:
        self.connection.execute("INSERT INTO bare VALUES (?, ?)", (uuid.uuid4().hex, bytes(ROW)))
        self.connection.commit()


class BareFeatures(feature_grpc.FeatureServiceServicer):
    async def ComputeFeatures(
        self, request: feature.ComputeFeaturesRequest, context: aio.ServicerContext[Any, Any]
    ) -> feature.ComputeFeaturesResponse:
        return feature.ComputeFeaturesResponse(schema_fingerprint=HASH, feature_count=197, matrix=VECTOR)


class BareScoring(scoring_grpc.ScoringServiceServicer):
    def __init__(self, commit: Commit, next_port: str | None) -> None:
        self._commit = commit
        channel = aio.insecure_channel(f"127.0.0.1:{next_port}") if next_port else None
        self._features = feature_grpc.FeatureServiceStub(channel) if channel else None

    async def Score(
        self, request: scoring.ScoreRequest, context: aio.ServicerContext[Any, Any]
    ) -> scoring.ScoreResponse:
        if self._features is not None:
            await self._features.ComputeFeatures(feature.ComputeFeaturesRequest(applications=[request.application]))
            self._commit()
        return scoring.ScoreResponse(
            prediction_id=HASH[:36],
            assessment=scoring.Assessment(
                probability_of_default=0.1,
                calibrated_margin=-2.0,
                decision=scoring.DECISION_APPROVE,
                points=600,
                threshold=0.09,
                model_version="2026.11.22-00000000",
                bundle_hash=HASH,
                policy_version="proposed-1",
                policy_hash=HASH,
                schema_fingerprint=HASH,
            ),
        )


class Bytes(grpc.GenericRpcHandler):
    def service(self, _: grpc.HandlerCallDetails) -> Any:
        return grpc.unary_unary_rpc_method_handler(self.answer)

    async def answer(self, _: bytes, context: aio.ServicerContext[Any, Any]) -> bytes:
        return bytes(int(dict(context.invocation_metadata() or ())[SIZE]))


async def main(next_port: str | None, folder: Path) -> None:
    server = aio.server()
    feature_grpc.add_FeatureServiceServicer_to_server(BareFeatures(), server)
    scoring_grpc.add_ScoringServiceServicer_to_server(BareScoring(Commit(folder / "bare.db"), next_port), server)
    server.add_generic_rpc_handlers((Bytes(),))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else None, Path(scratch)))
