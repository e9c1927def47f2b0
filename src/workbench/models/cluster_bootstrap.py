"""Percentile intervals by drawing whole clusters again.

Ratings of one cluster go together, so clusters are drawn, with replacement, and each brings all of
its ratings (Davison and Hinkley 1997, Bootstrap methods and their application, section 3.8). A
statistic that adds up over clusters needs only how often each was drawn.

Plain percentiles are too narrow with few clusters, because draws spread by (n - 1) / n too little
and are read as if their spread were known. So the percentiles are moved outwards to where a mean
would have its t interval (Hesterberg 2015, What teachers should know about the bootstrap, American
Statistician 69, 371-386, section 5.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm
from scipy.stats import t as t_distribution

from workbench.errors import ParameterError
from workbench.language import say
from workbench.terms import CONFIDENCE

FEWEST_CLUSTERS = 10  # with fewer, redrawn clusters don't show how clusters vary
FEWEST_DRAWS = 200  # for a percentile that means something
MOST_UNDEFINED = 0.05  # share of draws without a value, above which there is no interval
NO_SPREAD = 1e-10  # width below which all draws count as equal


@dataclass(frozen=True)
class PercentileInterval:
    """An interval, or the reason why there is none.

    Attributes
    ----------
    low, high
        Its ends; NaN where there is a reason.
    draws
        Draws it rests on.
    reason
        Why it can't be given; empty if it is.
    """

    low: float
    high: float
    draws: int
    reason: str = ""


def cluster_draws(n_clusters: int, draws: int, seed: int) -> np.ndarray:
    """Draw clusters with replacement and count how often each came.

    Parameters
    ----------
    n_clusters
        Number of clusters, drawn as many times in each draw.
    draws
        Number of draws; 0 for none.
    seed
        Of the random numbers: the same seed gives the same draws.

    Returns
    -------
    numpy.ndarray
        Shape (draws, n_clusters); every row sums to ``n_clusters``. No row where there are too
        few clusters for an interval.

    Raises
    ------
    ParameterError
        When so few draws are asked for that percentiles mean nothing.

    Examples
    --------
    >>> bool((cluster_draws(12, 200, seed=1).sum(axis=1) == 12).all())
    True
    """
    if draws < 0 or 0 < draws < FEWEST_DRAWS:
        raise ParameterError(f"Ask for at least {FEWEST_DRAWS} draws, or for 0; not {draws}.")
    if n_clusters < FEWEST_CLUSTERS:
        return np.zeros((0, n_clusters))
    drawn = np.random.default_rng(seed).integers(0, n_clusters, (draws, n_clusters))
    drawn += n_clusters * np.arange(draws)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=draws * n_clusters)
    return counts.reshape(draws, n_clusters).astype(float)


def percentile_interval(values: np.ndarray, n_clusters: int) -> PercentileInterval:
    """Take the middle of the draws, at the confidence of `workbench.terms`.

    With n clusters the ends are the quantiles at ``Phi(-+ sqrt(n / (n - 1)) t)``, where t is that
    of the confidence and n - 1 degrees of freedom.

    Parameters
    ----------
    values
        The statistic in each draw, shape (draws,); NaN where it is not defined.
    n_clusters
        Number of clusters.
    """
    defined = values[np.isfinite(values)]
    reason = _why_not(values, defined, n_clusters)
    if reason:
        return PercentileInterval(np.nan, np.nan, len(defined), reason)
    reach = t_distribution.ppf((1 + CONFIDENCE) / 2, n_clusters - 1)
    tail = norm.cdf(-reach * np.sqrt(n_clusters / (n_clusters - 1)))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return PercentileInterval(float(low), float(high), len(defined))


def _why_not(values: np.ndarray, defined: np.ndarray, n_clusters: int) -> str:
    if n_clusters < FEWEST_CLUSTERS:
        return say(
            "An interval needs {fewest} clusters; there are {n_clusters}.",
            fewest=FEWEST_CLUSTERS,
            n_clusters=n_clusters,
        )
    if not len(values):
        return say("No interval was asked for.")
    undefined = 1 - len(defined) / len(values)
    if undefined > MOST_UNDEFINED:
        return say("The statistic is not defined in {share:.0%} of the draws.", share=undefined)
    if np.ptp(defined) < NO_SPREAD:
        return say("All draws give the same value, so they don't show how sure it is.")
    return ""
