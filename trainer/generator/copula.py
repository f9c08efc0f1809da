"""Dependence between units: a Gaussian copula, its correlations estimated through normal scores.

Units are step-like functions of hidden normals, so the correlation of their scores understates that of
the normals. With h(Z) = Σ aₖ Heₖ(Z)/√k! the scores of two units have E[h₁h₂] = Σ aₖ bₖ ρᵏ (Mehler's
formula); solving for ρ gives the hidden correlation, the matching step of NORTA (Cario & Nelson, 1997,
"Modeling and generating random vectors with arbitrary marginal distributions").
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from trainer.generator.marginals import Marginal, Vector, normal_quantiles

ORDER: Final = 16
"""Terms of Mehler's series; binary units with |ρ| < 0.98 need about this many for two decimals."""
STRONGEST: Final = 0.995
ENOUGH: Final = 100
"""Applicants with both units known below which two units count as uncorrelated."""
SMALLEST_EIGENVALUE: Final = 1e-4


def hermite_coefficients(marginal: Marginal) -> Vector:
    """Coefficients a₁ … a_ORDER of the unit's score as a function of its hidden normal."""
    nodes = 4000
    z = normal_quantiles((np.arange(nodes) + 0.5) / nodes)
    score = marginal.scores(marginal.values(z))
    polynomials = [np.ones(nodes), z]
    for k in range(1, ORDER):
        # Heₖ₊₁ = z Heₖ − k Heₖ₋₁, here divided by √(k+1)! to have unit variance.
        polynomials.append((z * polynomials[k] - np.sqrt(k) * polynomials[k - 1]) / np.sqrt(k + 1))
    return np.array([float((score * polynomial).mean()) for polynomial in polynomials[1:]])


def hidden_correlations(scores: Vector, marginals: Sequence[Marginal]) -> Vector:
    """Correlation matrix of the hidden normals from observed ``scores`` (n, units), NaN where unknown.

    Pairs use the applicants with both units known. The result need not be positive definite.
    """
    observed = _pairwise_correlations(scores)
    coefficients = np.array([hermite_coefficients(marginal) for marginal in marginals])
    spread = np.sqrt((coefficients**2).sum(axis=1))
    target = observed * np.outer(spread, spread)
    products = coefficients[:, None, :] * coefficients[None, :, :]
    low = np.full(target.shape, -STRONGEST)
    high = np.full(target.shape, STRONGEST)
    for _ in range(30):
        middle = (low + high) / 2
        total = np.zeros_like(middle)
        for k in reversed(range(ORDER)):
            total = (total + products[:, :, k]) * middle
        low, high = np.where(total < target, middle, low), np.where(total < target, high, middle)
    correlations = np.where(observed == 0, 0.0, (low + high) / 2)
    np.fill_diagonal(correlations, 1.0)
    return correlations


def nearest_correlation(matrix: Vector) -> Vector:
    """A positive definite correlation matrix close to ``matrix``.

    Alternating projections with Dykstra's correction (Higham, 2002, "Computing the nearest correlation
    matrix"), then a last clip of the eigenvalues, so that a Cholesky factor exists.
    """
    current, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(50):
        shifted = current - correction
        clipped = _clip_eigenvalues(shifted)
        correction = clipped - shifted
        current = clipped.copy()
        np.fill_diagonal(current, 1.0)
    clipped = _clip_eigenvalues(current)
    scale = np.sqrt(np.diag(clipped))
    return np.asarray(clipped / np.outer(scale, scale))


def _clip_eigenvalues(matrix: Vector) -> Vector:
    eigenvalues, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(eigenvalues, SMALLEST_EIGENVALUE)) @ vectors.T)


def _pairwise_correlations(scores: Vector) -> Vector:
    known = (~np.isnan(scores)).astype(np.float64)
    values = np.nan_to_num(scores)
    count = known.T @ known
    n = np.maximum(count, 1.0)
    mean = values.T @ known / n  # mean of the row's unit where the column's is known
    variance = (values**2).T @ known / n - mean**2
    covariance = values.T @ values / n - mean * mean.T
    usable = (count >= ENOUGH) & (variance > 1e-8) & (variance.T > 1e-8)
    scale = np.sqrt(np.where(usable, variance * variance.T, 1.0))
    return np.where(usable, np.clip(covariance / scale, -1.0, 1.0), 0.0)
