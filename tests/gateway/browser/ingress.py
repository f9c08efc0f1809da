"""A TLS ingress before the gateway: another host and scheme, a path prefix that it strips or does not."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.gateway.process import LOOPBACK

HOPS = {"connection", "transfer-encoding", "content-length", "keep-alive"}
METHODS = ["GET", "POST", "HEAD", "PUT", "DELETE"]


def listening() -> socket.socket:
    """A socket of a free port, for the ingress to take: its address is known before the gateway starts."""
    taken = socket.create_server((LOOPBACK, 0))
    taken.settimeout(0)
    return taken


@asynccontextmanager
async def ingress(on: socket.socket, gateway: str, prefix: str, folder: Path, *, strip: bool) -> AsyncIterator[None]:
    """Pass what comes under ``prefix`` by TLS on ``on`` to ``gateway`` (host:port); all else is 404."""
    key, certificate = _certificate(folder)
    async with httpx2.AsyncClient(timeout=60) as client:

        async def forward(request: Request) -> Response:
            path = request.url.path
            if not path.startswith(prefix):
                return Response(status_code=404)
            target = f"http://{gateway}{path.removeprefix(prefix) or '/' if strip else path}"
            headers = {name: value for name, value in request.headers.items() if name not in HOPS}
            given = {"x-forwarded-proto": "https", "x-forwarded-host": request.headers["host"], "host": gateway}
            sent = client.build_request(
                request.method,
                f"{target}?{request.url.query}",
                headers={**headers, **given, "accept-encoding": "identity"},
                content=await request.body(),
            )
            answer = await client.send(sent, stream=True)
            back = StreamingResponse(answer.aiter_raw(), answer.status_code)
            back.raw_headers = [pair for pair in answer.headers.raw if pair[0].lower().decode() not in HOPS]
            return back

        app = Starlette(routes=[Route("/{path:path}", forward, methods=METHODS)])
        config = uvicorn.Config(
            app, log_config=None, lifespan="off", ssl_keyfile=key, ssl_certfile=certificate, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[on])
        loop = asyncio.create_task(server.main_loop())
        try:
            yield
        finally:
            server.should_exit = True
            await loop
            await server.shutdown(sockets=[on])


def _certificate(folder: Path) -> tuple[str, str]:
    """Files of a key and of a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ingress")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "ingress.key", folder / "ingress.crt"
    encoding = serialization.Encoding.PEM
    files[0].write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    files[1].write_bytes(certificate.public_bytes(encoding))
    return str(files[0]), str(files[1])
