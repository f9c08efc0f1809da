"""The certificate of an export: what was compared with the native model, how closely, on how many rows.

Which comparisons a certificate needs, and how closely they must agree, is the family's; services read that
without the family's library. ``certification`` makes certificates.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from creditrisk.errors import InvalidBundle
from creditrisk.model.families import ModelFamily
from creditrisk.model.golden import ADDITIVITY, PD_ULPS

ORDINARY_ROWS: Final = 100_000
_VALUES: Final = ("missing", "categories", "zeros", "extremes")
_TREES: Final = ("ordinary", "thresholds", *_VALUES)
_LINEAR: Final = ("ordinary", "bounds", *_VALUES)
_OF_ALL: Final = {
    "batches": 0.0,
    "calibration": 0.0,
    "pd": float(PD_ULPS),
    "contributions": 1e-10,
    "additivity": ADDITIVITY,
}
CHECKS: Final[dict[ModelFamily, dict[str, float]]] = {
    ModelFamily.LIGHTGBM: dict.fromkeys(_TREES, 0.0) | _OF_ALL,
    ModelFamily.FOREST: dict.fromkeys(_TREES, 1e-12) | {"leaves": 0.0} | _OF_ALL,
    ModelFamily.LOGISTIC: dict.fromkeys(_LINEAR, 1e-12) | _OF_ALL,
}
"""A family's checks in order, each with its bound: the largest difference allowed, 0 for the same bits.

In margin, but "pd": in units of a PD's last place. Probes of rows ("ordinary" to "extremes") compare margins;
"leaves": every tree's leaf; "batches": scores alone and among others; "contributions": those of the family's
own library or of shap.
"""


@dataclass(frozen=True, slots=True)
class Example:
    """A row that failed: its features (None is missing), and what one of them gave."""

    features: tuple[float | None, ...]
    expected: float
    found: float


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: rows compared, rows that differ by more than the bound, and the first of these."""

    name: str
    bound: float
    rows: int
    differing: int
    example: Example | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """The checks in order, the largest errors seen (in margin), and versions of the libraries."""

    family: ModelFamily
    checks: tuple[Check, ...]
    max_margin_error: float
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
        """Whether every check of the family was made, as closely as it asks, on enough rows, and none failed."""
        made = [(check.name, check.bound) for check in self.checks]
        rows = {check.name: check.rows for check in self.checks}
        return (
            made == list(CHECKS[self.family].items())
            and rows["ordinary"] >= ORDINARY_ROWS
            and min(rows.values()) > 0
            and not self.failures
        )

    def to_json(self) -> str:
        """A JSON object, with ``passed`` for readers that need no more."""
        return json.dumps({"passed": self.passed, **asdict(self)}, indent=2)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read ``to_json``; raises ``InvalidBundle`` for anything else, or if ``passed`` is not true to the checks."""
        try:
            document = json.loads(text)
            passed = document.pop("passed")
            document["family"] = ModelFamily(document["family"])
            document["checks"] = tuple(_check(check) for check in document["checks"])
            certificate = cls(**document)
            sound = certificate.passed
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidBundle(f"the certificate cannot be read: {error!r}") from error
        if passed is not sound:
            raise InvalidBundle(f"the certificate says passed={passed}, its checks say otherwise")
        return certificate


def _check(document: dict[str, Any]) -> Check:
    example = document.pop("example")
    if example is not None:
        example = Example(tuple(example["features"]), example["expected"], example["found"])
    return Check(**document, example=example)
