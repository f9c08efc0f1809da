"""Reports on windows and on the last decisions, and on the reference they are compared with."""

from collections.abc import Sequence
from typing import Final

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.drift.monitor import Measured
from creditrisk.drift.performance import estimate
from creditrisk.drift.reference import ALL, Reference
from creditrisk.errors import InvalidArgument, InvalidBundle, NotFound, Violation
from creditrisk.stores.drift_reads import BySegment, DriftReads
from creditrisk.wire import micros_to_timestamp
from services.drift.bundles import Watched, WatchedBundles
from services.drift.messages import estimated_message, quantity_message, reference_message

MOST: Final = 1_000_000


class Reports:
    """Makes reports from one state."""

    def __init__(self, reads: DriftReads, bundles: WatchedBundles, window: int) -> None:
        """Read the state with ``reads``; ``window``: the width of windows in microseconds."""
        self._reads = reads
        self._bundles = bundles
        self._window = window

    def drift(self, request: pb.GetDriftReportRequest) -> pb.GetDriftReportResponse:
        """See drift.proto. Blocking.

        Raises:
            InvalidArgument: naming the field.
            NotFound: nothing was counted there, or the bundle is not there.
            Unavailable: the state does not answer.
        """
        watched, counts, span, judged_at = self._counts(request)
        reference = watched.layout.reference
        segment = _segment(request.segment, reference)
        chosen = _chosen(request.quantities, watched)
        if request.top_k < 0:
            raise InvalidArgument([Violation("top_k", "must not be negative")])
        compared = watched.monitor.compare(counts)
        if segment not in compared:
            raise NotFound(f"no decision in segment {segment!r} was counted there")
        found = compared[segment]
        measured = [found.quantities[place] for place in chosen]
        if request.top_k:
            measured = sorted(measured, key=_weight)[: request.top_k]
        margins = watched.layout.margins(found.counts)
        return pb.GetDriftReportResponse(
            bundle_hash=watched.bundle.hash,
            model_version=watched.bundle.manifest.model_version,
            synthetic_model=watched.bundle.manifest.synthetic,
            begin=micros_to_timestamp(span[0]),
            end=micros_to_timestamp(span[1]),
            segment=segment,
            segments=[
                pb.SegmentRows(segment=name, rows=one.rows, reference_rows=reference.segments[name].rows)
                for name, one in compared.items()
            ],
            rows=found.rows,
            reference_rows=reference.segments[segment].rows,
            judged_at=None if judged_at is None else micros_to_timestamp(judged_at),
            quantities=[quantity_message(one, include_bins=request.include_bins) for one in measured],
            alarms=sum(one.alarm for part in compared.values() for one in part.quantities),
            estimated=estimated_message(estimate(margins, reference)),
        )

    def reference(self, request: pb.GetReferenceRequest) -> pb.GetReferenceResponse:
        """See drift.proto. Blocking.

        Raises:
            InvalidArgument: naming the field.
            NotFound: the bundle is not there.
        """
        if not request.bundle_hash:
            raise InvalidArgument([Violation("bundle_hash", "is required: the SHA-256 (hex) of a bundle")])
        watched = watched_bundle(self._reads, self._bundles, request.bundle_hash)
        reference = watched.layout.reference
        segment = _segment(request.segment, reference)
        rows, counts = reference.segments[segment].rows, reference.segments[segment].counts
        labels = watched.monitor.labels
        return pb.GetReferenceResponse(
            bundle_hash=watched.bundle.hash,
            model_version=watched.bundle.manifest.model_version,
            synthetic_model=watched.bundle.manifest.synthetic,
            segment=segment,
            segments=[
                pb.SegmentRows(segment=name, reference_rows=one.rows) for name, one in reference.segments.items()
            ],
            reference_rows=rows,
            quantities=[
                reference_message(reference.quantities[place], labels[place], counts[place])
                for place in _chosen(request.quantities, watched)
            ],
        )

    def _counts(self, request: pb.GetDriftReportRequest) -> tuple[Watched, BySegment, tuple[int, int], int | None]:
        """What is asked for: the bundle, its counts, their begin and end, and when they were judged, if so."""
        if request.WhichOneof("subject") == "last":
            if not 1 <= request.last <= MOST:
                raise InvalidArgument([Violation("last", f"must be 1 to {MOST:,}")])
            watched = watched_bundle(self._reads, self._bundles, request.bundle_hash)
            counts, begin, end = self._reads.last(watched.bundle.hash, request.last, watched.layout)
            return _some(watched, counts), counts, (begin, end), None
        if request.HasField("window_start"):
            start = request.window_start.ToMicroseconds()
            if start % self._window:
                rule = f"no window starts then; they are {self._window // 10**6} s wide, from 1970 UTC"
                raise InvalidArgument([Violation("window_start", rule)])
            watched = watched_bundle(self._reads, self._bundles, request.bundle_hash)
        else:
            newest = self._reads.newest_judged(request.bundle_hash or None)
            if newest is None:
                raise NotFound("no window was judged yet; ask for the last decisions, or wait for a window's end")
            bundle_hash, start = newest
            watched = watched_bundle(self._reads, self._bundles, bundle_hash)
        counts = self._reads.counts(watched.bundle.hash, (start, start + 1))
        judged_at = self._reads.judged_at(watched.bundle.hash, start)
        return _some(watched, counts), counts, (start, start + self._window), judged_at


def watched_bundle(reads: DriftReads, bundles: WatchedBundles, bundle_hash: str) -> Watched:
    """The bundle of a hash; empty: that of the newest decision.

    Raises:
        NotFound: there is no decision, or the bundle cannot be used.
    """
    chosen = bundle_hash or reads.newest_bundle()
    if chosen is None:
        raise NotFound("no decision was counted yet")
    try:
        return bundles.of(chosen)
    except InvalidBundle as error:
        raise NotFound(f"bundle {chosen[:80]} cannot be used: {error}") from error


def _some(watched: Watched, counts: BySegment) -> Watched:
    if not counts:
        raise NotFound(f"no decision of bundle {watched.bundle.hash[:12]} was counted there")
    return watched


def _segment(named: str, reference: Reference) -> str:
    """The segment that is asked for."""
    segment = named or ALL
    if segment not in reference.segments:
        known = ", ".join(reference.segments)
        raise InvalidArgument([Violation("segment", f"the reference has no segment of that name; it has {known}")])
    return segment


def _chosen(names: Sequence[str], watched: Watched) -> Sequence[int]:
    """Places of the quantities that are asked for."""
    at = watched.layout.at
    if unknown := [name for name in names if name not in at]:
        rule = f"the bundle has no feature {unknown[0][:80]!r}, and it is not PD or DECISION"
        raise InvalidArgument([Violation("quantities", rule)])
    return [at[name] for name in names] or range(len(at))


def _weight(one: Measured) -> tuple[float, float]:
    return (1.0 if one.adjusted_p is None else one.adjusted_p, -one.psi)
