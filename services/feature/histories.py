"""Histories of the applicants of a call, looked up in the online store, and what to say where they fall short."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.errors import InvalidHistories, Unavailable, Violation
from creditrisk.features.checks import NOTHING, Finding
from creditrisk.stores.histories import HistoryStore
from creditrisk.wire import from_timestamp

APPLICANT: Final = "sk_id_curr"
TIME: Final = "application_time"


class HistoryReader:
    """Histories as they may be used for applications: of the applicant, and from before the application."""

    def __init__(self, store: HistoryStore, max_age: timedelta) -> None:
        """Look up in ``store``; a history older than ``max_age`` is used with a warning."""
        self._store = store
        self._max_age = max_age

    async def read(
        self, applications: Sequence[LoanApplication], timeout: float
    ) -> tuple[NDArray[np.float32], list[Finding]]:
        """Histories float32 (n, aggregates), NaN where none may be used, and what is found, by application.

        Raises:
            Unavailable: the store did not answer within ``timeout`` seconds, or holds no histories of this layout.
        """
        try:
            found = await self._store.read([one.sk_id_curr for one in applications], timeout)
        except InvalidHistories as error:
            raise Unavailable(f"histories cannot be used: {error}") from error
        if found.as_of is None:
            raise Unavailable("no histories were materialised yet; run `python -m trainer materialize`")
        now = datetime.now(UTC)
        findings = []
        for row, application in enumerate(applications):
            try:
                time = from_timestamp(application.application_time) if application.HasField(TIME) else now
            except (ValueError, OverflowError):
                findings.append(Finding((Violation(TIME, "is no time of the years 1 to 9999"),), ()))
                continue
            warning = self._warning(application, time, found.as_of, known=bool(found.known[row]))
            findings.append(Finding((), (warning,)) if warning else NOTHING)
            if found.as_of > time:
                found.matrix[row] = np.nan
        return found.matrix, findings

    def _warning(
        self, application: LoanApplication, time: datetime, as_of: datetime, *, known: bool
    ) -> Violation | None:
        if application.sk_id_curr < 1:
            return Violation(APPLICANT, "is not given: no history is looked up, and its features are missing")
        if not known:
            return Violation(APPLICANT, "no history of this applicant is known: its features are missing")
        if as_of > time:
            rule = f"is before {as_of:%Y-%m-%d %H:%M} UTC, as of which the history is: it is not used"
            return Violation(TIME, rule)
        if time - as_of > self._max_age:
            return Violation(APPLICANT, f"the history is stale: as of {as_of:%Y-%m-%d}, {(time - as_of).days} days ago")
        return None
