"""Means and their differences when observations come in clusters.

Two observations of one practitioner say less than two of different practitioners. The intervals
here are the cluster-robust ones of a weighted mean, with G / (G - 1) and t on G - 1 degrees of
freedom for G clusters (Cameron and Miller 2015, A practitioner's guide to cluster-robust
inference, Journal of Human Resources 50, equations 11 and 12).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FEWEST_CLUSTERS = 3


@dataclass(frozen=True)
class Estimate:
    """An estimate with its interval; the interval is missing with under three clusters."""

    estimate: float
    conf_low: float
    conf_high: float
    n: int
    n_clusters: int


def clustered_mean(
    values: pd.Series, clusters: pd.Series, weights: pd.Series | None = None, conf: float = 0.95
) -> Estimate:
    """Weighted mean with a cluster-robust interval.

    Parameters
    ----------
    values
        Shape (n,), without missing values.
    clusters
        Shape (n,): the cluster of each value, such as the practitioner.
    weights
        Shape (n,), positive; equal if None.
    conf
        Confidence level, between 0 and 1.

    Examples
    --------
    >>> found = clustered_mean(pd.Series([1.0, 3.0, 5.0]), pd.Series(["a", "b", "c"]))
    >>> round(found.estimate, 2), round(float(found.conf_low), 2)
    (3.0, -1.97)
    """
    weight = np.ones(len(values)) if weights is None else weights.to_numpy(float)
    mean = float(np.average(values, weights=weight)) if len(values) else np.nan
    influence = pd.Series(
        weight * (values.to_numpy(float) - mean) / weight.sum(), index=values.index
    )
    return _estimate(mean, influence, clusters, conf)


def clustered_difference(
    values: pd.Series,
    is_later: pd.Series,
    clusters: pd.Series,
    weights: pd.Series | None = None,
    conf: float = 0.95,
) -> Estimate:
    """Mean of the later values minus mean of the others, clusters shared between the two.

    Parameters are as for :func:`clustered_mean`; ``is_later`` has shape (n,) and is boolean.
    """
    weight = pd.Series(1.0, index=values.index) if weights is None else weights
    if not is_later.any() or is_later.all():
        return Estimate(np.nan, np.nan, np.nan, len(values), clusters.nunique())
    influence = pd.Series(0.0, index=values.index)
    means = {}
    for later, sign in ((True, 1.0), (False, -1.0)):
        rows = is_later == later
        means[later] = np.average(values[rows], weights=weight[rows])
        influence[rows] = sign * weight[rows] * (values[rows] - means[later]) / weight[rows].sum()
    return _estimate(float(means[True] - means[False]), influence, clusters, conf)


def _estimate(estimate: float, influence: pd.Series, clusters: pd.Series, conf: float) -> Estimate:
    from scipy import stats

    totals = influence.groupby(clusters.to_numpy()).sum()
    count = len(totals)
    if count < FEWEST_CLUSTERS:
        return Estimate(estimate, np.nan, np.nan, len(influence), count)
    std_error = np.sqrt(count / (count - 1) * float((totals**2).sum()))
    reach = stats.t.ppf((1 + conf) / 2, count - 1) * std_error
    return Estimate(estimate, estimate - reach, estimate + reach, len(influence), count)
