"""What a button of the tab opens: a quantity, somewhere."""

import json
from dataclasses import dataclass, replace
from typing import Final

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.errors import InvalidArgument, Violation

LONGEST: Final = 1_000
"""Characters of a key at most."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A quantity of a segment's decisions: of the window that begins then (µs since 1970), or of the last ones."""

    quantity: str
    segment: str
    bundle_hash: str
    begin: int = 0
    last: int = 0
    """So many decisions; 0: the window."""

    @property
    def key(self) -> str:
        """As a button has it."""
        return json.dumps([self.quantity, self.segment, self.bundle_hash, self.begin, self.last])

    def at(self, window: pb.Window) -> "Subject":
        """The same quantity in ``window``."""
        return replace(self, bundle_hash=window.bundle_hash, begin=window.begin.ToMicroseconds(), last=0)

    def request(self) -> pb.GetDriftReportRequest:
        """What the drift service is asked for."""
        asked = pb.GetDriftReportRequest(
            bundle_hash=self.bundle_hash, segment=self.segment, quantities=[self.quantity], include_bins=True
        )
        if self.last:
            asked.last = self.last
        else:
            asked.window_start.FromMicroseconds(self.begin)
        return asked


def read_subject(key: str) -> Subject:
    """The subject of a button's ``key``, which comes from a browser and may be anything.

    Raises:
        InvalidArgument: it is none.
    """
    try:
        quantity, segment, bundle_hash, begin, last = json.loads(key[:LONGEST])
        subject = Subject(str(quantity), str(segment), str(bundle_hash), int(begin), int(last))
        subject.request()
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidArgument([Violation("open", "is no quantity of a window")]) from error
    return subject
