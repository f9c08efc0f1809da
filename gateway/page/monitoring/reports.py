"""Reports on many windows at once, and no more calls than there is news."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.calls import CallFailed, Calls
from gateway.page.monitoring.subject import Subject

AT_ONCE: Final = 4
"""Reports asked for at once; each costs the drift service some 0.2 s of work."""
KEPT: Final = 128
"""Reports kept, of about 25 kB (169 features) to 75 kB (493)."""
NOTHING_THERE: Final = (400, 404)
"""The window has no decision of the segment, its bundle no such segment, or the store its bundle no more."""

Key = tuple[str, int, int, int, str]


@dataclass(frozen=True, slots=True)
class Reported:
    """A window, and the report on a segment of it; None: there is nothing to report."""

    window: pb.Window
    report: pb.GetDriftReportResponse | None


class Reports:
    """Reports of the drift service, kept until their window has more decisions or a verdict."""

    def __init__(self, calls: Calls) -> None:
        """Ask by ``calls``."""
        self._calls = calls
        self._kept: OrderedDict[Key, pb.GetDriftReportResponse] = OrderedDict()
        self._places = asyncio.Semaphore(AT_ONCE)

    async def newest(self, count: int, segment: str) -> list[Reported]:
        """The newest ``count`` windows, newest first: 1 call, and 1 for each whose report is not kept.

        Raises:
            CallFailed: the drift service did not answer.
        """
        found = await self._calls.ask(self._calls.drift.ListWindows, pb.ListWindowsRequest(page_size=count))
        reports = await asyncio.gather(*(self._of(window, segment) for window in found.windows))
        return [Reported(window, report) for window, report in zip(found.windows, reports, strict=True)]

    async def last(self, decisions: int, segment: str) -> pb.GetDriftReportResponse:
        """The report on the last ``decisions`` of the newest bundle.

        Raises:
            CallFailed: there is none.
        """
        return await self._ask(pb.GetDriftReportRequest(last=decisions, segment=segment))

    async def opened(self, subject: Subject) -> pb.GetDriftReportResponse:
        """The report on one quantity, with its bins.

        Raises:
            CallFailed: there is none.
        """
        return await self._ask(subject.request())

    async def _of(self, window: pb.Window, segment: str) -> pb.GetDriftReportResponse | None:
        key = _key(window, segment)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        asked = pb.GetDriftReportRequest(window_start=window.begin, bundle_hash=window.bundle_hash, segment=segment)
        try:
            report = await self._ask(asked)
        except CallFailed as error:
            if error.problem.status in NOTHING_THERE:
                return None
            raise
        self._kept[key] = report
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return report

    async def _ask(self, request: pb.GetDriftReportRequest) -> pb.GetDriftReportResponse:
        async with self._places:
            return await self._calls.ask(self._calls.drift.GetDriftReport, request)


def _key(window: pb.Window, segment: str) -> Key:
    """A report is the same as long as this is: decisions are only ever added to a window."""
    begin, judged = window.begin.ToMicroseconds(), window.judged_at.ToMicroseconds()
    return window.bundle_hash, begin, window.rows, judged, segment
