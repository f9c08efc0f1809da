"""The gateway's composition root: ``python -m gateway``."""

from contextlib import AsyncExitStack

from creditrisk.runtime.channel import open_channel
from creditrisk.runtime.main import run
from gateway.app import make_app
from gateway.server import Server
from gateway.services import SERVICES, Services
from gateway.settings import GatewaySettings


async def serve(settings: GatewaySettings) -> None:
    """Open a channel to each service, serve until told to stop. A service that is down holds nothing up."""
    targets = {
        "feature": settings.feature_target,
        "scoring": settings.scoring_target,
        "explain": settings.explain_target,
        "drift": settings.drift_target,
    }
    async with AsyncExitStack() as held:
        channels = {}
        for name, target in targets.items():
            # Every call may be repeated: decisions by their request id, outcomes because a second one changes nothing.
            channel = open_channel(target, [SERVICES[name].full_name])
            channels[name] = await held.enter_async_context(channel)
        await Server(make_app(settings, Services(channels)), settings).run_until_signal()


if __name__ == "__main__":
    run("gateway", GatewaySettings, serve)
