"""Contributions to the margin of a linear model of transformed features.

A feature's number is filled where missing, held within bounds and weighted; a category's code has an effect.
A feature's contribution is what this adds beyond its mean over training rows. With the features taken as
independent that is the SHAP value, exactly (Štrumbelj & Kononenko 2014; Lundberg & Lee 2017, "Linear SHAP").
"""

import io
import zipfile
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidBundle
from creditrisk.model.contributions import Contributions
from creditrisk.model.trees import check_features

Numbers = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class LinearTerms:
    """The terms of a linear margin, float64, in margin and in the features' own units.

    By feature, (F,): ``fill`` for a missing value; the bounds ``low`` and ``high``; the ``mean`` after both over the
    training rows; ``weight`` a unit, 0 for a category. By level, (L,): the ``coded`` feature, its code ``level``
    (missing: its ``fill``), the ``effect`` of having it, the ``share`` of training rows that have it. ``base``, (): the
    mean margin.
    """

    base: Numbers
    fill: Numbers
    low: Numbers
    high: Numbers
    mean: Numbers
    weight: Numbers
    coded: Indices
    level: Numbers
    effect: Numbers
    share: Numbers

    def to_bytes(self) -> bytes:
        """An ``.npz`` file of the arrays; equal terms give equal bytes."""
        buffer = io.BytesIO()
        np.savez(buffer, **{field.name: getattr(self, field.name) for field in fields(self)})
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read ``to_bytes``; raises ``InvalidBundle`` if the file is damaged or holds other arrays."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as archive:
                terms = cls(**{field.name: archive[field.name] for field in fields(cls)})
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise InvalidBundle(f"the linear terms cannot be read: {error}") from error
        by_feature = {a.shape for a in (terms.fill, terms.low, terms.high, terms.mean, terms.weight)}
        by_level = {a.shape for a in (terms.coded, terms.level, terms.effect, terms.share)}
        if len(by_feature) != 1 or len(by_level) != 1 or terms.base.shape != ():
            raise InvalidBundle("the linear terms have different lengths")
        if np.any((terms.coded < 0) | (terms.coded >= len(terms.fill))):
            raise InvalidBundle("the linear terms name a feature they do not have")
        return terms


class LinearExplainer:
    """Explains the margins of one linear model. Immutable, safe to share between threads."""

    def __init__(self, terms: LinearTerms) -> None:
        """Explain by ``terms``."""
        self._terms: Final = terms
        self.base: Final = float(terms.base)

    def save(self) -> bytes:
        """The terms as an ``.npz`` file."""
        return self._terms.to_bytes()

    def explain(self, matrix: NDArray[np.float32]) -> Contributions:
        """Contributions to the margin of each row of ``matrix``, float32 (n, F); NaN is missing.

        Raises ``InvalidArgument`` for another type or width, and for infinite values.
        """
        terms = self._terms
        check_features(matrix, len(terms.fill))
        filled = np.where(np.isnan(matrix), terms.fill, matrix.astype(np.float64))
        values = terms.weight * (np.clip(filled, terms.low, terms.high) - terms.mean)
        effects = terms.effect * ((filled[:, terms.coded] == terms.level) - terms.share)
        np.add.at(values.T, terms.coded, effects.T)
        return Contributions(self.base, values)
