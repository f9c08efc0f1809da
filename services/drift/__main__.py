"""The drift service's composition root: ``python -m services.drift``."""

import asyncio
from contextlib import AsyncExitStack

from grpc import aio

from creditrisk.api.drift.v1.drift_pb2_grpc import add_DriftServiceServicer_to_server
from creditrisk.events.consumer import Consumer
from creditrisk.model.bundle import BundleStore
from creditrisk.runtime.main import run
from creditrisk.runtime.server import Server
from creditrisk.stores.alerts import Alerts
from creditrisk.stores.drift_reads import DriftReads
from creditrisk.stores.drift_state import DriftState
from creditrisk.stores.engine import open_engine
from creditrisk.stores.lock import sole_owner
from creditrisk.stores.vintages import Vintages
from services.drift.bundles import WatchedBundles
from services.drift.events import open_alerts, open_set_aside, open_source
from services.drift.intake import Intake
from services.drift.judge import Judge
from services.drift.reports import Reports
from services.drift.servicer import DriftServicer
from services.drift.settings import DriftSettings
from services.drift.vintages import VintageReports


async def serve(settings: DriftSettings) -> None:
    """Load the current bundle's reference, open the state, consume, judge and serve until told to stop."""
    store = BundleStore(settings.bundle_store)
    bundles = WatchedBundles(store)
    await asyncio.to_thread(lambda: bundles.of(store.take(settings.bundle).hash))
    engine = open_engine(settings.database_url, settings.max_deadline)
    async with AsyncExitStack() as held:
        held.enter_context(sole_owner(engine))
        state = await asyncio.to_thread(DriftState, engine, settings.window_seconds * 10**6)
        held.callback(state.close)
        reads, alerts = DriftReads(engine), Alerts(engine)
        reports = Reports(reads, bundles, state.window)
        vintages = VintageReports(reads, Vintages(engine), bundles)
        stopping = asyncio.Event()
        servicer = DriftServicer(state, reads, alerts, reports, vintages, settings.max_deadline, stopping)
        intake = Intake(bundles, settings.outcomes_topic, settings.bundle_patience)
        consumer = Consumer(open_source(settings, state), state, intake, open_set_aside(settings))
        judge = Judge(
            state,
            reads,
            alerts,
            bundles,
            settings.predictions_topic,
            settings.lateness,
            settings.retention_days,
            open_alerts(settings),
        )

        def register(server: aio.Server) -> None:
            add_DriftServiceServicer_to_server(servicer, server)

        server = Server(settings, "creditrisk.api.drift.v1.DriftService", register, stopping)
        await server.start()
        consumer.worker.start()
        judge.worker.start()
        await server.serve_until_signal()
        await asyncio.to_thread(consumer.worker.stop, settings.drain)
        await asyncio.to_thread(judge.worker.stop, settings.drain)


if __name__ == "__main__":
    run("drift", DriftSettings, serve)
