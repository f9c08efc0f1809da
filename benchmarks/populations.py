"""What drift alarms are measured on: real rows with the PDs a model gives them, and shifts of their values."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from creditrisk.application import NOT_EMPLOYED, ApplicationBatch
from creditrisk.drift.layout import Scored
from creditrisk.drift.outcome_curve import OutcomeCurve
from creditrisk.drift.reference import DECISIONS, Reference, reference
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import learn
from creditrisk.features.spec import FeatureSpec
from creditrisk.model.calibration import fit_platt
from trainer.crossfit import cross_fit
from trainer.data import load
from trainer.evaluation.costs import Costs
from trainer.families.family import Training
from trainer.features import feature_names
from trainer.frames import TARGET, to_batch
from trainer.options import Options
from trainer.progress import bar

COSTS = Costs()
CONTRACT_TYPE = "NAME_CONTRACT_TYPE"

Places = NDArray[np.int64]
Change = Callable[[NDArray[np.float32]], NDArray[np.float32]]

UNUSED: Final = OutcomeCurve((0.0, 1.0, 0.0), ((0.0,) * 3,) * 3)
"""Drift asks nothing of outcomes."""


@dataclass(frozen=True)
class Rows:
    """Scored rows (n,): vectors float32 (n, features), calibrated margins and contract types."""

    specs: tuple[FeatureSpec, ...]
    vectors: NDArray[np.float32]
    margins: NDArray[np.float64]
    contract_types: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.margins)

    @property
    def pd(self) -> NDArray[np.float64]:
        return np.asarray(1.0 / (1.0 + np.exp(-self.margins)))

    def take(self, rows: Places) -> "Rows":
        return Rows(self.specs, self.vectors[rows], self.margins[rows], self.contract_types[rows])

    def reference(self) -> Reference:
        return reference(
            self.specs,
            self.vectors,
            self.pd,
            self.contract_types.tolist(),
            threshold=COSTS.threshold,
            false_negative=COSTS.false_negative,
            false_positive=COSTS.false_positive,
            outcomes=UNUSED,
        )

    def scored(self) -> Scored:
        declined, approved = DECISIONS.index("DECLINE"), DECISIONS.index("APPROVE")
        decisions = np.where(self.pd >= COSTS.threshold, declined, approved).astype(np.uint8)
        return Scored(self.vectors, self.pd, self.margins, decisions, np.ones(len(self), dtype=bool))


class Population:
    """The labelled rows of ``home``, and models' margins of them, which are kept in the file ``cache``."""

    def __init__(self, home: Path, cache: Path) -> None:
        data = load(home / "data")
        self._batch, self._target = to_batch(data.train), data.train[TARGET].to_numpy()
        self._contract_types = np.array(data.train[CONTRACT_TYPE].to_list(), dtype=object)
        self._fingerprint, self._cache = data.fingerprint, cache
        self._names = feature_names(Options().allowed, frozenset())

    def __len__(self) -> int:
        return len(self._target)

    def out_of_fold(self, seed: int) -> Rows:
        """All rows with out-of-fold PDs."""
        everyone = np.arange(len(self))
        return self._rows(everyone, self._kept(f"all {seed}", lambda: self._crossed(everyone, seed)[0]))

    def halves(self, seed: int) -> tuple[Rows, Rows]:
        """A random half with out-of-fold PDs, and the other with those of the model of the first."""
        first, other = np.array_split(np.random.default_rng(seed).permutation(len(self)), 2)

        def made() -> NDArray[np.float64]:
            margins, score = self._crossed(first, seed)
            return np.concatenate([margins, score(self._batch.take(other))])

        rows = self._rows(np.concatenate([first, other]), self._kept(f"halves {seed}", made), learned=first)
        return rows.take(np.arange(len(first))), rows.take(np.arange(len(first), len(self)))

    def _rows(self, rows: Places, margins: NDArray[np.float64], learned: Places | None = None) -> Rows:
        schema = learn(self._batch if learned is None else self._batch.take(learned), self._names)
        vectors = FeaturePlan(schema).compute(self._batch.take(rows)).matrix
        return Rows(schema.specs, vectors, margins, self._contract_types[rows])

    def _crossed(
        self, rows: Places, seed: int
    ) -> tuple[NDArray[np.float64], Callable[[ApplicationBatch], NDArray[np.float64]]]:
        """Calibrated out-of-fold margins of ``rows``, and the scoring of others by the model of all of them."""
        batch, target = self._batch.take(rows), self._target[rows]
        with bar(f"cross-fitting {len(rows):,} rows", 1.0) as told:
            crossed = cross_fit(batch, target, self._names, seed, told)
        calibration = fit_platt(crossed.margins, target)

        def score(others: ApplicationBatch) -> NDArray[np.float64]:
            plan = FeaturePlan(schema := learn(batch, self._names))
            with bar("fitting", 1.0) as told:
                matrix = plan.compute(batch).matrix
                fitted = crossed.family.fit(Training(schema.specs, matrix, target, seed), told.to)
            return np.asarray(calibration.apply(fitted.margins(plan.compute(others).matrix)))

        return calibration.apply(crossed.margins), score

    def _kept(self, name: str, make: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        kept: dict[str, NDArray[np.float64]] = dict(np.load(self._cache)) if self._cache.exists() else {}
        key = f"{self._fingerprint} {name}"
        if key not in kept:
            kept[key] = make()
            np.savez(self._cache, **kept)  # type: ignore[arg-type]
        return kept[key]


@dataclass(frozen=True)
class Shift:
    """A ``share`` of the rows, drawn anew for every window, has its value of ``feature`` changed."""

    name: str
    feature: str
    change: Change
    share: float = 1.0


def shifts(rows: Rows) -> list[Shift]:
    """The shifts measured; parts of a standard deviation, shares and rates are those of ``rows``.

    The broken sentinel is one day off (365244): what was missing comes as -1,000 years. As things are, such
    a value is outside DAYS_EMPLOYED's valid range and the application is refused before anyone counts it.
    """
    at = {spec.name: place for place, spec in enumerate(rows.specs)}
    score, enquiries = "EXT_SOURCE_2", "AMT_REQ_CREDIT_BUREAU_YEAR"
    scores = rows.vectors[:, at[score]]
    sigma = np.nanstd(scores)
    missing = float(np.isnan(rows.vectors[:, at[enquiries]]).mean())
    broken = np.float32((NOT_EMPLOYED + 1) / -365.25)

    def moved(part: float) -> Change:
        return lambda values: values + np.float32(part * sigma)

    parts = (0.1, 0.3, 1.0)
    return [
        *(Shift(f"{score} moved by {part} σ", score, moved(part)) for part in parts),
        *(Shift(f"{score} tilted by {part} σ", score, tilted(scores, part)) for part in parts),
        Shift("NAME_HOUSING_TYPE: 1 % a code never seen", "NAME_HOUSING_TYPE", lambda v: np.full_like(v, -1), 0.01),
        Shift(f"{enquiries}: missing × 2", enquiries, lambda v: np.full_like(v, np.nan), missing / (1 - missing)),
        Shift("EMPLOYED_YEARS: sentinel broken", "EMPLOYED_YEARS", lambda v: np.where(np.isnan(v), broken, v)),
    ]


def tilted(values: NDArray[np.float32], part: float) -> Change:
    """Quantiles of ``values`` to those of their exponential tilt: the mean ``part`` σ higher, the same range."""
    known = np.sort(values[~np.isnan(values)])
    z = (known - known.mean()) / known.std()
    tilt = brentq(lambda t: np.average(z, weights=np.exp(t * z)) - part, 0.0, 20.0)
    cumulative = np.cumsum(np.exp(tilt * z))

    def change(some: NDArray[np.float32]) -> NDArray[np.float32]:
        rank = (np.searchsorted(known, some, "left") + np.searchsorted(known, some, "right")) / 2 / len(known)
        place = np.searchsorted(cumulative, rank * cumulative[-1])
        return np.where(np.isnan(some), some, known[np.minimum(place, len(known) - 1)])

    return change
