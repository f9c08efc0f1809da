"""How loans turned out, by the month they were approved in, beside what had been expected of the same loans."""

from datetime import datetime
from typing import Final

import numpy as np

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.drift.performance import Estimate, Grid, estimate, realise
from creditrisk.drift.reference import DECISIONS
from creditrisk.errors import InvalidArgument, Violation
from creditrisk.stores.drift_reads import DriftReads
from creditrisk.stores.vintages import Vintage, Vintages, month_of, next_month
from creditrisk.wire import to_timestamp
from services.drift.bundles import Watched, WatchedBundles
from services.drift.messages import estimated_message, realised_message
from services.drift.reports import watched_bundle

_APPROVED: Final = DECISIONS.index("APPROVE")
_REFERRED: Final = DECISIONS.index("REFER")
NOT_MATURED: Final = "The maturity has not passed for every loan of the month."
NO_OUTCOME: Final = "No outcome of an approved loan is known at the maturity."
NO_COST: Final = "No cost: outcomes of declined applicants, or of some approved ones, are not known."


class VintageReports:
    """Makes reports on vintages."""

    def __init__(self, reads: DriftReads, vintages: Vintages, bundles: WatchedBundles) -> None:
        """Read the state with ``reads`` and ``vintages``."""
        self._reads = reads
        self._vintages = vintages
        self._bundles = bundles

    def report(self, request: pb.ListVintagesRequest, now: datetime) -> pb.ListVintagesResponse:
        """See drift.proto. Blocking.

        Raises:
            InvalidArgument: naming the field.
            NotFound: nothing was counted, or the bundle is not there.
            Unavailable: the state does not answer.
        """
        maturity = request.maturity.ToMicroseconds()
        if maturity <= 0:
            raise InvalidArgument([Violation("maturity", "must be positive")])
        watched = watched_bundle(self._reads, self._bundles, request.bundle_hash)
        response = pb.ListVintagesResponse(
            bundle_hash=watched.bundle.hash, model_version=watched.bundle.manifest.model_version
        )
        month = self._vintages.first_month(watched.bundle.hash)
        while month is not None and month <= month_of(now):
            vintage = self._vintages.read(watched.bundle.hash, month, maturity)
            matured = next_month(month).timestamp() + maturity / 1e6 <= now.timestamp()
            if (message := _vintage(vintage, watched, matured=matured)).decisions:
                response.vintages.insert(0, message)
            month = next_month(month)
        return response


def _vintage(vintage: Vintage, watched: Watched, *, matured: bool) -> pb.Vintage:
    """A month's loans: what came true of the approved ones that are labelled, beside what was expected of them."""
    reference = watched.layout.reference
    labelled = vintage.defaulted + vintage.repaid
    whole = labelled + vintage.unknown
    approved = int(whole[_APPROVED].sum())
    message = pb.Vintage(
        month=to_timestamp(vintage.month),
        matured=matured,
        decisions=int(whole.sum()),
        approved=approved,
        labelled=int(labelled[_APPROVED].sum()),
    )
    if not matured:
        message.notes.append(NOT_MATURED)
        return message
    if not message.labelled:
        message.notes.append(NO_OUTCOME)
        return message
    defaulted, repaid = (_of(one, _APPROVED) for one in (vintage.defaulted, vintage.repaid))
    realised = realise(defaulted, repaid, reference)
    expected = estimate(defaulted + repaid, reference)
    cost = None
    if not (vintage.unknown - _of(vintage.unknown, _REFERRED)).any():
        cost = realise(vintage.defaulted, vintage.repaid, reference).cost
    else:
        message.notes.append(NO_COST)
    if message.labelled < approved:
        message.notes.append(
            f"{approved - message.labelled} of {approved} approved loans have no known outcome and are left out of "
            "both sides; where defaults are reported sooner than good loans, realised figures look worse than they are."
        )
    message.realised.CopyFrom(realised_message(realised, cost=cost))
    message.expected.CopyFrom(estimated_message(expected))
    pairs: list[tuple[str, float, Estimate]] = [
        ("auc", realised.auc, expected.auc),
        ("brier", realised.brier, expected.brier),
        ("default_rate", realised.default_rate, expected.default_rate),
    ]
    message.outside.extend(name for name, value, one in pairs if value < one.low or value > one.high)
    return message


def _of(grid: Grid, decision: int) -> Grid:
    """A grid with the rows of one decision alone."""
    alone = np.zeros_like(grid)
    alone[decision] = grid[decision]
    return alone
