"""An OpenID Connect provider whose answers a test can spoil."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT = "credit"
SECRET = "planted-client-secret"  # noqa: S105 - the tests' own


@dataclass
class StubProvider:
    """What the provider says; a test changes it."""

    address: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    published: RSAKey | None = None
    """The key that it tells, where that is not the one it signs with."""
    algorithm: str = "RS256"
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """Claims of the ID token beside those that must be there; None leaves one out."""
    userinfo: dict[str, Any] = field(default_factory=dict)
    failing: dict[str, int] = field(default_factory=dict)
    """Statuses by path."""
    asked: dict[str, str] = field(default_factory=dict)
    """What the browser was sent with."""
    seen: list[dict[str, str]] = field(default_factory=list)
    """Requests of tokens."""

    def authorize(self, location: str) -> str:
        """The query that the browser comes back with."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        return f"code=planted-code&state={self.asked['state']}"

    def answer(self, path: str, form: dict[str, str]) -> Any:
        """What is answered at a path."""
        if path == "/.well-known/openid-configuration":
            endpoints = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
            addresses = {f"{name}_endpoint": f"{self.address}/{path}" for name, path in endpoints.items()}
            return {"issuer": self.address, "jwks_uri": f"{self.address}/jwks"} | addresses | self.metadata
        if path == "/jwks":
            return {"keys": [(self.published or self.key).as_dict(private=False)]}
        if path == "/userinfo":
            return {"sub": "4711"} | self.userinfo
        self.seen.append(form)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        if challenge.decode() != self.asked["code_challenge"]:
            return {"error": "invalid_grant"}
        return {"access_token": "planted-token", "token_type": "Bearer", "id_token": self._token()}

    def _token(self) -> str:
        now = int(time.time())
        usual = {"iss": self.address, "aud": CLIENT, "sub": "4711", "iat": now, "exp": now + 60}
        claims = usual | {"nonce": self.asked["nonce"]} | self.claims
        key = OctKey.import_key(SECRET.encode()) if self.algorithm.startswith("HS") else self.key
        header = {"alg": self.algorithm, "kid": "one"}
        kept = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(header, kept, key, algorithms=[self.algorithm])


@contextmanager
def stub_provider() -> Iterator[StubProvider]:
    """A provider that serves on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            status = provider.failing.get(self.path, 200)
            content = json.dumps(provider.answer(self.path, form) if status == 200 else {}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = StubProvider(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
