"""Krippendorff's alpha: agreement of any number of raters, with ratings missing.

``alpha = 1 - observed disagreement / expected disagreement``. Observed: over pairs of values of one
subject; expected: over pairs of all values that have a partner (Krippendorff 2011, Computing
Krippendorff's alpha-reliability; Hayes and Krippendorff 2007, Communication Methods and Measures 1,
77-89). Two values a and b disagree by the metric's squared difference:

- nominal: 0 if equal, else 1;
- ordinal: squared number of values that lie between them, half of a's and b's own counted in;
- interval: ``(a - b)^2``;
- ratio: ``((a - b) / (a + b))^2``.

The ordinal difference is that of midranks, so it is the interval metric of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.language import mark, say
from workbench.models.cluster_bootstrap import cluster_draws, percentile_interval
from workbench.models.rating_columns import cluster_codes, need_columns, rating_numbers

METRICS = ("nominal", "ordinal", "interval", "ratio")
NUMBERS_AT_ONCE = 2_000_000  # of draws times pairs, so that memory stays small


def krippendorff_alpha(
    frame: pd.DataFrame,
    value: str,
    subject: str,
    metric: str = "ordinal",
    cluster: str | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """Estimate alpha with an interval by clusters.

    Parameters
    ----------
    frame
        One row a rating; whoever gave it does not matter.
    value
        Column of ratings: numbers or an ordered categorical; anything where nominal. Missing
        values, and subjects with one value, are left out.
    subject
        Column of what is rated.
    metric
        ``"nominal"``, ``"ordinal"``, ``"interval"`` or ``"ratio"``.
    cluster
        Column of what subjects lie in; None if every subject stands alone.
    draws
        Bootstrap draws; 0 for no interval.
    seed
        Of the draws.

    Returns
    -------
    pandas.DataFrame
        One row: ``measure, metric, estimate, conf_low, conf_high, n_subjects, n_ratings``
        (those with a partner)``, n_dropped, n_clusters, draws, reason``. ``reason`` tells why the
        estimate, or else the interval, is missing.

    Raises
    ------
    ParameterError
        When a column is missing or can't be read, the metric is unknown, or a ratio is asked of
        negative values.

    Examples
    --------
    >>> frame = pd.DataFrame({"subject": [1, 1, 2, 2, 3, 3], "rating": [1, 1, 2, 3, 3, 3]})
    >>> found = krippendorff_alpha(frame, "rating", "subject", "nominal")
    >>> round(float(found["estimate"].iloc[0]), 3)
    0.545
    """
    if metric not in METRICS:
        raise ParameterError(f"No metric '{metric}'. Metrics: {', '.join(METRICS)}.")
    need_columns(frame, [value, subject] + ([cluster] if cluster else []))
    numbers = _numbers(frame[value], value, metric)
    there = ~np.isnan(numbers) & frame[subject].notna().to_numpy()
    sizes = frame[subject][there].groupby(frame[subject][there]).transform("size")
    kept = frame.loc[there][sizes.to_numpy() > 1]
    numbers = numbers[there][sizes.to_numpy() > 1]
    clusters = cluster_codes(kept[subject], kept[cluster] if cluster else None)
    subjects = pd.factorize(kept[subject])[0]
    sums = _Coincidences.of(numbers, subjects, clusters, metric)
    counts = {"n_subjects": len(np.unique(subjects)), "n_ratings": len(kept)}
    counts["n_dropped"] = len(frame) - len(kept)
    row = {
        "measure": mark("Krippendorff's alpha"),
        "metric": metric,
        **_estimate(sums, draws, seed),
    }
    names = ["measure", "metric", "estimate", "conf_low", "conf_high", *counts]
    names += ["n_clusters", "draws", "reason"]
    return pd.DataFrame([row | counts])[names].astype({"reason": "str"})


def _numbers(column: pd.Series, name: str, metric: str) -> np.ndarray:
    """Ratings as numbers; nominal ones are numbered as they come."""
    if metric == "nominal":
        codes = pd.factorize(column)[0]
        return np.where(codes < 0, np.nan, codes.astype(float))
    numbers = rating_numbers(column, name)
    if metric == "ratio" and (numbers < 0).any():
        raise ParameterError(f"A ratio needs ratings of zero or more; '{name}' has negative ones.")
    return numbers


@dataclass(frozen=True, eq=False)
class _Coincidences:
    """The coincidences of values, by cluster.

    Attributes
    ----------
    metric
        How values differ.
    values
        Distinct values, sorted, about their mean unless a ratio is asked, shape (V,).
    marginals
        How often each value occurs in each cluster, shape (C, V).
    pairs
        Cluster and two values of each coincidence of unlike values, shape (P, 3).
    weights
        How much each coincidence counts, shape (P,): both orders, each subject's pairs over its
        number of values less one.
    """

    metric: str
    values: np.ndarray
    marginals: np.ndarray
    pairs: np.ndarray
    weights: np.ndarray

    @staticmethod
    def of(
        numbers: np.ndarray, subjects: np.ndarray, clusters: np.ndarray, metric: str
    ) -> _Coincidences:
        values, codes = np.unique(numbers, return_inverse=True)
        n = int(clusters.max()) + 1 if len(clusters) else 0
        marginals = np.bincount(clusters * len(values) + codes, minlength=n * len(values))
        rows = pd.DataFrame({"cluster": clusters, "subject": subjects, "value": codes})
        cells = rows.groupby(["cluster", "subject", "value"], as_index=False).size()
        cells["weight"] = cells["size"] / (np.bincount(subjects)[cells["subject"]] - 1.0)
        both = cells.merge(cells.drop(columns="cluster"), on="subject", suffixes=("", "_2"))
        both = both[both["value"] < both["value_2"]]
        both = both.assign(weight=2 * both["weight"] * both["size_2"])
        names = ["cluster", "value", "value_2"]
        summed = both.groupby(names, as_index=False)["weight"].sum()
        if metric in ("ordinal", "interval"):
            values = values - values.mean() if len(values) else values
        return _Coincidences(
            metric,
            values,
            marginals.reshape(n, len(values)).astype(float),
            summed[names].to_numpy(int),
            summed["weight"].to_numpy(float),
        )

    def alpha(self, drawn: np.ndarray) -> np.ndarray:
        """Alpha of each draw, NaN where it is not defined; ``drawn`` has shape (draws, C)."""
        counts = drawn @ self.marginals
        n = counts.sum(axis=1)
        if self.metric == "ordinal":
            places = np.cumsum(counts, axis=1) - counts / 2 - n[:, None] / 2
            observed, expected = self._observed_ranks(drawn, places), _spread(counts, places)
        else:
            each = self.weights * self._difference(*self.values[self.pairs[:, 1:]].T)
            by_cluster = np.bincount(self.pairs[:, 0], each, len(self.marginals))
            observed, expected = drawn @ by_cluster, self._expected(counts)
        expected = np.where((counts > 0).sum(axis=1) > 1, expected, np.nan)
        return 1 - (n - 1) * observed / expected

    def _difference(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Squared difference of values by a metric that no draw changes."""
        if self.metric == "nominal":
            return (a != b).astype(float)
        if self.metric == "interval":
            return (a - b) ** 2
        total = a + b
        return np.where(total > 0, (a - b) / np.where(total > 0, total, 1.0), 0.0) ** 2

    def _expected(self, counts: np.ndarray) -> np.ndarray:
        """Sum of differences over all ordered pairs of values, shape (draws,)."""
        if self.metric == "nominal":
            return counts.sum(axis=1) ** 2 - (counts**2).sum(axis=1)
        if self.metric == "interval":
            return _spread(counts, self.values)
        differences = self._difference(self.values[:, None], self.values)
        return ((counts @ differences) * counts).sum(axis=1)

    def _observed_ranks(self, drawn: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Sum of squared differences of midranks over the coincidences, shape (draws,)."""
        cluster, a, b = self.pairs.T
        step = max(NUMBERS_AT_ONCE // max(len(cluster), 1), 1)
        parts = [
            ((here[:, a] - here[:, b]) ** 2 * own[:, cluster]) @ self.weights
            for here, own in (
                (places[begin : begin + step], drawn[begin : begin + step])
                for begin in range(0, len(drawn), step)
            )
        ]
        return np.concatenate(parts) if parts else np.zeros(0)


def _spread(counts: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Sum of squared differences over all ordered pairs: 2 (n sum x^2 - (sum x)^2)."""
    first, second = (counts * places).sum(axis=1), (counts * places**2).sum(axis=1)
    return 2 * (counts.sum(axis=1) * second - first**2)


def _estimate(sums: _Coincidences, draws: int, seed: int) -> dict[str, object]:
    """Estimate and interval, or the reason why not."""
    n_clusters = len(sums.marginals)
    row: dict[str, object] = {"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan}
    row |= {"n_clusters": n_clusters, "draws": 0, "reason": ""}
    drawn = cluster_draws(n_clusters, draws, seed)
    if len(sums.values) < 2:
        same, none = (
            mark("Every rating is the same, so alpha is not defined."),
            mark("No subject has two ratings, so alpha is not defined."),
        )
        return row | {"reason": say(same if len(sums.values) else none)}
    row["estimate"] = float(sums.alpha(np.ones((1, n_clusters)))[0])
    found = percentile_interval(sums.alpha(drawn), n_clusters)
    row |= {"conf_low": found.low, "conf_high": found.high}
    return row | {"draws": found.draws, "reason": found.reason}
