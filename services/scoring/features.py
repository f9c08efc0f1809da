"""The feature service as scoring sees it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from grpc import aio
from numpy.typing import NDArray

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.api.feature.v1.feature_pb2 import ComputeFeaturesRequest, FieldFinding
from creditrisk.api.feature.v1.feature_pb2_grpc import FeatureServiceStub
from creditrisk.errors import Unavailable, Violation
from creditrisk.features.checks import NOTHING, Finding
from creditrisk.features.schema import FeatureSchema
from creditrisk.runtime.channel import GONE, outgoing
from creditrisk.wire import vectors

SERVICE = "creditrisk.api.feature.v1.FeatureService"


@dataclass(frozen=True, slots=True)
class Computed:
    """``matrix``: float32 (n, features); ``findings``: one an application."""

    matrix: NDArray[np.float32]
    findings: Sequence[Finding]


class FeatureClient:
    """Asks the feature service for vectors of one schema."""

    def __init__(self, channel: aio.Channel, schema: FeatureSchema) -> None:
        """Use ``channel``; vectors of another schema than ``schema`` are refused."""
        self._stub = FeatureServiceStub(channel)
        self._schema = schema

    async def compute(self, applications: Sequence[LoanApplication], timeout: float) -> Computed:
        """Features of ``applications`` within ``timeout`` seconds.

        Raises:
            Unavailable: the service did not answer, or serves another schema (during a rollout).
        """
        request = ComputeFeaturesRequest(applications=applications)
        try:
            response = await self._stub.ComputeFeatures(request, timeout=timeout, metadata=outgoing())
        except aio.AioRpcError as error:
            if error.code() in GONE:
                raise Unavailable(f"the feature service did not answer ({error.code().name})") from error
            raise
        if response.schema_fingerprint != self._schema.fingerprint:
            raise Unavailable("the feature service serves another bundle's features; a rollout may be under way")
        findings = [NOTHING] * len(applications)
        for found in response.findings:
            findings[found.row] = Finding(_violations(found.violations), _violations(found.warnings))
        return Computed(vectors(response.matrix, len(self._schema.names)), findings)


def _violations(found: Sequence[FieldFinding]) -> tuple[Violation, ...]:
    return tuple(Violation(one.field, one.description) for one in found)
