"""The explain service's composition root: ``python -m services.explain``."""

import asyncio

from grpc import aio

from creditrisk.api.explain.v1.explain_pb2_grpc import add_ExplainServiceServicer_to_server
from creditrisk.model.bundle import BundleStore
from creditrisk.runtime.channel import open_channel
from creditrisk.runtime.main import run
from creditrisk.runtime.server import Server
from services.explain.bundles import Explainers
from services.explain.decisions import SERVICE, DecisionClient
from services.explain.servicer import ExplainServicer
from services.explain.settings import ExplainSettings


async def serve(settings: ExplainSettings) -> None:
    """Load the current bundle, reproduce its golden rows, serve until told to stop."""
    explainers = await asyncio.to_thread(Explainers, BundleStore(settings.bundle_store), settings.bundle)
    async with open_channel(settings.scoring_target, [SERVICE]) as channel:
        servicer = ExplainServicer(explainers, DecisionClient(channel), settings.max_deadline)

        def register(server: aio.Server) -> None:
            add_ExplainServiceServicer_to_server(servicer, server)

        server = Server(settings, "creditrisk.api.explain.v1.ExplainService", register)
        await server.start()
        await server.serve_until_signal()


if __name__ == "__main__":
    run("explain", ExplainSettings, serve)
