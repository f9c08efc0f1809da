"""The drift reference: histograms of the training population, feature by feature, and of its PDs.

PDs are out of fold: a model's PDs on rows it was fitted on are more extreme than those it will give.
Numbers are cut at quantiles (equal shares make a stable PSI; cf. Siddiqi 2006, ch. 6), codes by value.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidBundle
from creditrisk.features.spec import FeatureSpec

BINS: Final = 20
"""Bins of a number at most; fewer where values repeat."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of one quantity over the reference rows.

    A number's bin ``i`` holds ``edges[i-1] < x <= edges[i]``, the first and last are open: there is one
    count more than edges. A code's ``edges`` are its values themselves, one count each (-1: unseen).
    """

    kind: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class Reference:
    """``rows`` of the training population; ``pd`` is out of fold; ``features`` by name."""

    rows: int
    features: dict[str, Histogram]
    pd: Histogram

    def to_json(self) -> str:
        """JSON, exact."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Reference":
        """The inverse of ``to_json``.

        Raises:
            InvalidBundle: it is no reference.
        """
        try:
            document = json.loads(text)
            features = {name: _read(histogram) for name, histogram in document["features"].items()}
            return cls(document["rows"], features, _read(document["pd"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidBundle(f"reference.json: {error!r}") from error


def reference(specs: Sequence[FeatureSpec], matrix: NDArray[np.float32], pd: NDArray[np.float64]) -> Reference:
    """The reference of ``matrix`` float32 (n, features) and out-of-fold ``pd`` float64 (n,)."""
    features = {
        spec.name: code_histogram(values) if spec.categorical else number_histogram(values)
        for spec, values in zip(specs, matrix.T, strict=True)
    }
    return Reference(len(matrix), features, number_histogram(pd))


def number_histogram(values: NDArray[np.floating]) -> Histogram:
    """Counts of a number between quantiles of itself."""
    known = values[~np.isnan(values)].astype(np.float64)
    shares = np.arange(1, BINS) / BINS
    edges = np.unique(np.quantile(known, shares, method="inverted_cdf")) if len(known) else known
    counts = np.bincount(np.searchsorted(edges, known, side="left"), minlength=len(edges) + 1)
    return Histogram("number", tuple(map(float, edges)), tuple(counts.tolist()), len(values) - len(known))


def code_histogram(values: NDArray[np.floating]) -> Histogram:
    """Counts of each code."""
    known = values[~np.isnan(values)]
    codes, counts = np.unique(known, return_counts=True)
    return Histogram("code", tuple(codes.tolist()), tuple(counts.tolist()), len(values) - len(known))


def _read(document: dict[str, Any]) -> Histogram:
    histogram = Histogram(**document)
    return Histogram(histogram.kind, tuple(histogram.edges), tuple(histogram.counts), histogram.missing)
