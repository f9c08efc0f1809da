"""What tests of files share: the services as the page calls them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from creditrisk.runtime.channel import open_channel
from gateway.page.calls import Calls
from gateway.services import SERVICES, Services
from trainer.local import Service


@pytest.fixture
async def calls(services: dict[str, Service]) -> AsyncIterator[Calls]:
    """Calls of the running services."""
    async with AsyncExitStack() as held:
        channels = {}
        for name, service in services.items():
            channel = open_channel(service.target, [SERVICES[name].full_name])
            channels[name] = await held.enter_async_context(channel)
        yield Calls(Services(channels), 20.0)
