"""The feature service's composition root: ``python -m services.feature``."""

import asyncio

from grpc import aio

from creditrisk.api.feature.v1.feature_pb2_grpc import add_FeatureServiceServicer_to_server
from creditrisk.features.compute import FeaturePlan
from creditrisk.model.bundle import GOLDEN, BundleStore
from creditrisk.model.golden import Golden
from creditrisk.runtime.main import run
from creditrisk.runtime.server import Server
from services.feature.servicer import FeatureServicer
from services.feature.settings import FeatureSettings


async def serve(settings: FeatureSettings) -> None:
    """Load the schema, reproduce the golden rows, serve until told to stop."""
    bundle = await asyncio.to_thread(BundleStore(settings.bundle_store).current)
    plan = FeaturePlan(bundle.schema)
    Golden.from_json(bundle.read(GOLDEN).decode()).check_features(plan)

    def register(server: aio.Server) -> None:
        add_FeatureServiceServicer_to_server(FeatureServicer(plan), server)

    server = Server(settings, "creditrisk.api.feature.v1.FeatureService", register)
    await server.start()
    await server.serve_until_signal()


if __name__ == "__main__":
    run("feature", FeatureSettings, serve)
