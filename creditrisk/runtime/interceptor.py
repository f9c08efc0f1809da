"""What surrounds every RPC: request id, deadline, metrics, access log, errors as gRPC status.

One interceptor for all five, because each needs the outcome of the call and each layer costs.
"""

import inspect
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Final

import grpc
from google.protobuf import any_pb2
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc import aio

from creditrisk.errors import (
    CreditRiskError,
    Exhausted,
    InvalidApplication,
    InvalidArgument,
    NotFound,
    RequestConflict,
    Unavailable,
    Violation,
)
from creditrisk.runtime.telemetry import HANDLED, HANDLING, REQUEST_ID, STARTED

log = logging.getLogger("rpc")

CODES: Final[tuple[tuple[type[CreditRiskError], grpc.StatusCode], ...]] = (
    (InvalidApplication, grpc.StatusCode.INVALID_ARGUMENT),
    (InvalidArgument, grpc.StatusCode.INVALID_ARGUMENT),
    (NotFound, grpc.StatusCode.NOT_FOUND),
    (RequestConflict, grpc.StatusCode.ALREADY_EXISTS),
    (Unavailable, grpc.StatusCode.UNAVAILABLE),
    (Exhausted, grpc.StatusCode.RESOURCE_EXHAUSTED),
)
DETAILS: Final = "grpc-status-details-bin"
"""Trailing metadata that carries google.rpc.Status, by the gRPC richer error model."""
LARGEST_DETAILS: Final = 3_000
LONGEST_MESSAGE: Final = 600
"""Bytes. Clients take 8 KiB of metadata; what is larger would reach them as another error."""
LONGEST_ID: Final = 128
"""Characters of a request id that are logged and passed on."""
QUIET: Final = ("grpc.health.", "grpc.reflection.")
"""Services whose calls are counted, and logged only at DEBUG."""

Handler = Callable[[Any, aio.ServicerContext[Any, Any]], Awaitable[Any]]


def status_code(error: CreditRiskError) -> grpc.StatusCode:
    """The gRPC status of a domain error; INTERNAL where it is not the caller's to know."""
    return next((code for kind, code in CODES if isinstance(error, kind)), grpc.StatusCode.INTERNAL)


def metadata(context: aio.ServicerContext[Any, Any], key: str) -> str:
    """Text metadata of a call; empty where it was not sent."""
    sent = context.invocation_metadata() or ()
    return next((value for name, value in sent if name == key and isinstance(value, str)), "")


def violations(error: CreditRiskError) -> tuple[Violation, ...]:
    """The broken rules an error names; none for most."""
    return error.violations if isinstance(error, (InvalidApplication, InvalidArgument)) else ()


class CallInterceptor(aio.ServerInterceptor):
    """Wraps unary RPCs, and streams that are generators; those of health and reflection pass as they are."""

    def __init__(self) -> None:
        self._wrapped: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], "Awaitable[grpc.RpcMethodHandler[Any, Any] | None]"],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """The handler of the call, wrapped once a method."""
        path = handler_call_details.method
        if (known := self._wrapped.get(path)) is not None:
            return known
        handler = await continuation(handler_call_details)
        if handler is None or handler.request_streaming:
            return handler
        if handler.response_streaming and not inspect.isasyncgenfunction(handler.unary_stream):
            return handler
        _, service, method = path.split("/", 2)
        kind, make, serve = (
            ("server_stream", grpc.unary_stream_rpc_method_handler, handler.unary_stream)
            if handler.response_streaming
            else ("unary", grpc.unary_unary_rpc_method_handler, handler.unary_unary)
        )
        wrapped = _Method(kind, service, method, serve)
        self._wrapped[path] = make(
            wrapped.stream if handler.response_streaming else wrapped.serve,
            request_deserializer=handler.request_deserializer,
            response_serializer=handler.response_serializer,
        )
        return self._wrapped[path]


