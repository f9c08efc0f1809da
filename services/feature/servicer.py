"""FeatureService: convert, compute, convert."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from grpc import aio
from numpy.typing import NDArray
from prometheus_client import Counter, Histogram

from creditrisk.api.feature.v1 import feature_pb2, feature_pb2_grpc
from creditrisk.errors import InvalidArgument, Violation
from creditrisk.features.catalogue import CATALOGUE, sources
from creditrisk.features.checks import NOTHING, Finding, check
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.spec import FeatureSpec
from creditrisk.runtime.deadline import Deadline
from creditrisk.wire import to_batch, vector_bytes
from services.feature.fields import fields_message
from services.feature.histories import HistoryReader

MOST: Final = 1_000
"""Applications in one call."""
INLINE: Final = 32
"""Batches up to this size are computed on the event loop: a thread's hand-over would cost more."""

ROWS: Final = Counter("creditrisk_feature_rows_total", "Applications computed, by outcome.", ["outcome"])
COMPUTED: Final = ROWS.labels("computed")
REFUSED: Final = ROWS.labels("refused")
BATCH: Final = Histogram(
    "creditrisk_feature_batch_size", "Applications a call.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
)


class FeatureServicer(feature_pb2_grpc.FeatureServiceServicer):
    """Serves the features of one schema."""

    def __init__(self, plan: FeaturePlan, reader: HistoryReader | None, most: float) -> None:
        """Serve ``plan``, on histories of ``reader`` where it reads any; ``most``: seconds a call may take."""
        self._plan = plan
        self._reader = reader
        self._most = most
        self._catalogue = _catalogue(plan)
        self._fields = fields_message(plan.schema)

    async def ComputeFeatures(
        self, request: feature_pb2.ComputeFeaturesRequest, context: aio.ServicerContext[Any, Any]
    ) -> feature_pb2.ComputeFeaturesResponse:
        """See feature.proto."""
        size = len(request.applications)
        if not 1 <= size <= MOST:
            raise InvalidArgument([Violation("applications", f"must be 1 to {MOST:,}, not {size:,}")])
        BATCH.observe(size)
        histories, found = None, [NOTHING] * size
        if self._reader:
            deadline = Deadline(context, self._most)
            histories, found = await self._reader.read(request.applications, deadline.left())
        if size <= INLINE:
            return self._compute(request, histories, found)
        return await asyncio.to_thread(self._compute, request, histories, found)

    async def ListFeatures(
        self, request: feature_pb2.ListFeaturesRequest, context: aio.ServicerContext[Any, Any]
    ) -> feature_pb2.ListFeaturesResponse:
        """See feature.proto."""
        return self._catalogue

    async def ListFields(
        self, request: feature_pb2.ListFieldsRequest, context: aio.ServicerContext[Any, Any]
    ) -> feature_pb2.ListFieldsResponse:
        """See feature.proto."""
        return self._fields

    def _compute(
        self,
        request: feature_pb2.ComputeFeaturesRequest,
        histories: NDArray[np.float32] | None,
        of_histories: Sequence[Finding],
    ) -> feature_pb2.ComputeFeaturesResponse:
        batch, nans = to_batch(request.applications)
        features = self._plan.compute(replace(batch, histories=histories))
        findings = []
        for row, (finding, of_history) in enumerate(zip(check(batch, features), of_histories, strict=True)):
            violations = _joined(nans.get(row, ()), (*finding.violations, *of_history.violations))
            warnings = (*finding.warnings, *of_history.warnings)
            if violations:
                features.matrix[row] = np.nan
            if violations or warnings:
                findings.append(_message(row, Finding(violations, warnings)))
        refused = sum(1 for finding in findings if finding.violations)
        REFUSED.inc(refused)
        COMPUTED.inc(len(batch) - refused)
        return feature_pb2.ComputeFeaturesResponse(
            schema_fingerprint=self._plan.schema.fingerprint,
            feature_count=features.matrix.shape[1],
            matrix=vector_bytes(features.matrix),
            findings=findings,
        )


def _joined(nans: Sequence[Violation], broken: Sequence[Violation]) -> tuple[Violation, ...]:
    """All violations; what is NaN is not also said to be missing."""
    named = {one.field for one in nans}
    return (*nans, *(one for one in broken if one.field not in named))


def _message(row: int, finding: Finding) -> feature_pb2.RowFindings:
    def fields(found: tuple[Violation, ...]) -> list[feature_pb2.FieldFinding]:
        return [feature_pb2.FieldFinding(field=one.field, description=one.rule) for one in found]

    return feature_pb2.RowFindings(row=row, violations=fields(finding.violations), warnings=fields(finding.warnings))


def _catalogue(plan: FeaturePlan) -> feature_pb2.ListFeaturesResponse:
    position = {name: at for at, name in enumerate(plan.schema.names)}
    ordered = sorted(CATALOGUE, key=lambda spec: position.get(spec.name, len(position)))
    return feature_pb2.ListFeaturesResponse(
        schema_fingerprint=plan.schema.fingerprint,
        features=[_feature(spec, position.get(spec.name)) for spec in ordered],
    )


def _feature(spec: FeatureSpec, position: int | None) -> feature_pb2.Feature:
    low, high = spec.valid
    return feature_pb2.Feature(
        name=spec.name,
        meaning=spec.meaning,
        unit=spec.unit,
        source_columns=sources(spec),
        minimum=low if math.isfinite(low) else None,
        maximum=high if math.isfinite(high) else None,
        missing=spec.missing,
        reason=spec.reason,
        protected_attribute=spec.protected or "",
        allowed_in_model=spec.in_model,
        position=position,
        monotone_direction=spec.monotone,
    )
