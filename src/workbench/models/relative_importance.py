"""How much of what can be told of a response each of several predictors carries.

R squared of a sample is too high, and with it every predictor's share: also one that has nothing
to do with the response adds something by chance, and more of it where observations come in
clusters. So clusters are drawn again, and what the draws have beside the sample is taken off the
sample (Efron and Tibshirani 1993, An introduction to the bootstrap, section 10.6). Shares of that
are what is told. Their intervals are percentiles of the draws with the sample in their middle, so
that a share of nothing can be met; those of R squared have what is told in their middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from workbench.language import mark, say
from workbench.models.cluster_bootstrap import cluster_draws, percentile_interval
from workbench.models.relative_importance_collinearity import (
    REPEATED,
    ridge_slopes,
    variance_inflation,
)
from workbench.models.relative_importance_subsets import MOST_PREDICTORS, lmg_shares

DRAWS = 999
COLUMNS = ["name", "group", "share", "share_low", "share_high", "part", "direction", "vif", "ridge"]
GROUP_COLUMNS = ["group", "share", "share_low", "share_high", "part"]
NOTHING_TOLD = mark(
    "what was recorded does not surely tell anything of it ({value:.0%} of its "
    "variance, 95% interval {low:.0%} to {high:.0%})."
)
ONE_STILL, SOME_STILL = mark("{names} does not vary."), mark("{names} do not vary.")


@dataclass(frozen=True)
class RelativeImportance:
    """Shares of predictors, one by one and by group.

    Attributes
    ----------
    shares
        One row a predictor: ``name, group, share, share_low, share_high`` (of what all of them
        tell together, 0 to 1), ``part`` (of the variance of the response), ``direction`` (+1 or
        -1, of its covariance with the response), ``vif`` (variance inflation factor), ``ridge``
        (its slope in standard deviations under ridge regression).
    groups
        One row a group: ``group, share, share_low, share_high, part``.
    r_squared
        Of the sample, unadjusted.
    explained, explained_low, explained_high
        R squared without what chance adds, and its interval.
    n, n_clusters
        Rows and clusters behind them.
    group_draws
        Shares of the groups in each draw, shape (draws, groups), in the order of ``groups``.
    reason
        Why there are no shares; empty if there are. Then the tables have no rows.
    """

    shares: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=COLUMNS))
    groups: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=GROUP_COLUMNS))
    r_squared: float = np.nan
    explained: float = np.nan
    explained_low: float = np.nan
    explained_high: float = np.nan
    n: int = 0
    n_clusters: int = 0
    group_draws: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    reason: str = ""


def relative_importance(
    frame: pd.DataFrame,
    response: str,
    predictors: Sequence[str],
    groups: Mapping[str, str],
    cluster: str,
    draws: int = DRAWS,
    seed: int = 1,
    counts: np.ndarray | None = None,
    means_taken_out: int = 0,
) -> RelativeImportance:
    """Share what a linear model tells of a response between its predictors.

    Parameters
    ----------
    frame
        One row an observation, without missing values in the columns named. Means of strata, if
        they are not to count, have been taken out.
    response, predictors
        Numeric columns; at most 12 predictors.
    groups
        Predictor to the name of its group.
    cluster
        Column of the clusters that are drawn again.
    draws, seed
        Number of draws, and seed of the random numbers.
    counts
        How often each cluster, in sorted order, comes in each draw: to use the same draws for
        several parts of one data set. Drawn by ``draws`` and ``seed`` if None.
    means_taken_out
        Strata whose means were taken out of the columns. Rows less their own mean scatter too
        little, by a factor of 1 - strata / rows in the variance, which draws can't see.

    Returns
    -------
    RelativeImportance
        With a ``reason`` where there is nothing to share.
    """
    names = list(predictors)
    codes, clusters = pd.factorize(frame[cluster], sort=True)
    about: dict[str, Any] = {"n": len(frame), "n_clusters": len(clusters)}
    values = frame[[response, *names]].to_numpy(float)
    products = _products_by_cluster(values, codes, len(clusters))
    covariance = _covariance(products.sum(axis=0))
    reason = _why_not(covariance, response, names)
    if reason:
        return RelativeImportance(reason=reason, **about)
    drawn = cluster_draws(len(clusters), draws, seed) if counts is None else counts
    if not len(drawn):
        few = say("{clusters} clusters are too few to draw from.", clusters=len(clusters))
        return RelativeImportance(reason=few, **about)
    again = _covariance(np.tensordot(drawn, products, axes=1))
    raw, redrawn = lmg_shares(covariance), lmg_shares(again)
    by_chance = np.nanmean(redrawn, axis=0) - raw
    wider = np.sqrt(len(frame) / max(len(frame) - means_taken_out, 1))
    beside = wider * (redrawn - np.nanmean(redrawn, axis=0))
    parts = raw - by_chance
    moved = parts + beside
    told = percentile_interval(moved.sum(axis=1), len(clusters))
    numbers: dict[str, Any] = {
        "r_squared": float(raw.sum()),
        "explained": float(np.clip(parts.sum(), 0, 1)),
        "explained_low": float(np.clip(told.low, 0, 1)),
        "explained_high": float(np.clip(told.high, 0, 1)),
    }
    if told.reason or told.low <= 0:
        said = told.reason or say(
            NOTHING_TOLD,
            value=numbers["explained"],
            low=numbers["explained_low"],
            high=numbers["explained_high"],
        )
        return RelativeImportance(reason=said, **numbers, **about)
    labels = [groups[name] for name in names]
    kinds = list(dict.fromkeys(labels))
    member = np.array([[label == kind for kind in kinds] for label in labels], dtype=float)
    share, spread = _normalised(parts[None])[0], _normalised(raw + beside)
    table = pd.DataFrame({"name": names, "group": labels, "share": share})
    table = table.assign(
        **_ends(spread, share, len(clusters)),
        part=np.maximum(parts, 0.0),
        direction=np.sign(covariance[0, 1:]).astype(int),
        vif=variance_inflation(covariance[1:, 1:]),
        ridge=ridge_slopes(covariance, len(frame)),
    )
    whole = pd.DataFrame({"group": kinds, "share": share @ member})
    whole = whole.assign(
        **_ends(spread @ member, share @ member, len(clusters)),
        part=np.maximum(parts, 0.0) @ member,
    )
    return RelativeImportance(
        table[COLUMNS],
        whole[GROUP_COLUMNS],
        **numbers,
        **about,
        group_draws=spread @ member,
    )


def _products_by_cluster(values: np.ndarray, codes: np.ndarray, count: int) -> np.ndarray:
    """Sum ``[1, y, x]`` times itself in each cluster, shape (clusters, p + 2, p + 2)."""
    # A common shift changes no covariance, and keeps large means from eating digits.
    shifted = values - values.mean(axis=0) if len(values) else values
    wide = np.column_stack([np.ones(len(values)), shifted])
    products = np.zeros((count, wide.shape[1], wide.shape[1]))
    np.add.at(products, codes, wide[:, :, None] * wide[:, None, :])
    return products


def _covariance(products: np.ndarray) -> np.ndarray:
    """Covariances from sums of products, over the number of rows."""
    rows = products[..., :1, :1]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = products[..., :1, 1:] / rows
        return np.asarray(products[..., 1:, 1:] / rows - np.swapaxes(mean, -1, -2) * mean)


def _why_not(covariance: np.ndarray, response: str, names: list[str]) -> str:
    """Why there is nothing to share, or no telling between whom; empty if there is."""
    if not names:
        return say("there is no predictor.")
    if len(names) > MOST_PREDICTORS:
        return say(
            "there are {predictors} predictors, and at most {most} can be shared.",
            predictors=len(names),
            most=MOST_PREDICTORS,
        )
    if not np.isfinite(covariance).all():
        return say("there are no rows without missing values.")
    spread = np.diag(covariance)
    still = [name for name, one in zip([response, *names], spread, strict=True) if one <= REPEATED]
    if still:
        return say(ONE_STILL if len(still) == 1 else SOME_STILL, names=", ".join(still))
    repeated = np.isinf(variance_inflation(covariance[1:, 1:]))
    if repeated.any():
        said = ", ".join(name for name, one in zip(names, repeated, strict=True) if one)
        return say("{names} repeat one another exactly, so they can't be told apart.", names=said)
    return ""


def _normalised(parts: np.ndarray) -> np.ndarray:
    """Shares of the whole; what chance would have below nothing is nothing."""
    kept = np.maximum(parts, 0.0)
    total = kept.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(kept / total)


def _ends(spread: np.ndarray, share: np.ndarray, clusters: int) -> dict[str, np.ndarray]:
    """Interval of each share; its own value where no draw gives another."""
    found = [percentile_interval(column, clusters) for column in spread.T]
    low = np.array([one.low for one in found])
    high = np.array([one.high for one in found])
    same = np.isnan(low)
    low, high = np.where(same, share, low), np.where(same, share, high)
    return {"share_low": np.minimum(low, share), "share_high": np.maximum(high, share)}