class _Method:
    """One method, with its metrics' labels resolved."""

    def __init__(self, kind: str, service: str, method: str, handler: Any) -> None:
        self._name = f"{service}/{method}"
        labels = (kind, service, method)
        self._started = STARTED.labels(*labels)
        self._handling = HANDLING.labels(*labels)
        self._handled = {code: HANDLED.labels(*labels, code.name) for code in grpc.StatusCode}
        self._handler = handler
        self._quiet = service.startswith(QUIET)

    async def serve(self, request: Any, context: aio.ServicerContext[Any, Any]) -> Any:
        begun, code = self._begin(context), grpc.StatusCode.OK
        try:
            return await self._handler(request, context)
        except BaseException as error:
            code = _code(error, context)
            await _abort(context, code, error)
            raise
        finally:
            self._end(begun, code)

    async def stream(self, request: Any, context: aio.ServicerContext[Any, Any]) -> AsyncIterator[Any]:
        begun, code = self._begin(context), grpc.StatusCode.OK
        try:
            async for response in self._handler(request, context):
                yield response
        except BaseException as error:
            code = _code(error, context)
            await _abort(context, code, error)
            raise
        finally:
            self._end(begun, code)

    def _begin(self, context: aio.ServicerContext[Any, Any]) -> float:
        REQUEST_ID.set(metadata(context, "x-request-id")[:LONGEST_ID] or uuid.uuid4().hex)
        self._started.inc()
        return time.perf_counter()

    def _end(self, begun: float, code: grpc.StatusCode) -> None:
        seconds = time.perf_counter() - begun
        self._handled[code].inc()
        self._handling.observe(seconds)
        # A line a good call would cost a tenth of the call; metrics count them, DEBUG shows them.
        level = logging.DEBUG if self._quiet or code is grpc.StatusCode.OK else logging.INFO
        if log.isEnabledFor(level):
            log.log(level, self._name, extra={"code": code.name, "ms": round(seconds * 1e3, 3)})


def _code(error: BaseException, context: aio.ServicerContext[Any, Any]) -> grpc.StatusCode:
    """The status that a call ends with by ``error``."""
    if isinstance(error, CreditRiskError):
        return status_code(error)
    if isinstance(error, aio.AbortError):
        return grpc.StatusCode(context.code()) if context.code() else grpc.StatusCode.UNKNOWN
    return grpc.StatusCode.INTERNAL if isinstance(error, Exception) else grpc.StatusCode.CANCELLED


async def _abort(context: aio.ServicerContext[Any, Any], code: grpc.StatusCode, error: BaseException) -> None:
    """End the call with ``error``'s status; a call that was aborted or cancelled has ended."""
    if isinstance(error, aio.AbortError) or not isinstance(error, Exception):
        return
    if code is grpc.StatusCode.INTERNAL:
        # The caller gets an id to quote, the log gets the rest.
        incident = uuid.uuid4().hex[:12]
        log.error("unexpected error", exc_info=error, extra={"incident": incident})
        await context.abort(code, f"internal error, incident {incident}")
    details, left_out = _field_violations(violations(error) if isinstance(error, CreditRiskError) else ())
    message = _shortened(str(error)) + (f" … and {left_out} more" if left_out else "")
    status = status_pb2.Status(code=code.value[0] or code_pb2.UNKNOWN, message=message)
    if details.field_violations:
        packed = any_pb2.Any()
        packed.Pack(details)
        status.details.append(packed)
    await context.abort(code, message, ((DETAILS, status.SerializeToString()),))


def _field_violations(found: Sequence[Violation]) -> tuple[error_details_pb2.BadRequest, int]:
    """As many of the broken rules as fit, in order, and the number left out."""
    details = error_details_pb2.BadRequest()
    for at, one in enumerate(found):
        details.field_violations.add(field=one.field, description=_shortened(one.rule))
        if details.ByteSize() > LARGEST_DETAILS:
            del details.field_violations[at]
            return details, len(found) - at
    return details, 0


def _shortened(text: str) -> str:
    return text.encode()[:LONGEST_MESSAGE].decode(errors="ignore")
