"""Explainers of bundles, current and retired, loaded once each."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidBundle, NotFound
from creditrisk.explain import explainers
from creditrisk.model.bundle import CALIBRATION, GOLDEN, Bundle, BundleStore
from creditrisk.model.calibration import Calibration
from creditrisk.model.golden import Golden

T = TypeVar("T")

KEPT: Final = 4
"""Explainers held in memory: the current one and a few retired ones."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One vector's calibrated base, margin (log-odds) and contributions float64 (features,)."""

    base: float
    margin: float
    contributions: NDArray[np.float64]


class BundleExplainer:
    """Exact contributions on the calibrated scale, of one bundle."""

    def __init__(self, bundle: Bundle) -> None:
        """Load ``bundle`` and reproduce its golden rows.

        Raises:
            InvalidBundle: it does not verify or reproduce.
        """
        self.bundle = bundle
        self._explainer = explainers.of_bundle(bundle)
        self._calibration = Calibration.from_json(bundle.read(CALIBRATION).decode())
        Golden.from_json(bundle.read(GOLDEN).decode()).check_contributions(self._explainer)

    def explain(self, matrix: NDArray[np.float32]) -> list[Explained]:
        """Explain the rows of ``matrix`` float32 (n, features); a row's bits do not depend on the others.

        Platt scaling is affine in the margin, so contributions scale with its slope and stay additive.
        """
        found = self._explainer.explain(matrix)
        base = self._calibration.slope * found.base + self._calibration.intercept
        rows = np.ascontiguousarray(self._calibration.slope * found.values)
        return [Explained(base, base + float(row.sum()), row) for row in rows]


class Explainers:
    """Explainers by bundle hash; the current one is always held."""

    def __init__(self, store: BundleStore, reference: str) -> None:
        """Load the bundle of ``store`` that ``reference`` names, the current one.

        Raises:
            InvalidBundle: there is none, or it does not verify.
        """
        self._store = store
        self.current = BundleExplainer(store.take(reference))
        self._retired: OrderedDict[str, BundleExplainer] = OrderedDict()
        self._loading = asyncio.Lock()

    async def of(self, bundle_hash: str) -> BundleExplainer:
        """The explainer of a bundle; a retired one is loaded the first time, in seconds.

        Raises:
            NotFound: the store has no such bundle, or it no longer verifies.
        """
        if bundle_hash == self.current.bundle.hash:
            return self.current
        async with self._loading:
            if bundle_hash not in self._retired:
                self._retired[bundle_hash] = await _found(self._load, bundle_hash)
                if len(self._retired) > KEPT:
                    self._retired.popitem(last=False)
            self._retired.move_to_end(bundle_hash)
            return self._retired[bundle_hash]

    async def bundle(self, bundle_hash: str) -> Bundle:
        """The bundle of a hash, empty: the current one; no explainer is made of it.

        Raises:
            NotFound: the store has no such bundle, or it no longer verifies.
        """
        if bundle_hash in ("", self.current.bundle.hash):
            return self.current.bundle
        if bundle_hash in self._retired:
            return self._retired[bundle_hash].bundle
        return await _found(self._store.get, bundle_hash)

    def _load(self, bundle_hash: str) -> BundleExplainer:
        return BundleExplainer(self._store.get(bundle_hash))


async def _found(take: Callable[[str], T], bundle_hash: str) -> T:
    """What ``take`` makes of a bundle, on a thread."""
    try:
        return await asyncio.to_thread(take, bundle_hash)
    except InvalidBundle as error:
        raise NotFound(f"bundle {bundle_hash[:80]} cannot be used: {error}") from error
