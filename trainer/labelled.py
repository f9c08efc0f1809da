"""The labelled applications, as a model is fitted on them and judged by them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from creditrisk.application import ApplicationBatch
from creditrisk.features.spec import Protected
from creditrisk.history import Table
from trainer.data.dataset import Dataset
from trainer.features import enough, feature_names
from trainer.frames import ID, TARGET, to_batch
from trainer.histories.known import Histories


@dataclass(frozen=True, slots=True)
class Labelled:
    """``batch`` of n applications with ``target`` int8 (n,; 1: default), and the history ``tables`` a model may use.

    ``fingerprint`` is that of the data they are of.
    """

    batch: ApplicationBatch
    target: NDArray[np.int8]
    tables: frozenset[Table]
    fingerprint: str

    @classmethod
    def of(cls, data: Dataset, histories: Histories | None) -> "Labelled":
        """Those of ``data``, with ``histories`` where they are of enough applicants (see ``features.enough``)."""
        used = enough(histories, data.train[ID].to_numpy())
        tables = used.tables if used else frozenset[Table]()
        return cls(to_batch(data.train, used), data.train[TARGET].to_numpy(), tables, data.fingerprint)

    def __len__(self) -> int:
        return len(self.target)

    def names(self, allowed: frozenset[Protected]) -> tuple[str, ...]:
        """The features of a model that may use the protected attributes ``allowed``."""
        return feature_names(allowed, self.tables)
