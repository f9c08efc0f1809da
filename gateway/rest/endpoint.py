"""One RPC over HTTP: read the request, call, write the answer."""

import asyncio
import logging
import math
import re
from typing import Final

from google.protobuf.message import Message
from grpc import aio
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from creditrisk.errors import InvalidArgument, Violation
from creditrisk.runtime.channel import outgoing
from creditrisk.runtime.deadline import MOST_KEPT, SHARE_KEPT
from gateway.rest.problems import Problem, of_argument, of_call
from gateway.rest.rpcs import Rpc
from gateway.rest.transcode import read_body, read_parameters, write
from gateway.services import Services

log = logging.getLogger("http")

CLIENT: Final = "X-Client-Id"
TIMEOUT: Final = "X-Timeout"
MEDIA_TYPE: Final = "application/json"
LARGE: Final = 2**16
"""Bytes of JSON that take milliseconds to read: more is read and written beside the event loop."""


class Bound:
    """How many calls are served at once, of all endpoints together."""

    def __init__(self, most: int) -> None:
        """``most``: more are turned away."""
        self._most = most
        self._serving = 0

    def __enter__(self) -> None:
        if self._serving >= self._most:
            detail = "the gateway has as many calls as it takes; retry later with the same ids"
            raise Problem(429, detail, code="RESOURCE_EXHAUSTED")
        self._serving += 1

    def __exit__(self, *_: object) -> None:
        self._serving -= 1


class Endpoint:
    """Serves one RPC."""

    def __init__(self, rpc: Rpc, services: Services, bound: Bound, most: float, largest: int) -> None:
        """``most``: seconds a call may take; ``largest``: bytes a body may have."""
        self._rpc = rpc
        self._bound = bound
        self._call = services.method(rpc.service, rpc.method)
        self._most = most
        self._largest = largest

    async def serve(self, request: Request) -> Response:
        """The answer of the RPC.

        Raises:
            Problem: there is none.
        """
        with self._bound:
            answer = await self._answer(request)
            content = write(answer) if answer.ByteSize() < LARGE else await asyncio.to_thread(write, answer)
        return Response(content, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})

    async def _answer(self, request: Request) -> Message:
        timeout = _timeout(request.headers, self._most)
        metadata = (*outgoing(), *_client(request.headers))
        try:
            message = await self._read(request)
        except InvalidArgument as error:
            raise of_argument(error) from error
        try:
            answer: Message = await self._call(message, timeout=timeout, metadata=metadata)
        except aio.AioRpcError as error:
            problem = of_call(error, self._rpc.service, self._rpc.request)
            if problem.status == 500:
                said = {"method": self._rpc.method.full_name, "code": error.code().name, "said": error.details()}
                log.warning("a call failed", extra=said)
            raise problem from error
        return answer

    async def _read(self, request: Request) -> Message:
        query = request.query_params.multi_items()
        if self._rpc.verb == "GET":
            return read_parameters(request.path_params, query, self._rpc.request)
        if query:
            raise InvalidArgument([Violation(name, "is no parameter; send a JSON body") for name, _ in query])
        sent = request.headers.get("content-type", "none")
        if not re.fullmatch(r"application/json *(; *charset=\"?utf-8\"?)?", sent, re.IGNORECASE):
            raise Problem(415, f"Content-Type must be {MEDIA_TYPE}, in UTF-8")
        if request.headers.get("content-encoding", "identity") != "identity":
            raise Problem(415, "Content-Encoding must be identity: send the body as it is")
        try:
            async with asyncio.timeout(self._most):
                body = await _body(request, self._largest)
        except TimeoutError as error:
            raise Problem(408, f"the body did not arrive within {self._most:g} s") from error
        if len(body) < LARGE:
            return read_body(body, self._rpc.request)
        return await asyncio.to_thread(read_body, body, self._rpc.request)


async def _body(request: Request, largest: int) -> bytes:
    """The whole body; not more of it than ``largest`` bytes is taken."""
    too_large = Problem(413, f"the body is larger than {largest:,} bytes; send less at once")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > largest:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise too_large
    return bytes(body)


def _timeout(headers: Headers, most: float) -> float:
    """Seconds for the call: what the caller gives it, at most ``most``, less what the way back takes."""
    given = headers.get(TIMEOUT)
    try:
        seconds = most if given is None else float(given)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise of_argument(InvalidArgument([Violation(TIMEOUT, "must be seconds, above 0")]))
    seconds = min(seconds, most)
    return seconds - min(SHARE_KEPT * seconds, MOST_KEPT)


def _client(headers: Headers) -> tuple[tuple[str, str], ...]:
    """Metadata that names the calling system."""
    client = headers.get(CLIENT)
    if client is None:
        return ()
    if not (client.isascii() and client.isprintable()):
        # Changed, two clients could share their request ids.
        raise of_argument(InvalidArgument([Violation(CLIENT, "must be printable ASCII")]))
    return (("x-client-id", client),)
