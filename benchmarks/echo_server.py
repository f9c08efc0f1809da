"""A bare gRPC server: answers any method with as many bytes as the request's metadata asks for.

With ``next`` (a port) in the metadata it first calls the same method there and commits one row: the two
hops and the commit of a Score, with nothing in them.
"""

import asyncio
import sqlite3
import tempfile
import uuid
from pathlib import Path

import grpc
from grpc import aio

SIZE = "answer-bytes"
NEXT = "next-port"
NEXT_SIZE = "next-answer-bytes"
ROW = 1_500
"""Bytes of a row, about a decision's."""


class Echo(grpc.GenericRpcHandler):
    def __init__(self, commit: "Commit") -> None:
        self.commit = commit
        self.next = None

    def service(self, _: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(self.answer)

    async def answer(self, request: bytes, context: aio.ServicerContext) -> bytes:
        sent = dict(context.invocation_metadata())
        if NEXT in sent:
            if self.next is None:
                self.next = aio.insecure_channel(f"127.0.0.1:{sent[NEXT]}").unary_unary("/bare/Echo")
            await self.next(request, metadata=((SIZE, sent[NEXT_SIZE]),))
            self.commit()
        return bytes(int(sent[SIZE]))


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


async def main(folder: Path) -> None:
    server = aio.server()
    server.add_generic_rpc_handlers((Echo(Commit(folder / "bare.db")),))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(main(Path(scratch)))
