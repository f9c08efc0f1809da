"""What an explanation of margins is, for whoever checks one."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Contributions:
    """``base``: mean margin of the training rows; ``values``: float64 (n, F). base + Σ values = margin."""

    base: float
    values: NDArray[np.float64]


class Explainer(Protocol):
    """Whatever gives contributions; ``explain.explainers`` makes them."""

    def explain(self, matrix: NDArray[np.float32]) -> Contributions:
        """Contributions to the margins of ``matrix``, float32 (n, F)."""
        ...

    def save(self) -> bytes:
        """What a bundle holds of it."""
        ...
