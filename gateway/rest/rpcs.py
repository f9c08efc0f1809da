"""Which RPCs are exposed, and where: the one table that routes and description are made from.

Left out on purpose: ComputeFeatures, which is between services, and WatchAlerts, which streams.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from google.protobuf.descriptor import Descriptor, MethodDescriptor

from gateway.services import SERVICES

Verb = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Rpc:
    """A unary RPC of a service under ``verb`` and ``path``.

    A POST takes the request as its body. A GET takes the fields in the path from there, the rest as query parameters.
    """

    service: str
    method: MethodDescriptor
    verb: Verb
    path: str

    @property
    def request(self) -> Descriptor:
        """The message it takes."""
        return self.method.input_type

    @property
    def response(self) -> Descriptor:
        """The message it answers."""
        return self.method.output_type

    @property
    def in_path(self) -> Sequence[str]:
        """JSON names of the request's fields that the path holds."""
        return re.findall(r"{(\w+)}", self.path)


def _rpc(service: str, method: str, verb: Verb, path: str) -> Rpc:
    return Rpc(service, SERVICES[service].methods_by_name[method], verb, path)


RPCS: Final = (
    _rpc("scoring", "Score", "POST", "/v1/score"),
    _rpc("scoring", "BatchScore", "POST", "/v1/score:batch"),
    _rpc("scoring", "Simulate", "POST", "/v1/simulate"),
    _rpc("scoring", "ListDecisions", "GET", "/v1/decisions"),
    _rpc("scoring", "GetDecision", "GET", "/v1/decisions/{predictionId}"),
    _rpc("scoring", "BatchGetDecisions", "POST", "/v1/decisions:batchGet"),
    _rpc("scoring", "GetModel", "GET", "/v1/model"),
    _rpc("explain", "Explain", "POST", "/v1/explain"),
    _rpc("explain", "BatchExplain", "POST", "/v1/explain:batch"),
    _rpc("explain", "ListReports", "GET", "/v1/reports"),
    _rpc("explain", "GetReport", "GET", "/v1/reports/{name}"),
    _rpc("feature", "ListFeatures", "GET", "/v1/features"),
    _rpc("feature", "ListFields", "GET", "/v1/fields"),
    _rpc("drift", "GetDriftReport", "GET", "/v1/drift"),
    _rpc("drift", "GetReference", "GET", "/v1/drift/reference"),
    _rpc("drift", "ListWindows", "GET", "/v1/drift/windows"),
    _rpc("drift", "ListVintages", "GET", "/v1/drift/vintages"),
    _rpc("drift", "ListAlerts", "GET", "/v1/drift/alerts"),
    _rpc("drift", "RecordOutcomes", "POST", "/v1/outcomes"),
)
