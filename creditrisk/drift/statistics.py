"""Measures of how far a window is from the reference, as functions of counts by bin.

They describe; whether there is an alarm the exact test says (``homogeneity``). Both arguments of each are
int64 (bins,): missing first, then the known values in order (see ``Quantity``).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.drift.quantity import Quantity

Counts = NDArray[np.int64]

MODERATE: Final = 0.10
LARGE: Final = 0.25
"""The conventional bands of PSI (Siddiqi 2006). They take no account of the window's size: small ones pass
them by chance."""
SMOOTHING: Final = 0.5
"""Added to every count where a logarithm is taken, so that an empty bin has one."""


def missing_rate(counts: Counts) -> float:
    """Share of rows whose value is missing; 0 of none."""
    return float(counts[0] / max(counts.sum(), 1))


def unseen_rate(quantity: Quantity, counts: Counts) -> float:
    """Share of rows whose value the reference did not have; 0 of none."""
    return float(counts[list(quantity.unseen)].sum() / max(counts.sum(), 1))


def psi(reference: Counts, window: Counts) -> float:
    """Population stability index: sum of (q - p) ln(q / p) over the bins that either has."""
    p, q = _shares(reference, window)
    return float(((q - p) * np.log(q / p)).sum())


def jensen_shannon(reference: Counts, window: Counts) -> float:
    """Jensen–Shannon distance, base 2, from 0 (alike) to 1 (Endres and Schindelin 2003)."""
    p, q = _shares(reference, window)
    middle = (p + q) / 2
    divergence = (p * np.log2(p / middle) + q * np.log2(q / middle)).sum() / 2
    return float(np.sqrt(max(divergence, 0.0)))


def kolmogorov_smirnov(reference: Counts, window: Counts) -> float | None:
    """Greatest difference of the distribution functions of the known values at the cuts; None without values."""
    gaps = _gaps(reference, window)
    return None if gaps is None else float(np.abs(gaps).max(initial=0.0))


def wasserstein(quantity: Quantity, reference: Counts, window: Counts) -> float | None:
    """Earth mover's distance of the known values in the reference's standard deviations; None without values.

    Each value counts as its bin's centre, so it is blind to moves within a bin, and beyond the range of
    the reference.
    """
    gaps = _gaps(reference, window)
    if gaps is None:
        return None
    moved = float((np.abs(gaps) * np.diff(quantity.centres)).sum())
    return moved / quantity.spread if quantity.spread > 0 else 0.0


def chi_square(reference: Counts, window: Counts) -> tuple[float, int]:
    """Pearson's statistic of homogeneity over the bins that either has, and its degrees of freedom."""
    table = np.stack([reference, window]).astype(np.float64)
    table = table[:, table.sum(axis=0) > 0]
    if table.shape[1] < 2 or not table.sum(axis=1).all():
        return 0.0, 0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0) / table.sum()
    return float(((table - expected) ** 2 / expected).sum()), table.shape[1] - 1


def _shares(reference: Counts, window: Counts) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    either = (reference + window) > 0
    smoothed = [one[either] + SMOOTHING for one in (reference, window)]
    p, q = (one / one.sum() for one in smoothed)
    return p, q


def _gaps(reference: Counts, window: Counts) -> NDArray[np.float64] | None:
    """Differences of the distribution functions after each known bin but the last."""
    known = [one[1:].astype(np.float64) for one in (reference, window)]
    if not all(one.sum() for one in known):
        return None
    p, q = (np.cumsum(one)[:-1] / one.sum() for one in known)
    return np.asarray(q - p)
