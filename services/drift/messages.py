"""What drift found, as messages."""

import math
from collections.abc import Sequence

import numpy as np

from creditrisk.api.drift.v1 import drift_pb2 as pb
from creditrisk.drift import statistics
from creditrisk.drift.monitor import Counts, Measured
from creditrisk.drift.performance import ASSUMES, Estimate, Estimated, Realised
from creditrisk.drift.quantity import Quantity
from creditrisk.stores.alerts import Alert
from creditrisk.wire import micros_to_timestamp

_KIND = {"number": pb.QUANTITY_KIND_NUMBER, "code": pb.QUANTITY_KIND_CODE}


def alert_message(alert: Alert, window: int) -> pb.DriftAlert:
    """An alert; ``window``: its width in microseconds."""
    return pb.DriftAlert(
        alert_id=alert.alert_id,
        bundle_hash=alert.bundle_hash,
        window_begin=micros_to_timestamp(alert.window_start),
        window_end=micros_to_timestamp(alert.window_start + window),
        segment=alert.segment,
        quantity=alert.quantity,
        rows=alert.rows,
        psi=alert.psi,
        adjusted_p_value=alert.adjusted_p,
        change=alert.what,
        raised_at=micros_to_timestamp(alert.raised_at),
    )


def quantity_message(one: Measured, *, include_bins: bool) -> pb.QuantityDrift:
    """A quantity against the reference."""
    chi_square, df = one.chi_square or (None, None)
    return pb.QuantityDrift(
        name=one.quantity.name,
        kind=_KIND[one.quantity.kind],
        alarm=one.alarm,
        p_value=one.p,
        adjusted_p_value=one.adjusted_p,
        change=one.change,
        rows=int(one.window.sum()),
        missing_rate=statistics.missing_rate(one.window),
        reference_missing_rate=statistics.missing_rate(one.reference),
        unseen_rate=statistics.unseen_rate(one.quantity, one.window),
        reference_unseen_rate=statistics.unseen_rate(one.quantity, one.reference),
        psi=one.psi,
        psi_band=_band(one.psi),
        jensen_shannon=one.jensen_shannon,
        wasserstein=one.wasserstein,
        kolmogorov_smirnov=one.kolmogorov_smirnov,
        chi_square=chi_square,
        chi_square_df=df,
        bins=_bins(one.quantity, one.labels, one.window, one.reference) if include_bins else (),
    )


def reference_message(quantity: Quantity, labels: Sequence[str], counts: Counts) -> pb.ReferenceQuantity:
    """A quantity of the reference; ``labels`` and ``counts`` by bin."""
    return pb.ReferenceQuantity(
        name=quantity.name,
        kind=_KIND[quantity.kind],
        reference_rows=int(counts.sum()),
        bins=_bins(quantity, labels, np.zeros_like(counts), counts),
    )


def estimated_message(found: Estimated) -> pb.EstimatedPerformance:
    """What is expected."""
    return pb.EstimatedPerformance(
        rows=found.rows,
        auc=_figure(found.auc),
        cost=_figure(found.cost),
        default_rate=_figure(found.default_rate),
        brier=_figure(found.brier),
        approval_rate=found.approval_rate,
        referral_rate=found.referral_rate,
        assumption=ASSUMES,
    )


def realised_message(found: Realised, *, cost: float | None) -> pb.RealisedPerformance:
    """What came true; ``cost`` where it is known."""
    return pb.RealisedPerformance(
        rows=found.rows,
        auc=None if math.isnan(found.auc) else found.auc,
        brier=found.brier,
        calibration_error=found.calibration_error,
        default_rate=found.default_rate,
        cost=cost,
    )


def _figure(estimate: Estimate) -> pb.Figure | None:
    if math.isnan(estimate.value):
        return None
    return pb.Figure(value=estimate.value, low=estimate.low, high=estimate.high)


def _band(psi: float) -> "pb.PsiBand.ValueType":
    if psi < statistics.MODERATE:
        return pb.PSI_BAND_SMALL
    return pb.PSI_BAND_MODERATE if psi < statistics.LARGE else pb.PSI_BAND_LARGE


def _bins(quantity: Quantity, labels: Sequence[str], window: Counts, reference: Counts) -> Sequence[pb.Bin]:
    if quantity.kind == "code":
        holding = [*(pb.Bin(code=int(code)) for code in quantity.cuts), pb.Bin()]
    else:
        holding = [pb.Bin(above=above, up_to=up_to) for above, up_to in quantity.bounds]
    bins = [pb.Bin(), *holding]
    for one, label, rows, reference_rows in zip(bins, labels, window.tolist(), reference.tolist(), strict=True):
        one.label, one.rows, one.reference_rows = label, rows, reference_rows
    return bins
