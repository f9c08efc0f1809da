"""The certificate of an export: proof, by trial, that what is served is the model that was trained.

Margins must equal native LightGBM's bit for bit on ordinary rows and on rows made to find fault
(``probes``); scores must not depend on the batch; calibration and PD must follow from the margin; SHAP
values must be LightGBM's own and add up. Native predictions come as functions, so that services can read
certificates without LightGBM.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidBundle, InvalidData
from creditrisk.model import probes
from creditrisk.model.calibration import Calibration
from creditrisk.model.contributions import Explainer
from creditrisk.model.golden import PD_ULPS
from creditrisk.model.scorer import Scorer
from creditrisk.model.trees import Forest, check_features

ORDINARY_ROWS: Final = 100_000
CONTRIBUTION_ROWS: Final = 1_000
BATCHES: Final = (1, 7, 1000)
CONTRIBUTION_ERROR: Final = 1e-10
"""Bound on the difference of any SHAP value from LightGBM's, in margin."""
ADDITIVITY_ERROR: Final = 1e-9
"""Bound on |base + Σ values − margin|."""
_BATCH_ROWS: Final = 2_003
_CHUNK: Final = 10_000
_CHECKS: Final = (
    *("ordinary", "thresholds", "missing", "categories", "zeros", "extremes"),
    *("batches", "calibration", "pd", "contributions", "additivity"),
)
_VERSIONS: Final = ("lightgbm", "numpy", "onnx", "onnxruntime")

Matrix = NDArray[np.float32]
Numbers = NDArray[np.float64]
Native = Callable[[Numbers], Numbers]


@dataclass(frozen=True, slots=True)
class Example:
    """A row that failed: its features (None is missing), and what one of them gave."""

    features: tuple[float | None, ...]
    expected: float
    found: float


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: rows compared, rows that differ, and the first of these."""

    name: str
    rows: int
    differing: int
    example: Example | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The checks in order, the largest errors of SHAP values in margin, and versions of the libraries."""

    checks: tuple[Check, ...]
    max_contribution_error: float
    max_additivity_error: float
    versions: dict[str, str]
    seed: int

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks with differing rows."""
        return tuple(check for check in self.checks if check.differing)

    @property
    def passed(self) -> bool:
        """Whether every check was made, on enough rows, and none failed."""
        rows = {check.name: check.rows for check in self.checks}
        return tuple(rows) == _CHECKS and rows["ordinary"] >= ORDINARY_ROWS and not self.failures

    def to_json(self) -> str:
        """A JSON object, with ``passed`` for readers that need no more."""
        return json.dumps({"passed": self.passed, **asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read ``to_json``; raises ``InvalidBundle`` for anything else, or if ``passed`` is not true to the checks."""
        try:
            document = json.loads(text)
            passed = document.pop("passed")
            document["checks"] = tuple(_check(check) for check in document["checks"])
            certificate = cls(**document)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidBundle(f"the certificate cannot be read: {error}") from error
        if passed is not certificate.passed:
            raise InvalidBundle(f"the certificate says passed={passed}, its checks say otherwise")
        return certificate


