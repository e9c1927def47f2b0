"""What the checks and shares of variance need to know of the rows, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.models.formulas import RandomTerm
from workbench.models.rows import Rows
from workbench.models.sufficient_statistics import SufficientStatistics

ROUNDING = 1e-10  # of a column's range squared; a variance below it within a level is none


@dataclass(frozen=True, eq=False)
class RowSummary:
    """The rows in a few numbers.

    Attributes
    ----------
    response_sd
        Standard deviation of the response.
    share_at_lowest, share_at_highest
        Share of rows at the response's lowest and highest value, 0 to 1.
    spreads
        Range of each fixed-effect column, shape (p,).
    fixed_means
        Means of the fixed-effect columns, shape (p,).
    fixed_covariance
        Covariance of the fixed-effect columns over the rows, shape (p, p).
    mean_products
        For each random term the mean of z z' over the rows, shape (q, q).
    varying_shares
        For each random term and effect the share of levels in which its column varies; NaN for a
        column that is constant throughout.
    """

    response_sd: float
    share_at_lowest: float
    share_at_highest: float
    spreads: np.ndarray
    fixed_means: np.ndarray
    fixed_covariance: np.ndarray
    mean_products: tuple[np.ndarray, ...]
    varying_shares: tuple[np.ndarray, ...]


def summarise_rows(rows: Rows, terms: tuple[RandomTerm, ...]) -> RowSummary:
    """Sum up rows."""
    n = len(rows.y)
    shares = [
        np.array(
            [
                _varying(rows.codes[term.group], column, len(rows.levels[term.group]))
                for column in own.T
            ]
        )
        for term, own in zip(terms, rows.columns, strict=True)
    ]
    return RowSummary(
        response_sd=float(np.std(rows.y, ddof=1)),
        share_at_lowest=float(np.mean(rows.y == rows.y.min())),
        share_at_highest=float(np.mean(rows.y == rows.y.max())),
        spreads=np.ptp(rows.X, axis=0),
        fixed_means=rows.X.mean(axis=0),
        fixed_covariance=np.atleast_2d(np.cov(rows.X, rowvar=False)),
        mean_products=tuple(own.T @ own / n for own in rows.columns),
        varying_shares=tuple(shares),
    )


def _varying(codes: np.ndarray, column: np.ndarray, n_levels: int) -> float:
    if np.ptp(column) == 0:
        return float("nan")
    low, high = np.full(n_levels, np.inf), np.full(n_levels, -np.inf)
    np.minimum.at(low, codes, column)
    np.maximum.at(high, codes, column)
    return float(np.mean(high > low))


def summarise_statistics(statistics: SufficientStatistics) -> RowSummary:
    """Sum up sufficient statistics. With weights, means and shares are weighted."""
    s = statistics
    total = s.products.sum(axis=0)
    weight = total[0, 0]
    means = total[0] / weight
    covariance = (total / weight - np.outer(means, means)) * weight / max(weight - 1, 1)
    fixed = [s.names.index(name) for name in s.columns.fixed_names]
    products, shares = [], []
    for block in s.columns.blocks:
        own = [s.names.index(name) for name in block.names]
        centre = means[own] + s.shift[own]
        centre = np.where(np.array(own) == 0, 1.0, centre)
        within = covariance[np.ix_(own, own)] * (weight - 1) / weight
        products.append(within + np.outer(centre, centre))
        shares.append(np.array([_varying_share(s, block.term.group, column) for column in own]))
    return RowSummary(
        response_sd=float(np.sqrt(covariance[-1, -1])),
        share_at_lowest=s.at_lowest / s.n_obs,
        share_at_highest=s.at_highest / s.n_obs,
        spreads=(s.highest - s.lowest)[fixed],
        fixed_means=np.where(np.array(fixed) == 0, 1.0, (means + s.shift)[fixed]),
        fixed_covariance=covariance[np.ix_(fixed, fixed)],
        mean_products=tuple(products),
        varying_shares=tuple(shares),
    )


def _varying_share(s: SufficientStatistics, group: str, column: int) -> float:
    """Share of a group's levels in which a column varies."""
    spread = s.highest[column] - s.lowest[column]
    if spread == 0:
        return float("nan")
    if group == s.roles.crossed:
        return float("nan")
    codes = s.cell_inner if group == s.roles.inner else s.cell_outer
    parts = np.stack([s.products[:, 0, 0], s.products[:, 0, column], s.products[:, column, column]])
    weight, sums, squares = (np.bincount(codes, part, len(s.levels[group])) for part in parts)
    variance = squares / weight - (sums / weight) ** 2
    return float(np.mean(variance > ROUNDING * spread**2))
