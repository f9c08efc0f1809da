"""The scoring service's composition root: ``python -m services.scoring``."""

import asyncio
from contextlib import AsyncExitStack, closing

from grpc import aio

from creditrisk.api.scoring.v1.scoring_pb2_grpc import add_ScoringServiceServicer_to_server
from creditrisk.decision.assess import Assessor
from creditrisk.decision.policy import Domain, Policy
from creditrisk.model.bundle import GOLDEN, ONNX, BundleStore
from creditrisk.model.golden import Golden
from creditrisk.model.scorer import Scorer
from creditrisk.runtime.channel import open_channel
from creditrisk.runtime.main import run
from creditrisk.runtime.server import Server
from creditrisk.stores.decisions import DecisionStore
from creditrisk.stores.engine import open_engine
from creditrisk.stores.lock import sole_owner
from creditrisk.stores.retention import keep_for
from services.scoring.description import describe
from services.scoring.events import open_relay, unbounded
from services.scoring.features import SERVICE, FeatureClient
from services.scoring.pipeline import Pipeline
from services.scoring.servicer import ScoringServicer
from services.scoring.settings import ScoringSettings


async def serve(settings: ScoringSettings) -> None:
    """Load model and policy, reproduce the golden rows, open the store, serve until told to stop."""
    bundle = await asyncio.to_thread(BundleStore(settings.bundle_store).take, settings.bundle)
    scorer = Scorer(bundle.read(ONNX))
    Golden.from_json(bundle.read(GOLDEN).decode()).check_scores(scorer)
    policy = Policy.read(settings.policy, Domain.of(bundle.schema))
    engine = open_engine(settings.database_url, settings.max_deadline)
    async with AsyncExitStack() as held:
        held.enter_context(sole_owner(engine))
        relay = open_relay(settings, engine)
        store = held.enter_context(closing(DecisionStore(engine, relayed=relay is not None)))
        channel = await held.enter_async_context(open_channel(settings.feature_target, [SERVICE]))
        if settings.retention_days is not None:
            retention = asyncio.create_task(keep_for(store, settings.retention_days))
            held.callback(retention.cancel)
        pipeline = Pipeline(FeatureClient(channel, bundle.schema), Assessor(bundle, scorer, policy))
        admit = relay.check if relay else unbounded
        servicer = ScoringServicer(pipeline, store, describe(bundle, policy), settings.max_deadline, admit)

        def register(server: aio.Server) -> None:
            add_ScoringServiceServicer_to_server(servicer, server)

        server = Server(settings, "creditrisk.api.scoring.v1.ScoringService", register)
        await server.start()
        if relay:
            relay.start()
        await server.serve_until_signal()
        if relay:
            await asyncio.to_thread(relay.stop, settings.drain)


if __name__ == "__main__":
    run("scoring", ScoringSettings, serve)
