"""Bundles as drift uses them: how their decisions are counted, and what they are compared with."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

from creditrisk.drift.layout import Layout
from creditrisk.drift.monitor import Monitor
from creditrisk.drift.reference import Reference
from creditrisk.features.spec import Code
from creditrisk.model.bundle import REFERENCE, Bundle, BundleStore

KEPT: Final = 8
"""Bundles held in memory; about 1 MB each."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A bundle whose decisions are watched."""

    bundle: Bundle
    layout: Layout
    monitor: Monitor

    @classmethod
    def of(cls, bundle: Bundle) -> "Watched":
        """Read ``bundle``'s reference.

        Raises:
            InvalidBundle: it has none that this program reads.
        """
        layout = Layout(Reference.from_json(bundle.read(REFERENCE).decode()))
        vocabularies = bundle.schema.vocabularies
        categories = {
            spec.name: vocabularies[spec.formula.of] for spec in bundle.schema.specs if isinstance(spec.formula, Code)
        }
        return cls(bundle, layout, Monitor(layout, categories))


class WatchedBundles:
    """Bundles by hash, loaded when first asked for. For any thread."""

    def __init__(self, store: BundleStore) -> None:
        """Load from ``store``."""
        self._store = store
        self._held: OrderedDict[str, Watched] = OrderedDict()
        self._lock = Lock()

    def of(self, bundle_hash: str) -> Watched:
        """The bundle of a hash; blocks for about a second the first time.

        Raises:
            InvalidBundle: the store does not have it, or it does not verify.
        """
        with self._lock:
            if bundle_hash not in self._held:
                self._held[bundle_hash] = Watched.of(self._store.get(bundle_hash))
                if len(self._held) > KEPT:
                    self._held.popitem(last=False)
            self._held.move_to_end(bundle_hash)
            return self._held[bundle_hash]
