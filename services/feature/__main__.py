"""The feature service's composition root: ``python -m services.feature``."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

from grpc import aio

from creditrisk.api.feature.v1.feature_pb2_grpc import add_FeatureServiceServicer_to_server
from creditrisk.errors import InvalidSettings
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.history import AGGREGATES, LAYOUT
from creditrisk.model.bundle import GOLDEN, BundleStore
from creditrisk.model.golden import Golden
from creditrisk.runtime.main import run
from creditrisk.runtime.server import Server
from creditrisk.stores.histories import open_histories
from services.feature.histories import HistoryReader
from services.feature.servicer import FeatureServicer
from services.feature.settings import FeatureSettings


async def serve(settings: FeatureSettings) -> None:
    """Load the schema, reproduce the golden rows, serve until told to stop."""
    bundle = await asyncio.to_thread(BundleStore(settings.bundle_store).take, settings.bundle)
    plan = FeaturePlan(bundle.schema)
    Golden.from_json(bundle.read(GOLDEN).decode()).check_features(plan)
    async with AsyncExitStack() as held:
        reader = open_reader(settings, held) if plan.reads_histories else None
        servicer = FeatureServicer(plan, reader, settings.max_deadline)

        def register(server: aio.Server) -> None:
            add_FeatureServiceServicer_to_server(servicer, server)

        server = Server(settings, "creditrisk.api.feature.v1.FeatureService", register)
        await server.start()
        await server.serve_until_signal()


def open_reader(settings: FeatureSettings, held: AsyncExitStack) -> HistoryReader:
    """The reader of histories, its store closed with ``held``.

    Raises:
        InvalidSettings: no store is set.
    """
    url = settings.histories_url.get_secret_value()
    if not url:
        what = "HISTORIES_URL is required (sqlite:///file or redis://…): this bundle's features come from histories"
        raise InvalidSettings(what)
    store = open_histories(url, LAYOUT, len(AGGREGATES))
    held.push_async_callback(store.aclose)
    return HistoryReader(store, timedelta(days=settings.history_max_age_days))


if __name__ == "__main__":
    run("feature", FeatureSettings, serve)
