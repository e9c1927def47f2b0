"""Agreement of single ratings where each subject was rated by some of many raters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.cluster_bootstrap import cluster_draws, percentile_interval
from workbench.models.crossed_refits import ClusterSums, refit_shares
from workbench.models.intraclass_forms import NAMES, NO_PAIRS, NO_VARIANCE, NOTHING
from workbench.models.mixed import fit_mixed_model
from workbench.models.rating_columns import cluster_codes, need_columns, rating_numbers

TYPE = "ICC(A,1)"
FORMULA = "rating ~ 1 + (1 | subject) + (1 | rater)"


def intraclass_long(
    frame: pd.DataFrame,
    value: str,
    subject: str,
    rater: str,
    cluster: str | None = None,
    draws: int = 1000,
    seed: int = 1,
) -> pd.DataFrame:
    """Estimate ICC(A,1) from the variances of a mixed model, with an interval by clusters.

    The model is ``rating ~ 1 + (1 | subject) + (1 | rater)`` by restricted likelihood, and the
    ICC is ``subject / (subject + rater + residual)``. With complete ratings it is that of
    `workbench.models.intraclass`, unless a variance there is negative.

    Parameters
    ----------
    frame
        One row a rating; rows with a missing value are left out.
    value, subject, rater
        Columns of the rating, of what is rated and of who rates.
    cluster
        Column of what subjects lie in; None if every subject stands alone.
    draws
        Bootstrap draws; 0 for no interval.
    seed
        Of the draws.

    Returns
    -------
    pandas.DataFrame
        One row: ``type, name, estimate, conf_low, conf_high, subject_variance, rater_variance,
        residual_variance, n_subjects, n_raters, n_ratings, n_dropped, n_clusters, draws,
        reason``. ``reason`` tells why the estimate, or else the interval, is missing.

    Raises
    ------
    ParameterError
        When a column is missing or can't be read.
    """
    need_columns(frame, [value, subject, rater] + ([cluster] if cluster else []))
    numbers = rating_numbers(frame[value], value)
    there = ~np.isnan(numbers) & frame[[subject, rater]].notna().all(axis=1).to_numpy()
    kept = frame[there]
    ratings = _Ratings(
        numbers[there],
        pd.factorize(kept[subject])[0],
        pd.factorize(kept[rater])[0],
        cluster_codes(kept[subject], kept[cluster] if cluster else None),
    )
    row: dict[str, object] = {"type": TYPE, "name": NAMES[TYPE]} | _estimate(ratings, draws, seed)
    row["n_dropped"] = int((~there).sum())
    names = ["type", "name", "estimate", "conf_low", "conf_high", *VARIANCES.values()]
    names += ["n_subjects", "n_raters", "n_ratings", "n_dropped", "n_clusters", "draws", "reason"]
    return pd.DataFrame([row])[names].astype({"reason": "str"})


VARIANCES = {
    "subject": "subject_variance",
    "rater": "rater_variance",
    "Residual": "residual_variance",
}


@dataclass(frozen=True, eq=False)
class _Ratings:
    """Complete ratings with the codes of their subject, rater and cluster, each shape (n,)."""

    rating: np.ndarray
    subject: np.ndarray
    rater: np.ndarray
    cluster: np.ndarray

    def counts(self) -> dict[str, int]:
        n = [len(np.unique(codes)) for codes in (self.subject, self.rater, self.cluster)]
        return dict(zip(("n_subjects", "n_raters", "n_clusters"), n, strict=True))

    def why_not(self) -> str:
        """Why the variances can't be told apart; empty if they can."""
        counts, n = self.counts(), len(self.rating)
        subjects, raters = counts["n_subjects"], counts["n_raters"]
        if subjects < 2 or raters < 2:
            return say(NO_PAIRS, subjects=subjects, raters=raters)
        if np.ptp(self.rating) <= NOTHING * max(np.abs(self.rating).max(), 1.0):
            return say(NO_VARIANCE)
        if n - (subjects + raters - self._islands(subjects, raters)) < 1:
            return say(
                "Subjects, raters and what is left can't be told apart: more subjects have to be "
                "rated by two raters who also share another subject."
            )
        return ""

    def _islands(self, subjects: int, raters: int) -> int:
        """Count the sets of subjects and raters that share no rating with another set."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        size = subjects + raters
        links = np.ones(len(self.rating)), (self.subject, subjects + self.rater)
        return int(connected_components(coo_matrix(links, (size, size)), directed=False)[0])


def _estimate(ratings: _Ratings, draws: int, seed: int) -> dict[str, object]:
    """Estimate, interval and variances, or the reason why not."""
    counts = ratings.counts()
    row: dict[str, object] = {"estimate": np.nan, "conf_low": np.nan, "conf_high": np.nan}
    row |= dict.fromkeys(VARIANCES.values(), np.nan)
    row |= {**counts, "n_ratings": len(ratings.rating), "draws": 0}
    drawn = cluster_draws(counts["n_clusters"], draws, seed)
    variances, reason = _variances(ratings)
    if reason:
        return row | {"reason": reason}
    row |= {VARIANCES[group]: variance for group, variance in variances.items()}
    row["estimate"] = variances["subject"] / sum(variances.values())
    sums = ClusterSums.of(ratings.rating, ratings.subject, ratings.rater, ratings.cluster)
    residual = variances["Residual"]
    start = (variances["subject"] / residual) ** 0.5, (variances["rater"] / residual) ** 0.5
    shares = _with_other_raters(refit_shares(sums, drawn, start), counts["n_raters"], seed)
    found = percentile_interval(shares, counts["n_clusters"])
    row |= {"conf_low": found.low, "conf_high": found.high}
    return row | {"draws": found.draws, "reason": found.reason}


def _with_other_raters(shares: np.ndarray, n_raters: int, seed: int) -> np.ndarray:
    """Subjects' share in each draw, when the raters are a few of many too.

    Clusters drawn again keep their raters, so that the draws say nothing of how well R raters show
    the variance of all. It is estimated on R - 1 degrees of freedom: the true one is the estimate
    times ``(R - 1) / chi-square`` (a generalised interval, Weerahandi 1993, Journal of the
    American Statistical Association 88, 899-905).
    """
    random = np.random.default_rng([seed, n_raters])
    stretch = (n_raters - 1) / random.chisquare(n_raters - 1, len(shares))
    subject, rater, residual = shares.T
    return subject / (subject + rater * stretch + residual)


def _variances(ratings: _Ratings) -> tuple[dict[str, float], str]:
    """Variance of each part, or the reason why there is none."""
    if reason := ratings.why_not():
        return {}, reason
    data = pd.DataFrame(
        {
            "rating": ratings.rating,
            "subject": ratings.subject.astype(str),
            "rater": ratings.rater.astype(str),
        }
    )
    try:
        fit = fit_mixed_model(FORMULA, data)
    except ModelRefused as refused:
        return {}, str(refused)
    if not fit.usable:
        return {}, fit.why_not
    table = fit.icc()
    return dict(zip(table["group"], table["variance"].astype(float), strict=True)), ""