def certify(
    forest: Forest,
    booster_predict: Native,
    contributions_predict: Native,
    onnx_bytes: bytes,
    explainer: Explainer,
    *,
    rows: Matrix,
    seed: int,
    calibration: Calibration,
    ordinary_rows: int = ORDINARY_ROWS,
) -> Certificate:
    """Compare the exported model and its explainer with the native model they came from.

    ``booster_predict`` gives raw scores (n,) and ``contributions_predict`` SHAP values and base (n, F + 1) of
    float64 (n, F), on one thread. ``rows``: float32 (n, F), real or lifelike; they are added to, up to
    ``ordinary_rows``. Takes about 10 s for 600 trees of 16 leaves. Raises ``InvalidData`` without rows,
    ``InvalidArgument`` for rows of another type or width or with infinities.
    """
    check_features(rows, forest.n_features)
    if not len(rows):
        raise InvalidData("a certificate needs rows to start from")
    rng = np.random.default_rng(seed)
    scorer = Scorer(onnx_bytes)
    probed = {
        "ordinary": probes.ordinary(rows, ordinary_rows, rng),
        "thresholds": probes.thresholds(forest, rows, rng),
        "missing": probes.missing(forest, rows, rng),
        "categories": probes.categories(rows, rng),
        "zeros": probes.zeros(rows, rng),
        "extremes": probes.extremes(rows, rng),
    }
    checks = [_margins(name, matrix, booster_predict, scorer) for name, matrix in probed.items()]
    everything = np.concatenate(list(probed.values()))
    sample = rng.choice(everything, min(_BATCH_ROWS, len(everything)), replace=False)
    scores = scorer.score(sample)
    checks.append(_batches(sample, scorer))
    checks.append(_compare("calibration", sample, calibration.apply(scores.margin), scores.calibrated))
    with np.errstate(over="ignore"):
        pd = 1 / (1 + np.exp(-scores.calibrated))
    checks.append(_compare("pd", sample, pd, scores.pd, PD_ULPS * np.spacing(pd)))

    sample, margin = sample[:CONTRIBUTION_ROWS], scores.margin[:CONTRIBUTION_ROWS]
    native = contributions_predict(sample.astype(np.float64))
    found = explainer.explain(sample)
    values = np.column_stack([found.values, np.full(len(sample), found.base)])
    worst = np.argmax(np.abs(values - native), axis=1)[:, None]
    expected, got = (np.take_along_axis(v, worst, axis=1)[:, 0] for v in (native, values))
    checks.append(_compare("contributions", sample, expected, got, CONTRIBUTION_ERROR))
    checks.append(_compare("additivity", sample, margin, values.sum(axis=1), ADDITIVITY_ERROR))
    return Certificate(
        tuple(checks),
        float(np.abs(expected - got).max()),
        float(np.abs(values.sum(axis=1) - margin).max()),
        {name: version(name) for name in _VERSIONS},
        seed,
    )


def _margins(name: str, matrix: Matrix, native: Native, scorer: Scorer) -> Check:
    chunks = [matrix[start : start + _CHUNK] for start in range(0, len(matrix), _CHUNK)]
    expected = [native(chunk.astype(np.float64)) for chunk in chunks]
    found = [scorer.score(chunk).margin for chunk in chunks]
    return _compare(name, matrix, np.concatenate([*expected, []]), np.concatenate([*found, []]))


def _batches(matrix: Matrix, scorer: Scorer) -> Check:
    """All outputs of the whole matrix against those of every batch size."""
    whole = scorer.score(matrix)
    checks = []
    for size in BATCHES:
        parts = [scorer.score(matrix[start : start + size]) for start in range(0, len(matrix), size)]
        for output in ("margin", "calibrated", "pd"):
            found = np.concatenate([getattr(part, output) for part in parts])
            checks.append(_compare("batches", matrix, getattr(whole, output), found))
    return max(checks, key=lambda check: check.differing)


def _compare(
    name: str, matrix: Matrix, expected: Numbers, found: Numbers, bound: Numbers | float | None = None
) -> Check:
    """Rows where ``found`` is off by more than ``bound``, or not the same bits if there is none."""
    same = expected.view(np.int64) == found.view(np.int64) if bound is None else np.abs(expected - found) <= bound
    differs = ~same
    if not differs.any():
        return Check(name, len(matrix), 0)
    first = int(np.argmax(differs))
    features = tuple(None if np.isnan(value) else float(value) for value in matrix[first])
    example = Example(features, float(expected[first]), float(found[first]))
    return Check(name, len(matrix), int(differs.sum()), example)


def _check(document: dict[str, Any]) -> Check:
    example = document.pop("example")
    if example is not None:
        example = Example(tuple(example["features"]), example["expected"], example["found"])
    return Check(**document, example=example)
