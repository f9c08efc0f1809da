"""What contenders said, kept: a comparison cut off goes on where it stopped, and a fit's reports find it."""

import hashlib
import zipfile
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np

from creditrisk.features.schema import FeatureSchema
from trainer.contenders.contender import Contender, OutOfFold
from trainer.labelled import Labelled

_LIBRARIES: Final = ("imbalanced-learn", "lightgbm", "numpy", "scikit-learn")


class ContenderStore:
    """Results in files of a folder, each named by all that it depends on, but for the program's code."""

    def __init__(self, folder: Path, rows: Labelled, seed: int) -> None:
        """Keep results on ``rows`` with the folds of ``seed`` in ``folder``, which need not exist yet."""
        self._folder = folder
        self._rows = rows
        self._seed = seed

    def key(self, contender: Contender) -> str:
        """SHA-256, in hex, of recipe, data, features, seed and libraries."""
        # What features learn from rows follows from the data: formulas alone tell them apart.
        formulas = FeatureSchema(contender.features(self._rows), {}, {}, {}).fingerprint
        libraries = [f"{name} {version(name)}" for name in _LIBRARIES]
        parts = [contender.recipe, self._rows.fingerprint, formulas, str(self._seed), *libraries]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def read(self, contender: Contender) -> OutOfFold | None:
        """Its result, None where there is none or it is damaged."""
        try:
            with np.load(BytesIO(self._path(contender).read_bytes()), allow_pickle=False) as found:
                return OutOfFold(found["raw"], found["pd"])
        except (OSError, ValueError, KeyError, zipfile.BadZipFile):
            return None

    def write(self, contender: Contender, found: OutOfFold) -> None:
        """Keep its result, whole or not at all."""
        path = self._path(contender)
        self._folder.mkdir(parents=True, exist_ok=True)
        arriving = path.with_suffix(".arriving")
        with arriving.open("wb") as file:
            np.savez(file, raw=found.raw, pd=found.pd)
        arriving.replace(path)

    def _path(self, contender: Contender) -> Path:
        return self._folder / f"{self.key(contender)}.npz"
