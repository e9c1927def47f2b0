"""R squared of every subset of predictors, and the shares that averaging over orders gives.

The share of a predictor is what R squared gains when it joins, averaged over all orders in which
the predictors may join: the measure of Lindeman, Merenda and Gold (1980, Introduction to bivariate
and multivariate analysis, page 119), which is Shapley's value of the game in which a set of
predictors earns its R squared (Grömping 2007, The American Statistician 61, 139-147).
"""

from __future__ import annotations

from functools import cache
from math import factorial

import numpy as np

from workbench.errors import ModelRefused

MOST_PREDICTORS = 12
NO_VARIANCE = 1e-10
"""Part of a predictor's variance that others leave of it, below which nothing is left."""
MOST_NUMBERS = 2_000_000
"""Numbers held at once while many covariances are taken apart."""


def lmg_shares(covariance: np.ndarray) -> np.ndarray:
    """Share of each predictor in the variance of a response.

    Parameters
    ----------
    covariance
        Of the response and p predictors, in this order: shape (p + 1, p + 1), or (draws, p + 1,
        p + 1) for many at once. A predictor that others describe fully adds nothing to them.

    Returns
    -------
    numpy.ndarray
        Shape (p,) or (draws, p); they sum to R squared of all predictors together.

    Raises
    ------
    ModelRefused
        With more than 12 predictors: every subset of them is needed.

    Examples
    --------
    Without correlation between predictors, a share is a squared correlation with the response.

    >>> lmg_shares(np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.0], [0.3, 0.0, 1.0]])).round(2).tolist()
    [0.36, 0.09]
    """
    every = np.asarray(covariance, dtype=float)
    stack = every if every.ndim == 3 else every[None]
    count = stack.shape[-1] - 1
    if count > MOST_PREDICTORS:
        raise ModelRefused(
            f"Shares over all orders are for at most {MOST_PREDICTORS} predictors; there are "
            f"{count}. Put some together, or leave some out."
        )
    weights = _weights(count)
    size = max(1, MOST_NUMBERS // (4 * 2**count))
    parts = [
        subset_r_squared(stack[start : start + size]) @ weights.T
        for start in range(0, len(stack), size)
    ]
    shares = np.concatenate(parts) if parts else np.zeros((0, count))
    return shares if every.ndim == 3 else shares[0]


def subset_r_squared(covariance: np.ndarray) -> np.ndarray:
    """R squared of the response on every subset of the predictors.

    One predictor after the other is taken out of what remains (a step of Gauss and Jordan's
    elimination) or left aside, so that subsets share their work.

    Parameters
    ----------
    covariance
        Shape (draws, p + 1, p + 1), the response first.

    Returns
    -------
    numpy.ndarray
        Shape (draws, 2^p). Bit k of a column's number says whether predictor k + 1 is in the
        subset. NaN where the response does not vary.
    """
    draws, width = covariance.shape[0], covariance.shape[-1]
    scale = np.sqrt(np.maximum(np.einsum("dii->di", covariance), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        over = np.where(scale > 0, 1 / scale, 0.0)
    # Axes: draw, subset so far, then the response and the predictors still to come, last first.
    left = (covariance * over[:, :, None] * over[:, None, :])[:, None]
    order = [0, *range(width - 1, 0, -1)]
    left = left[:, :, order][:, :, :, order]
    for _ in range(width - 1):
        pivot = left[..., -1, -1]
        enough = pivot > NO_VARIANCE
        by = np.where(enough, 1 / np.where(enough, pivot, 1.0), 0.0)
        column, rest = left[..., :-1, -1], left[..., :-1, :-1]
        taken = rest - by[..., None, None] * column[..., :, None] * column[..., None, :]
        left = np.concatenate([rest, taken], axis=1)
    explained = 1 - left.reshape(draws, -1)
    explained[scale[:, 0] == 0] = np.nan
    return explained


@cache
def _weights(count: int) -> np.ndarray:
    """Weights that make shares of the R squared of all subsets, shape (p, 2^p)."""
    members = (np.arange(2**count)[None, :] >> np.arange(count)[:, None]) & 1
    sizes = members.sum(axis=0)
    orders = np.array(
        [factorial(size) * factorial(max(count - size - 1, 0)) for size in range(count + 1)]
    ) / factorial(count)
    joined = np.where(members == 1, orders[sizes - 1], 0.0)
    return np.asarray(joined - np.where(members == 0, orders[sizes], 0.0))
