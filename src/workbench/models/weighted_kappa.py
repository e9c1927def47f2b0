"""Cohen's kappa, plain and weighted: agreement of two raters beyond chance.

``kappa = 1 - observed disagreement / disagreement expected by chance``, where a pair of ratings a
and b disagrees by 0 or 1 (unweighted), ``|a - b|`` (linear) or ``(a - b)^2`` (quadratic), and by
chance means that each rater's ratings are dealt to the subjects at random (Cohen 1960, Educational
and Psychological Measurement 20, 37-46; Cohen 1968, Psychological Bulletin 70, 213-220).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.language import say
from workbench.models.cluster_bootstrap import cluster_draws, percentile_interval
from workbench.models.rating_columns import cluster_codes, need_columns, rating_numbers

WEIGHTS = ("quadratic", "linear", "unweighted")
FEWEST_SUBJECTS = 2


def weighted_kappa(
    frame: pd.DataFrame,
    first: str,
    second: str,
    weights: str = "quadratic",
    cluster: str | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """Estimate kappa with an interval by clusters.

    Parameters
    ----------
    frame
        One row a subject.
    first, second
        Columns of the two raters' ratings: numbers, whose distances count, or an ordered
        categorical, whose steps count as equal. Rows that lack one of the two are left out.
    weights
        How disagreement counts: ``"quadratic"``, ``"linear"`` or ``"unweighted"``.
    cluster
        Column of what goes together; None if every row stands alone.
    draws
        Bootstrap draws; 0 for no interval.
    seed
        Of the draws.

    Returns
    -------
    pandas.DataFrame
        One row: ``measure, weights, estimate, conf_low, conf_high, share_same`` (subjects whose
        two ratings are equal)``, n_subjects, n_dropped, n_clusters, draws, reason``. ``reason``
        tells why the estimate, or else the interval, is missing.

    Raises
    ------
    ParameterError
        When a column is missing or holds no ordered ratings, or the weights are unknown.

    Examples
    --------
    >>> pairs = [(0, 0)] * 20 + [(0, 1)] * 5 + [(1, 0)] * 10 + [(1, 1)] * 15
    >>> found = weighted_kappa(pd.DataFrame(pairs, columns=["one", "two"]), "one", "two")
    >>> round(float(found["estimate"].iloc[0]), 3)
    0.4
    """
    if weights not in WEIGHTS:
        raise ParameterError(f"No weights '{weights}'. Weights: {', '.join(WEIGHTS)}.")
    need_columns(frame, [first, second] + ([cluster] if cluster else []))
    one, two = _pair(frame, first, second)
    complete = ~(np.isnan(one) | np.isnan(two))
    kept = frame[complete]
    rows = pd.Series(np.arange(len(kept)), index=kept.index)
    clusters = cluster_codes(rows, kept[cluster] if cluster else None)
    sums = _ClusterSums.of(one[complete], two[complete], clusters, weights)
    row: dict[str, object] = {"measure": "kappa", "weights": weights}
    row |= _estimate(sums, draws, seed)
    row["n_dropped"] = int((~complete).sum())
    names = ["measure", "weights", "estimate", "conf_low", "conf_high", "share_same"]
    names += ["n_subjects", "n_dropped", "n_clusters", "draws", "reason"]
    return pd.DataFrame([row])[names].astype({"reason": "str"})


def _pair(frame: pd.DataFrame, first: str, second: str) -> tuple[np.ndarray, np.ndarray]:
    kinds = frame[first].dtype, frame[second].dtype
    if any(isinstance(kind, pd.CategoricalDtype) for kind in kinds) and kinds[0] != kinds[1]:
        raise ParameterError(f"'{first}' and '{second}' have not the same ordered categories.")
    return rating_numbers(frame[first], first), rating_numbers(frame[second], second)


@dataclass(frozen=True, eq=False)
class _ClusterSums:
    """What kappa needs of each cluster.

    Attributes
    ----------
    disagreement
        Sum over the cluster's subjects, shape (C,).
    first, second
        How often each rater gave each value, shape (C, V).
    weights
        Disagreement of each two values, shape (V, V).
    same
        Subjects with equal ratings, shape (C,).
    """

    disagreement: np.ndarray
    first: np.ndarray
    second: np.ndarray
    weights: np.ndarray
    same: np.ndarray

    @staticmethod
    def of(one: np.ndarray, two: np.ndarray, clusters: np.ndarray, weights: str) -> _ClusterSums:
        values, codes = np.unique(np.concatenate([one, two]), return_inverse=True)
        a, b = codes[: len(one)], codes[len(one) :]
        gaps = _gaps(values, weights)
        n = int(clusters.max()) + 1 if len(clusters) else 0
        return _ClusterSums(
            np.bincount(clusters, gaps[a, b], n),
            _counts(clusters, a, (n, len(values))),
            _counts(clusters, b, (n, len(values))),
            gaps,
            np.bincount(clusters, a == b, n),
        )

    def kappa(self, drawn: np.ndarray) -> np.ndarray:
        """Kappa of each draw, NaN where it is not defined; ``drawn`` has shape (draws, C)."""
        first, second = drawn @ self.first, drawn @ self.second
        chance = ((first @ self.weights) * second).sum(axis=1)
        constant = ((first > 0).sum(axis=1) < 2) | ((second > 0).sum(axis=1) < 2)
        chance[constant] = np.nan
        return 1 - first.sum(axis=1) * (drawn @ self.disagreement) / chance


def _gaps(values: np.ndarray, weights: str) -> np.ndarray:
    distance = np.abs(values[:, None] - values)
    if weights == "unweighted":
        return (distance > 0).astype(float)
    return distance if weights == "linear" else distance**2


def _counts(clusters: np.ndarray, codes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    flat = np.bincount(clusters * shape[1] + codes, minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(float)


def _estimate(sums: _ClusterSums, draws: int, seed: int) -> dict[str, object]:
    """Estimate, interval and counts, or the reason why not."""
    n_clusters, n = len(sums.same), int(sums.first.sum())
    row: dict[str, object] = {"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan}
    row["share_same"] = sums.same.sum() / n if n else np.nan
    row |= {"n_subjects": n, "n_clusters": n_clusters, "draws": 0, "reason": _why_not(sums, n)}
    drawn = cluster_draws(n_clusters, draws, seed)
    if row["reason"]:
        return row
    row["estimate"] = float(sums.kappa(np.ones((1, n_clusters)))[0])
    found = percentile_interval(sums.kappa(drawn), n_clusters)
    row |= {"conf_low": found.low, "conf_high": found.high}
    return row | {"draws": found.draws, "reason": found.reason}


def _why_not(sums: _ClusterSums, n: int) -> str:
    """Why kappa is not defined; empty if it is.

    If one rater is constant, observed and expected disagreement are equal whatever the other
    does: kappa is then zero by construction, and says nothing of agreement.
    """
    if n < FEWEST_SUBJECTS:
        return say(
            "Kappa needs {fewest} subjects rated by both; there are {n}.",
            fewest=FEWEST_SUBJECTS,
            n=n,
        )
    constant = [(counts.sum(axis=0) > 0).sum() < 2 for counts in (sums.first, sums.second)]
    if all(constant):
        return say("Each rater gave every subject the same rating, so kappa is not defined.")
    if any(constant):
        return say("One rater gave every subject the same rating, so kappa can't show agreement.")
    return ""
