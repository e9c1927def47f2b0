"""A slope by ordinary least squares with a cluster-robust interval."""

from __future__ import annotations

import numpy as np

from workbench.terms import CONFIDENCE


def plain_slope(
    column: np.ndarray, values: np.ndarray, others: np.ndarray, clusters: np.ndarray
) -> tuple[float, float, float]:
    """Slope of values on one column beside others, with its 95% interval.

    Residuals may go together within clusters (Cameron and Miller 2015, Journal of Human Resources
    50, equation 11, with G / (G - 1) and t on G - 1 degrees of freedom).

    Parameters
    ----------
    column, values
        Shape (n,).
    others
        Shape (n, p); add a column of ones where there is to be an intercept.
    clusters
        Shape (n,): codes from 0.
    """
    from scipy.stats import t

    beside = np.linalg.lstsq(others, np.column_stack([column, values]), rcond=None)[0]
    own = column - others @ beside[:, 0]
    left = values - others @ beside[:, 1]
    size, count = float(own @ own), len(np.unique(clusters))
    if size <= 1e-10 * max(float(column @ column), 1e-300) or count < 2:
        return np.nan, np.nan, np.nan
    slope = float(own @ left) / size
    totals = np.bincount(clusters, own * (left - slope * own))
    error = np.sqrt(count / (count - 1) * float(totals @ totals)) / size
    reach = float(t.ppf((1 + CONFIDENCE) / 2, count - 1)) * error
    return slope, slope - reach, slope + reach
