"""What a family of model is to the trainer, from labelled rows to a certified export."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from creditrisk.features.spec import FeatureSpec
from creditrisk.model.calibration import Calibration
from creditrisk.model.certificate import Certificate
from creditrisk.model.certification import Native, Trial
from creditrisk.model.contributions import Explainer
from creditrisk.model.families import ModelFamily

Matrix = NDArray[np.float32]
Labels = NDArray[np.int8]
Told = Callable[[float, str], None]
"""Called with how much is done (1: all, or one part of several) and what is being done."""

HELD_OUT: Final = 0.15
"""Share of a training fold that is held out where something is to be found out."""


@dataclass(frozen=True, slots=True)
class Training:
    """What a model is fitted on.

    ``matrix``: float32 (n, features) of ``specs``, NaN is missing; ``target``: (n,), 1 is default; ``seed`` of all
    that is random; ``weights``: of rows, float64 (n,), where they do not all count alike.
    """

    specs: tuple[FeatureSpec, ...]
    matrix: Matrix
    target: Labels
    seed: int
    weights: NDArray[np.float64] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A training fold in two: rows to fit on, and rows held out to look at."""

    fitted: Training
    held_out: Training


class Fitted(Native, Protocol):
    """A fitted model; margins and contributions are by its own library."""

    def export(self, calibration: Calibration) -> bytes:
        """The model and its calibration as the ONNX graph of ``onnx_export``."""
        ...

    def explainer(self) -> Explainer:
        """The explainer of its margins."""
        ...

    def certify(self, trial: Trial) -> Certificate:
        """Compare an export and its explainer with the model."""
        ...

    def files(self) -> Mapping[str, bytes]:
        """The model in its own terms, for the bundle's readers; no service loads them."""
        ...

    def importance(self) -> Mapping[str, Sequence[float]]:
        """The library's measures of each feature, by name."""
        ...


class Family(Protocol):
    """A kind of model with all its settings."""

    @property
    def kind(self) -> ModelFamily:
        """Which it is."""
        ...

    def settle(self, parts: Iterable[Part], told: Told, /) -> Self:
        """The same with nothing left to find out on held-out rows; ``parts``, one a fold, are made as they are read.

        ``told`` counts parts.
        """
        ...

    def fit(self, training: Training, told: Told) -> Fitted:
        """Fit; equal rows, settings and seed give an equal model."""
        ...

    def settings(self) -> Mapping[str, Any]:
        """What a reader of the metrics should know of the settings, as JSON takes it."""
        ...
