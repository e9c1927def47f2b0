"""Predictors that move together: how much, and slopes that bear it."""

from __future__ import annotations

import numpy as np

REPEATED = 1e-8
"""Part of a predictor's variance that others leave, below which it repeats them."""


def variance_inflation(covariance: np.ndarray) -> np.ndarray:
    """Variance inflation factor of each predictor: 1 / (1 - R squared on the others).

    Parameters
    ----------
    covariance
        Of the predictors, shape (p, p).

    Returns
    -------
    numpy.ndarray
        Shape (p,); infinite where the others describe it fully.

    Examples
    --------
    >>> variance_inflation(np.array([[4.0, 1.2], [1.2, 1.0]])).round(4).tolist()
    [1.5625, 1.5625]
    """
    count = len(covariance)
    found = np.empty(count)
    for one in range(count):
        others = [other for other in range(count) if other != one]
        order = [one, *others]
        whole = covariance[np.ix_(order, order)]
        left = 1 - _r_squared(whole)
        found[one] = 1 / left if left > REPEATED else np.inf
    return found


def _r_squared(covariance: np.ndarray) -> float:
    """R squared of the first variable on the others; 0 where it has no others or no variance."""
    if len(covariance) < 2 or covariance[0, 0] <= 0:
        return 0.0
    scale = np.sqrt(np.diag(covariance))
    scale = np.where(scale > 0, scale, 1.0)
    likeness = covariance / np.outer(scale, scale)
    slopes = np.linalg.pinv(likeness[1:, 1:], rcond=REPEATED, hermitian=True) @ likeness[1:, 0]
    return float(np.clip(likeness[0, 1:] @ slopes, 0.0, 1.0))


def ridge_slopes(covariance: np.ndarray, count: int) -> np.ndarray:
    """Slopes in standard deviations, shrunk by as much as their own sizes and the scatter ask.

    The penalty is p s^2 / b'b, from the slopes b and the scatter s^2 of least squares (Hoerl,
    Kennard and Baldwin 1975, Communications in Statistics 4, 105-123).

    Parameters
    ----------
    covariance
        Of the response and p predictors, none of which repeats others: shape (p + 1, p + 1).
    count
        Rows behind it.
    """
    scale = np.sqrt(np.diag(covariance))
    likeness = covariance / np.outer(scale, scale)
    inner, outer = likeness[1:, 1:], likeness[1:, 0]
    slopes = np.linalg.solve(inner, outer)
    free = max(count - len(inner) - 1, 1)
    scatter = (1 - outer @ slopes) * count / free
    penalty = len(inner) * scatter / max(float(slopes @ slopes), np.finfo(float).tiny) / count
    return np.asarray(np.linalg.solve(inner + penalty * np.eye(len(inner)), outer))
