"""Makes certificates: proof, by trial, that what is served is the model that was trained.

Margins must be the native model's on ordinary rows and on rows made to find fault (``probes``); scores must
not depend on the batch; calibration and PD must follow from the margin; contributions must be those of an
independent reference and add up.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from creditrisk.model.calibration import Calibration
from creditrisk.model.certificate import CHECKS, ORDINARY_ROWS, Certificate, Check, Example
from creditrisk.model.contributions import Explainer
from creditrisk.model.families import ModelFamily
from creditrisk.model.scorer import Scorer

BATCHES: Final = (1, 7, 1000)
LIBRARIES: Final = {
    ModelFamily.LIGHTGBM: ("lightgbm", "numpy", "onnx", "onnxruntime"),
    ModelFamily.FOREST: ("scikit-learn", "shap", "numpy", "onnx", "onnxruntime"),
    ModelFamily.LOGISTIC: ("scikit-learn", "skl2onnx", "numpy", "onnx", "onnxruntime"),
}
EXPLAINED: Final = {ModelFamily.LIGHTGBM: 1_000, ModelFamily.FOREST: 200, ModelFamily.LOGISTIC: 1_000}
"""Rows whose contributions are compared; shap takes 40 ms for one of a forest."""
_SAMPLE: Final = 335
"""Rows of every probe that come into the checks after those of margins."""
_CHUNK: Final = 10_000

Matrix = NDArray[np.float32]
Numbers = NDArray[np.float64]
Probe = Callable[[Matrix, int, np.random.Generator], Iterable[tuple[str, Matrix]]]
"""Gives the family's probes (``probes.of_forest``, ``probes.of_columns``), named, one held at a time."""
Leaves = Callable[[Matrix], tuple[NDArray[np.integer], NDArray[np.integer]]]
"""The leaf of every tree, (n, trees), that rows reach in the native model, and in the exported one."""


class Native(Protocol):
    """The model as its own library computes it, on one thread, for rows float32 (n, F)."""

    def margins(self, matrix: Matrix) -> Numbers:
        """Margins (n,)."""
        ...

    def contributions(self, matrix: Matrix) -> Numbers:
        """Contributions to the margin and, last, their base: (n, F + 1)."""
        ...


@dataclass(frozen=True, slots=True)
class Trial:
    """An export to certify with its explainer, and ``rows`` float32 (n, F), real or lifelike, to make probes from.

    The rows are added to, up to ``ordinary_rows``.
    """

    onnx: bytes
    explainer: Explainer
    calibration: Calibration
    rows: Matrix
    seed: int
    ordinary_rows: int = ORDINARY_ROWS


def certify(
    family: ModelFamily, native: Native, probe: Probe, trial: Trial, leaves: Leaves | None = None
) -> Certificate:
    """Compare the exported model and its explainer with the native model they came from.

    Raises ``InvalidArgument`` for rows of another type or width or with infinities, ``InvalidData`` without rows.
    """
    bounds = CHECKS[family]
    scorer = Scorer(trial.onnx)
    rng = np.random.default_rng(trial.seed)
    checks, by_leaf, samples, worst = [], [], [], 0.0
    for name, matrix in probe(trial.rows, trial.ordinary_rows, rng):
        if not len(matrix):
            continue  # trees without splits have no thresholds
        check, error = _margins(name, bounds[name], matrix, native, scorer)
        worst = max(worst, error)
        checks.append(check)
        if leaves is not None:
            by_leaf.append(_same_leaves(matrix, leaves))
        samples.append(rng.choice(matrix, min(_SAMPLE, len(matrix)), replace=False))
    if by_leaf:
        checks.append(_together(by_leaf))
    sample = rng.permutation(np.concatenate(samples))
    scores = scorer.score(sample)
    checks.append(_batches(sample, scorer))
    checks.append(_compare("calibration", 0.0, sample, trial.calibration.apply(scores.margin), scores.calibrated))
    with np.errstate(over="ignore"):
        pd = 1 / (1 + np.exp(-scores.calibrated))
    checks.append(_compare("pd", bounds["pd"], sample, pd, scores.pd, np.spacing(pd)))

    sample, margin = sample[: EXPLAINED[family]], scores.margin[: EXPLAINED[family]]
    reference = native.contributions(sample)
    found = trial.explainer.explain(sample)
    values = np.column_stack([found.values, np.full(len(sample), found.base)])
    most = np.argmax(np.abs(values - reference), axis=1)[:, None]
    expected, got = (np.take_along_axis(v, most, axis=1)[:, 0] for v in (reference, values))
    total = values.sum(axis=1)
    checks.append(_compare("contributions", bounds["contributions"], sample, expected, got))
    checks.append(_compare("additivity", bounds["additivity"], sample, margin, total))
    return Certificate(
        family,
        tuple(checks),
        worst,
        float(np.abs(expected - got).max()),
        float(np.abs(total - margin).max()),
        {name: version(name) for name in LIBRARIES[family]},
        trial.seed,
    )


def _margins(name: str, bound: float, matrix: Matrix, native: Native, scorer: Scorer) -> tuple[Check, float]:
    """The check of a probe's margins, and their largest error."""
    chunks = [matrix[start : start + _CHUNK] for start in range(0, len(matrix), _CHUNK)]
    expected = np.concatenate([native.margins(chunk) for chunk in chunks])
    found = np.concatenate([scorer.score(chunk).margin for chunk in chunks])
    return _compare(name, bound, matrix, expected, found), float(np.abs(expected - found).max())


def _same_leaves(matrix: Matrix, leaves: Leaves) -> Check:
    checks = []
    for start in range(0, len(matrix), _CHUNK):
        rows = matrix[start : start + _CHUNK]
        expected, found = leaves(rows)
        tree = np.argmax(expected != found, axis=1)[:, None]
        first = (np.take_along_axis(v, tree, axis=1)[:, 0].astype(np.float64) for v in (expected, found))
        checks.append(_compare("leaves", 0.0, rows, *first))
    return _together(checks)


def _together(checks: list[Check]) -> Check:
    """One check of all rows that ``checks`` of one name and bound compared."""
    example = next((check.example for check in checks if check.example), None)
    rows, differing = (sum(getattr(check, name) for check in checks) for name in ("rows", "differing"))
    return Check(checks[0].name, checks[0].bound, rows, differing, example)


def _batches(matrix: Matrix, scorer: Scorer) -> Check:
    """All outputs of the whole matrix against those of every batch size."""
    whole = scorer.score(matrix)
    checks = []
    for size in BATCHES:
        parts = [scorer.score(matrix[start : start + size]) for start in range(0, len(matrix), size)]
        for output in ("margin", "calibrated", "pd"):
            found = np.concatenate([getattr(part, output) for part in parts])
            checks.append(_compare("batches", 0.0, matrix, getattr(whole, output), found))
    return max(checks, key=lambda check: check.differing)


def _compare(
    name: str, bound: float, matrix: Matrix, expected: Numbers, found: Numbers, unit: Numbers | float = 1.0
) -> Check:
    """Rows where ``found`` is off by more than ``bound`` units; with a bound of 0, not the same bits."""
    same = np.abs(expected - found) <= bound * unit if bound else expected.view(np.int64) == found.view(np.int64)
    differs = ~same
    if not differs.any():
        return Check(name, bound, len(matrix), 0)
    first = int(np.argmax(differs))
    features = tuple(None if np.isnan(value) else float(value) for value in matrix[first])
    example = Example(features, float(expected[first]), float(found[first]))
    return Check(name, bound, len(matrix), int(differs.sum()), example)
