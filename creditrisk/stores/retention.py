"""Decisions older than their retention are deleted, once an hour."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from creditrisk.stores.decisions import DecisionStore

log = logging.getLogger("retention")
EVERY: Final = timedelta(hours=1)


async def keep_for(store: DecisionStore, days: int) -> None:
    """Delete what is older than ``days`` days, now and every hour; runs until cancelled."""
    while True:
        try:
            deleted = await asyncio.to_thread(store.forget, datetime.now(UTC) - timedelta(days=days))
            if deleted:
                log.info("deleted decisions past their retention", extra={"deleted": deleted, "days": days})
        except SQLAlchemyError as error:
            log.warning("retention must wait: the store does not answer (%s)", type(error).__name__)
        await asyncio.sleep(EVERY.total_seconds())
