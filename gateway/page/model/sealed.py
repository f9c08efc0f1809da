"""What a bundle holds to read, as the explain service hands it out; and which bundles there are."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from creditrisk.api.drift.v1 import drift_pb2
from creditrisk.api.explain.v1 import explain_pb2 as pb
from creditrisk.api.scoring.v1 import scoring_pb2
from creditrisk.model.bundle import CERTIFICATE
from creditrisk.model.reports import CARD
from gateway.page.calls import CallFailed, Calls
from gateway.page.views.curves import DRAWN

RECENT: Final = 200
"""Decisions, and windows, whose bundles are offered."""
PAGE, MARKDOWN = CARD
NUMBERS: Final = tuple(f"{name}.json" for name in DRAWN)
READ: Final = (MARKDOWN, CERTIFICATE, *NUMBERS)
"""What the page itself reads; of all others it names the address."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """The list of a bundle's reports, and those of ``READ`` that it has, by name."""

    listed: pb.ListReportsResponse
    read: Mapping[str, bytes]


async def sealed(calls: Calls, bundle_hash: str) -> Sealed:
    """What is to be read of a bundle; ``bundle_hash`` empty: of the one that the explain service serves.

    Raises:
        CallFailed: the service did not answer, or has no such bundle.
    """
    listed = await calls.ask(calls.explain.ListReports, pb.ListReportsRequest(bundle_hash=bundle_hash))
    names = [one.name for one in listed.reports if one.name in READ]
    asked = [pb.GetReportRequest(bundle_hash=listed.bundle_hash, name=name) for name in names]
    answers = await asyncio.gather(*(calls.ask(calls.explain.GetReport, one) for one in asked))
    return Sealed(listed, {name: one.content for name, one in zip(names, answers, strict=True)})


async def seen(calls: Calls) -> dict[str, str]:
    """Model versions by hash of the bundles of recent decisions and windows; empty: a bundle of windows alone.

    A service that does not answer has none to tell of.
    """
    decided, watched = await asyncio.gather(_decided(calls), _watched(calls))
    return watched | decided


async def _decided(calls: Calls) -> dict[str, str]:
    try:
        found = await calls.ask(calls.scoring.ListDecisions, scoring_pb2.ListDecisionsRequest(page_size=RECENT))
    except CallFailed:
        return {}
    return {one.assessment.bundle_hash: one.assessment.model_version for one in found.decisions}


async def _watched(calls: Calls) -> dict[str, str]:
    try:
        found = await calls.ask(calls.drift.ListWindows, drift_pb2.ListWindowsRequest(page_size=RECENT))
    except CallFailed:
        return {}
    return {one.bundle_hash: "" for one in found.windows}
