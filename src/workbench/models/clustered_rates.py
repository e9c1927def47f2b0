"""Rates per unit of exposure, and their change in time, when rows come in clusters.

A rate is a ratio of sums, and its change a log-linear Poisson regression with the logarithm of
exposure as offset. Both have cluster-robust intervals on the logarithm's scale, which hold however
much the counts scatter, with G / (G - 1) and t on G - 1 degrees of freedom for G clusters (Cameron
and Miller 2015, A practitioner's guide to cluster-robust inference, Journal of Human Resources 50,
equations 11 and 12; for the Poisson regression their section VII.C).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.models.clustered import FEWEST_CLUSTERS, Estimate

MOST_STEPS = 50
SMALLEST_STEP = 1e-10


def clustered_rate(
    counts: pd.Series, exposure: pd.Series, clusters: pd.Series, conf: float = 0.95
) -> Estimate:
    """Sum of counts over sum of exposure, with a cluster-robust interval.

    Parameters
    ----------
    counts, exposure
        Shape (n,), at least 0, without missing values.
    clusters
        Shape (n,): the cluster of each row.
    conf
        Confidence level, between 0 and 1.

    Examples
    --------
    >>> two, six, one = pd.Series([2.0, 2, 2]), pd.Series([6.0, 6, 6]), pd.Series(["a", "b", "c"])
    >>> found = clustered_rate(two, six, one)
    >>> round(found.estimate, 3), round(found.conf_high, 3)
    (0.333, 0.333)
    """
    design = np.ones((len(counts), 1))
    return _coefficient(counts, exposure, clusters, design, 0, conf)


def clustered_rate_trend(
    counts: pd.Series,
    exposure: pd.Series,
    times: pd.Series,
    clusters: pd.Series,
    conf: float = 0.95,
) -> Estimate:
    """Ratio of rates one unit of time apart, with a cluster-robust interval.

    Parameters are as for :func:`clustered_rate`; ``times`` has shape (n,). The estimate is missing
    where time does not vary or nothing was counted.
    """
    time = times.to_numpy(float)
    if len(np.unique(time)) < 2:
        return Estimate(np.nan, np.nan, np.nan, len(counts), clusters.nunique())
    design = np.column_stack([np.ones(len(counts)), time - time.mean()])
    return _coefficient(counts, exposure, clusters, design, 1, conf)


def _coefficient(
    counts: pd.Series,
    exposure: pd.Series,
    clusters: pd.Series,
    design: np.ndarray,
    place: int,
    conf: float,
) -> Estimate:
    """Exponential of one coefficient of the Poisson regression."""
    from scipy import stats

    there = exposure.to_numpy(float) > 0
    y, X = counts.to_numpy(float)[there], design[there]
    offset, groups = np.log(exposure.to_numpy(float)[there]), clusters.to_numpy()[there]
    codes = np.unique(groups.astype(str), return_inverse=True)[1]
    count = int(codes.max()) + 1 if len(codes) else 0
    unknown = Estimate(np.nan, np.nan, np.nan, len(y), count)
    if not y.sum() > 0:
        nothing = Estimate(0.0, np.nan, np.nan, len(y), count)
        return nothing if place == 0 and len(y) else unknown
    b = _newton(y, X, offset)
    if b is None:
        return unknown
    value = float(np.exp(b[place]))
    if count < FEWEST_CLUSTERS:
        return Estimate(value, np.nan, np.nan, len(y), count)
    fitted = np.exp(X @ b + offset)
    bread = np.linalg.inv(X.T @ (fitted[:, None] * X))
    scores = np.zeros((count, X.shape[1]))
    np.add.at(scores, codes, (y - fitted)[:, None] * X)
    variance = bread @ (scores.T @ scores) @ bread * count / (count - 1)
    reach = stats.t.ppf((1 + conf) / 2, count - 1) * np.sqrt(max(variance[place, place], 0.0))
    low, high = value * np.exp(-reach), value * np.exp(reach)
    return Estimate(value, float(low), float(high), len(y), count)


def _newton(y: np.ndarray, X: np.ndarray, offset: np.ndarray) -> np.ndarray | None:
    """Largest likelihood; None where it has no peak."""
    b = np.zeros(X.shape[1])
    b[0] = np.log(y.sum() / np.exp(offset).sum())
    for _ in range(MOST_STEPS):
        fitted = np.exp(np.clip(X @ b + offset, -50, 50))
        curvature = X.T @ (fitted[:, None] * X)
        if np.linalg.cond(curvature) > 1 / SMALLEST_STEP**1.2:
            return None
        step = np.linalg.solve(curvature, X.T @ (y - fitted))
        step *= min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-300))
        b = b + step
        if float(np.abs(step).max()) < SMALLEST_STEP:
            return b
    return None
