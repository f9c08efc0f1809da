"""DriftService: convert, call, convert."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from grpc import aio

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.api.drift.v1 import drift_pb2_grpc
from creditrisk.errors import InvalidArgument, Unavailable, Violation
from creditrisk.runtime.deadline import Deadline
from creditrisk.stores.alerts import Alerts
from creditrisk.stores.drift_reads import DriftReads, Window
from creditrisk.stores.drift_state import DriftState
from creditrisk.wire import micros_to_timestamp
from services.drift.intake import Poison, outcome_of
from services.drift.messages import alert_message
from services.drift.pages import page_size, read_alert_token, read_window_token, token_of_alert, token_of_window
from services.drift.reports import Reports
from services.drift.vintages import VintageReports

MOST_OUTCOMES: Final = 10_000
LOOK: Final = 1.0
"""Seconds between looks for new alerts; they may be raised by another replica."""
ALERTS: Final = 100

T = TypeVar("T")
Context = aio.ServicerContext[Any, Any]


class DriftServicer(drift_pb2_grpc.DriftServiceServicer):
    """Answers from the state."""

    def __init__(
        self,
        state: DriftState,
        reads: DriftReads,
        alerts: Alerts,
        reports: Reports,
        vintages: VintageReports,
        most: float,
        stopping: asyncio.Event,
    ) -> None:
        """``most``: seconds a call may take; ``stopping`` ends streams."""
        self._state = state
        self._reads = reads
        self._alerts = alerts
        self._reports = reports
        self._vintages = vintages
        self._most = most
        self._stopping = stopping

    async def GetDriftReport(self, request: pb.GetDriftReportRequest, context: Context) -> pb.GetDriftReportResponse:
        """See drift.proto."""
        return await self._call(context, lambda: self._reports.drift(request))

    async def GetReference(self, request: pb.GetReferenceRequest, context: Context) -> pb.GetReferenceResponse:
        """See drift.proto."""
        return await self._call(context, lambda: self._reports.reference(request))

    async def ListVintages(self, request: pb.ListVintagesRequest, context: Context) -> pb.ListVintagesResponse:
        """See drift.proto."""
        return await self._call(context, lambda: self._vintages.report(request, datetime.now(UTC)))

    async def ListWindows(self, request: pb.ListWindowsRequest, context: Context) -> pb.ListWindowsResponse:
        """See drift.proto."""
        size, after = page_size(request.page_size), read_window_token(request.page_token)
        # One more than asked for tells whether there is a next page.
        found = await self._call(context, lambda: self._reads.windows(request.bundle_hash or None, after, size + 1))
        shown = found[:size]
        return pb.ListWindowsResponse(
            windows=[self._window(one) for one in shown],
            next_page_token=token_of_window(shown[-1]) if len(found) > size else "",
        )

    async def RecordOutcomes(self, request: pb.RecordOutcomesRequest, context: Context) -> pb.RecordOutcomesResponse:
        """See drift.proto."""
        if not 1 <= len(request.outcomes) <= MOST_OUTCOMES:
            raise InvalidArgument([Violation("outcomes", f"must be 1 to {MOST_OUTCOMES:,}")])
        outcomes, violations = [], []
        for at, one in enumerate(request.outcomes):
            try:
                outcomes.append(outcome_of(one))
            except Poison as reason:
                violations.append(Violation(f"outcomes[{at}]", str(reason)))
        if violations:
            raise InvalidArgument(violations)
        await self._call(context, lambda: self._state.apply({}, [], outcomes))
        return pb.RecordOutcomesResponse()

    async def ListAlerts(self, request: pb.ListAlertsRequest, context: Context) -> pb.ListAlertsResponse:
        """See drift.proto."""
        size, before = page_size(request.page_size), read_alert_token(request.page_token)
        found = await self._call(context, lambda: self._alerts.newest(request.bundle_hash or None, before, size + 1))
        shown = found[:size]
        return pb.ListAlertsResponse(
            alerts=[alert_message(one, self._state.window) for one in shown],
            next_page_token=token_of_alert(shown[-1]) if len(found) > size else "",
        )

    async def WatchAlerts(
        self, request: pb.WatchAlertsRequest, context: Context
    ) -> AsyncIterator[pb.WatchAlertsResponse]:
        """See drift.proto."""
        last = request.after_alert_id
        while not self._stopping.is_set():
            found = await asyncio.to_thread(self._alerts.after, last, ALERTS)
            for one in found:
                yield pb.WatchAlertsResponse(alert=alert_message(one, self._state.window))
                last = one.alert_id
            if len(found) < ALERTS:
                try:
                    await asyncio.wait_for(self._stopping.wait(), LOOK)
                except TimeoutError:
                    continue
        raise Unavailable("the service stops; call again with the last alert_id")

    async def _call(self, context: Context, work: Callable[[], T]) -> T:
        """Do blocking ``work`` within the call's deadline."""
        try:
            return await asyncio.wait_for(asyncio.to_thread(work), Deadline(context, self._most).left())
        except TimeoutError as error:
            raise Unavailable("the drift state, or the bundle store, did not answer in time") from error

    def _window(self, one: Window) -> pb.Window:
        return pb.Window(
            bundle_hash=one.bundle_hash,
            begin=micros_to_timestamp(one.start),
            end=micros_to_timestamp(one.start + self._state.window),
            rows=one.rows,
            judged_at=None if one.judged_at is None else micros_to_timestamp(one.judged_at),
            alarms=one.alarms,
        )
