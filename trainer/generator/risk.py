"""The risk of default: a logistic model in the units' normal scores.

A term is a score or the product of two. A unit that is missing or does not apply counts 0; that it is
missing is a unit of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from trainer.generator.marginals import Vector

Term = tuple[str, ...]
"""One unit's name, or two for their product (twice the same for its square)."""


@dataclass(frozen=True, slots=True)
class Risk:
    """``logit(PD) = intercept + Σ weight · product of the term's scores``."""

    intercept: float
    weights: Mapping[Term, float]

    def probabilities(self, scores: Mapping[str, Vector]) -> Vector:
        """Probability of default an applicant, from normal scores (n,) a unit; NaN scores count 0."""
        logits = np.full(len(next(iter(scores.values()))), self.intercept)
        for term, weight in self.weights.items():
            logits += weight * term_values(term, scores)
        return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def term_values(term: Term, scores: Mapping[str, Vector]) -> Vector:
    """The term's value an applicant, shape (n,); 0 where one of its scores is NaN."""
    return np.asarray(np.nan_to_num(np.prod([scores[name] for name in term], axis=0)))
