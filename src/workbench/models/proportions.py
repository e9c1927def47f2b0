"""Intervals of shares, also where the units of one cluster are more alike than chance makes them.

The interval is Wilson's (1927), which stays between 0 and 1 and is not empty where nobody or
everybody counts. With a dispersion above 1 the number of trials is divided by it, and the t
distribution takes the place of the normal, since the dispersion is itself estimated (Korn and
Graubard 1998, Survey Methodology 24, 193-201, used with Wilson's interval).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FEWEST_DEGREES = 2
"""Degrees of freedom below which a dispersion is not worth having."""


@dataclass(frozen=True)
class Dispersion:
    """How much shares of single clusters scatter, beside what chance alone makes.

    Attributes
    ----------
    value
        1 where it is chance alone; NaN where it can't be told. At least 1.
    df
        Degrees of freedom behind it.
    """

    value: float
    df: float


def wilson_interval(
    count: float | np.ndarray,
    of: float | np.ndarray,
    conf: float = 0.95,
    dispersion: Dispersion | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's interval of a share.

    Parameters
    ----------
    count, of
        How many count, of how many; shape (n,) or single numbers. With none of none the interval
        is missing.
    conf
        Confidence level, between 0 and 1.
    dispersion
        Scatter of clusters; chance alone if None. Where it is not known the interval is missing.

    Returns
    -------
    tuple
        Lower and upper end, between 0 and 1, of the shape of ``count``.

    Examples
    --------
    >>> low, high = wilson_interval(8, 10)
    >>> round(float(low), 3), round(float(high), 3)
    (0.49, 0.943)
    """
    from scipy import stats

    scatter = dispersion or Dispersion(1.0, np.inf)
    total = np.asarray(of, dtype=float)
    total = np.where(total > 0, total, np.nan)
    share = np.asarray(count, dtype=float) / total
    size = total / scatter.value
    reach = float(stats.t.ppf((1 + conf) / 2, scatter.df)) if scatter.df > 0 else np.nan
    middle = (share + reach**2 / (2 * size)) / (1 + reach**2 / size)
    half = reach / (1 + reach**2 / size)
    half = half * np.sqrt(share * (1 - share) / size + reach**2 / (4 * size**2))
    return np.clip(middle - half, 0.0, 1.0), np.clip(middle + half, 0.0, 1.0)


def dispersion_of_shares(count: pd.Series, of: pd.Series, groups: pd.Series) -> Dispersion:
    """Pearson's dispersion of shares about the share of their group.

    Parameters
    ----------
    count, of
        How many count, of how many, one row a cluster (such as one occasion); shape (n,).
    groups
        Group of each row, within which the share is taken to be one and the same.

    Returns
    -------
    Dispersion
        Sum of squared Pearson residuals over the degrees of freedom, as quasi-binomial regression
        has it, and 1 if that is less. Missing with fewer than two degrees of freedom.
    """
    frame = pd.DataFrame({"count": count, "of": of, "group": groups.to_numpy()}).astype(
        {"count": float, "of": float}
    )
    frame = frame[frame["of"] > 0]
    sums = frame.groupby("group")[["count", "of"]].transform("sum")
    share = (sums["count"] / sums["of"]).to_numpy()
    spread = frame["of"].to_numpy() * share * (1 - share)
    gap = frame["count"].to_numpy() - frame["of"].to_numpy() * share
    mixed = spread > 0
    df = len(frame) - frame["group"].nunique()
    if df < FEWEST_DEGREES:
        return Dispersion(np.nan, float(max(df, 0)))
    value = float((gap[mixed] ** 2 / spread[mixed]).sum()) / df
    return Dispersion(max(value, 1.0), float(df))
