"""The gateway as a process, and plain HTTP to it."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from prometheus_client.parser import text_string_to_metric_families

LOOPBACK = "127.0.0.1"
WITHIN = 60.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def into(self, message: Message) -> Any:
        """The message that the body is."""
        assert self.status == 200, self.body
        assert self.headers["content-type"] == "application/json"
        return ParseDict(self.json, message)

    def problem(self, status: int) -> Any:
        """The problem that the body is; it must have ``status``."""
        assert (self.status, self.headers["content-type"]) == (status, "application/problem+json"), self.body
        found = self.json
        assert {"type", "title", "status", "detail", "requestId"} <= found.keys()
        assert found["status"] == status
        assert found["requestId"] == self.headers["x-request-id"]
        return found

    def violations(self) -> dict[str, str]:
        """Rules by field, of a request that must have been refused."""
        found = self.problem(400)
        assert found["code"] == "INVALID_ARGUMENT"
        return {one["field"]: one["description"] for one in found["violations"]}


@dataclass(frozen=True)
class Gateway:
    process: "subprocess.Popen[bytes]"
    port: int
    log: Path

    def call(self, verb: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One request; a body goes as JSON, bytes and iterators of bytes as they are; header names have underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, (bytes, Iterator)):
            body = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("content-type", "application/json")
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=WITHIN)
        try:
            connection.request(verb, path, body, sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def samples(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """Its metrics by name and labels."""
        return {
            (one.name, frozenset(one.labels.items())): one.value
            for family in text_string_to_metric_families(self.get("/metrics").body.decode())
            for one in family.samples
        }

    def lines(self, message: str) -> list[dict[str, Any]]:
        """Lines of the log with a message."""
        found = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]
        return [line for line in found if line["message"] == message]


@contextmanager
def gateway_process(folder: Path, targets: Mapping[str, str], **settings: str) -> Iterator[Gateway]:
    """A gateway on a free port, once it serves; ``targets``: of services by name."""
    log = folder / "gateway.log"
    given = {f"{name.upper()}_TARGET": target for name, target in targets.items()} | {"PORT": "0"} | settings
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway"], env=os.environ | given, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        gateway = Gateway(process, 0, log)
        end = time.monotonic() + WITHIN
        while not (serving := gateway.lines("serving")):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            assert time.monotonic() < end, "the gateway does not serve"
            time.sleep(0.02)
        yield Gateway(process, serving[0]["port"], log)
    finally:
        process.terminate()
        process.wait(WITHIN)
