"""How every process that serves begins and ends."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from creditrisk.errors import CreditRiskError, InvalidSettings
from creditrisk.runtime.settings import ProcessSettings
from creditrisk.runtime.telemetry import configure_logs

S = TypeVar("S", bound=ProcessSettings)


def run(service: str, settings: type[S], serve: Callable[[S], Awaitable[None]]) -> None:
    """Read the settings, log as JSON, serve; exit 1 with one clear line when the service cannot start."""
    try:
        read = settings.read()
        configure_logs(service, read.log_level, read.log_file)
    except InvalidSettings as error:
        sys.exit(f"{service}: {error}")

    async def main() -> None:
        await serve(read)

    try:
        asyncio.run(main())
    except CreditRiskError as error:
        logging.getLogger("server").critical("cannot serve: %s", error)
        sys.exit(1)
