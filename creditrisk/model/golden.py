"""Golden rows: generated applications with the outputs they had at fit, reproduced before serving.

A service that cannot reproduce them bit for bit (another library, another CPU, a damaged file) must not
become ready. The applications are made by the generator: no applicant's data is in a bundle.
"""

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.application import CATEGORICAL, NUMERIC, ApplicationBatch
from creditrisk.errors import InvalidBundle
from creditrisk.model.contributions import Explainer

if TYPE_CHECKING:
    # Each service checks what it serves, and its image holds no more than that.
    from creditrisk.features.compute import FeaturePlan
    from creditrisk.model.scorer import Scorer

ADDITIVITY: Final = 1e-9
"""Bound on |base + sum of contributions - margin|, in log-odds."""
PD_ULPS: Final = 4
"""Bound on a PD's difference, in units of its last place: the exponential's last bits are the CPU's."""


@dataclass(frozen=True, slots=True)
class Golden:
    """``applications`` (n), their ``matrix`` float32 (n, features) and scores float64 (n,)."""

    applications: ApplicationBatch
    matrix: NDArray[np.float32]
    margin: NDArray[np.float64]
    calibrated: NDArray[np.float64]
    pd: NDArray[np.float64]

    def check_features(self, plan: "FeaturePlan") -> None:
        """Raise InvalidBundle unless ``plan`` computes ``matrix`` to the bit, in one batch and singly."""
        singly = [plan.compute(self.applications.take(np.array([row]))).matrix for row in range(len(self.applications))]
        _same("features", plan.compute(self.applications).matrix, self.matrix, plan.schema.names)
        _same("features", np.concatenate(singly), self.matrix, plan.schema.names)

    def check_scores(self, scorer: "Scorer") -> None:
        """Raise InvalidBundle unless ``scorer`` gives margins to the bit and PDs within ``PD_ULPS``."""
        scores = scorer.score(self.matrix)
        for name in ("margin", "calibrated"):
            _same(name, getattr(scores, name)[:, None], getattr(self, name)[:, None], (name,))
        apart = np.flatnonzero(~(np.abs(scores.pd - self.pd) <= PD_ULPS * np.spacing(self.pd)))
        if len(apart):
            row = int(apart[0])
            raise InvalidBundle(
                f"golden rows: {len(apart)} pd differ, first that of row {row}: {scores.pd[row]!r}, "
                f"expected {self.pd[row]!r}"
            )

    def check_contributions(self, explainer: Explainer) -> None:
        """Raise InvalidBundle unless base plus contributions is the margin within ``ADDITIVITY``."""
        found = explainer.explain(self.matrix)
        apart = float(np.abs(found.base + found.values.sum(axis=1) - self.margin).max())
        if not apart <= ADDITIVITY:
            raise InvalidBundle(f"golden rows: contributions miss the margin by {apart:g} (bound {ADDITIVITY:g})")

    def to_json(self) -> str:
        """JSON, exact: vectors as base64 of float32, scores as shortest decimal texts."""
        numbers = [[None if np.isnan(v) else v for v in row] for row in self.applications.numbers.tolist()]
        histories = self.applications.histories
        return json.dumps(
            {
                "numbers": dict(zip((c.name for c in NUMERIC), numbers, strict=True)),
                "categories": dict(
                    zip((c.name for c in CATEGORICAL), map(list, self.applications.categories), strict=True)
                ),
                "histories": None if histories is None else _encoded(histories),
                "matrix": _encoded(self.matrix),
                "margin": self.margin.tolist(),
                "calibrated": self.calibrated.tolist(),
                "pd": self.pd.tolist(),
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Golden":
        """The inverse of ``to_json``.

        Raises:
            InvalidBundle: a part is missing or of another size.
        """
        try:
            document: dict[str, Any] = json.loads(text)
            numbers = np.array([document["numbers"][column.name] for column in NUMERIC], dtype=np.float64)
            categories = tuple(document["categories"][column.name] for column in CATEGORICAL)
            matrix = _decoded(document["matrix"], numbers.shape[1])
            known = document["histories"]
            histories = None if known is None else _decoded(known, numbers.shape[1])
            scores = [np.array(document[name], dtype=np.float64) for name in ("margin", "calibrated", "pd")]
            sizes = {numbers.shape[1], len(matrix), *map(len, categories), *map(len, scores)}
            if len(sizes) != 1:
                raise InvalidBundle(f"golden.json: its parts hold {sorted(sizes)} rows, not one number of them")
            return cls(ApplicationBatch(numbers, categories, histories), matrix, *scores)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidBundle(f"golden.json: {error!r}") from error


def _encoded(matrix: NDArray[np.float32]) -> str:
    return base64.b64encode(matrix.astype("<f4").tobytes()).decode()


def _decoded(text: str, rows: int) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(rows, -1).astype(np.float32)


def _same(
    what: str,
    found: NDArray[np.float32] | NDArray[np.float64],
    expected: NDArray[np.float32] | NDArray[np.float64],
    names: tuple[str, ...],
) -> None:
    if found.shape != expected.shape:
        raise InvalidBundle(f"golden rows: {what} has shape {found.shape}, not {expected.shape}")
    bits = np.dtype(f"u{expected.itemsize}")
    apart = np.argwhere(np.ascontiguousarray(found).view(bits) != np.ascontiguousarray(expected).view(bits))
    if len(apart):
        row, column = apart[0].tolist()
        raise InvalidBundle(
            f"golden rows: {len(apart)} {what} differ, first {names[column]} of row {row}: "
            f"{found[row, column]!r}, expected {expected[row, column]!r}"
        )
