"""How many double-coded sessions would settle whether the ruler moves.

The slope of the paired differences on the rating date has the variance v / S, where v is the
variance of the differences of one rater and S the sum of squares of the dates about their mean.
Sessions spread evenly over T quarters add about N T^2 / 12 to S. The power is that of the two-sided
t test, from the noncentral t distribution (Cohen 1988, Statistical power analysis for the
behavioral sciences, chapter 9).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

POWER = 0.80
LEVEL = 0.05
QUARTERS_AHEAD = (4, 8, 12)
NEEDED_COLUMNS = [
    "quarters_ahead",
    "sessions",
    "sessions_a_quarter",
    "variance",
    "variance_from",
    "smallest_change",
]
MOST_SESSIONS = 100_000
SURE = 20.0
"""Standard errors beyond which power is 1, and the noncentral t is hard to compute."""


def sessions_needed(
    variance: float,
    smallest_change: float,
    quarters: float,
    raters: int = 1,
    seen: Sequence[float] | np.ndarray = (),
) -> int:
    """Smallest number of double-coded sessions that would show the smallest change that matters.

    Sessions are taken as spread evenly over the quarters to come, and each rater's sessions as
    spread over them too, so that raters' own levels cost degrees of freedom only. Raters are taken
    to move together.

    Parameters
    ----------
    variance
        Of the difference between a rating and its anchor within a rater, in points squared.
    smallest_change
        Points a quarter, above 0.
    quarters
        Quarters to come over which the sessions are spread, above 0.
    raters
        How many raters are double-coded.
    seen
        When the sessions that are double-coded already were rated, in quarters from now: 0 or
        less.

    Returns
    -------
    int
        Sessions to come at which the power reaches 0.80 in a two-sided test at 0.05; 0 when those
        seen suffice; -1 when the variance is not known, or no number that can be rated would do.

    Examples
    --------
    >>> sessions_needed(25.0, 1.0, 4), sessions_needed(25.0, 1.0, 8)
    (150, 39)
    """
    if not np.isfinite(variance) or variance <= 0:
        return -1
    seen = np.asarray(seen, dtype=float)
    low, high = -1, 1
    while _power(high, variance, smallest_change, quarters, raters, seen) < POWER:
        low, high = high, high * 2
        if high > MOST_SESSIONS:
            return -1
    if _power(0, variance, smallest_change, quarters, raters, seen) >= POWER:
        return 0
    low = max(low, 0)
    while high - low > 1:
        middle = (low + high) // 2
        enough = _power(middle, variance, smallest_change, quarters, raters, seen) >= POWER
        low, high = (low, middle) if enough else (middle, high)
    return high


def _power(
    sessions: int,
    variance: float,
    change: float,
    quarters: float,
    raters: int,
    seen: np.ndarray,
) -> float:
    """Power of the t test of the slope with so many sessions to come."""
    from scipy import stats

    df = sessions + len(seen) - raters - 1
    if df < 1:
        return 0.0
    to_come = (np.arange(sessions) + 0.5) / max(sessions, 1) * quarters
    times = np.concatenate([seen, to_come])
    spread = float(((times - times.mean()) ** 2).sum())
    shift = change * np.sqrt(spread / variance)
    if shift > SURE:
        return 1.0
    limit = stats.t.ppf(1 - LEVEL / 2, df)
    return float(stats.nct.sf(limit, df, shift) + stats.nct.cdf(-limit, df, shift))


def double_codes_needed(
    variance: float,
    variance_from: str,
    smallest_change: float,
    raters: int = 1,
    seen: Sequence[float] | np.ndarray = (),
    fewest: int = 0,
    quarters_ahead: Sequence[int] = QUARTERS_AHEAD,
) -> pd.DataFrame:
    """Sessions to double-code over the quarters to come: one row a number of quarters.

    Parameters are as for :func:`sessions_needed`; ``fewest`` is a number of sessions to come below
    which the trend is not looked at, whatever the power.

    Returns
    -------
    DataFrame
        ``quarters_ahead, sessions`` (missing where not known), ``sessions_a_quarter, variance,
        variance_from, smallest_change``.
    """
    rows = []
    for ahead in quarters_ahead:
        found = sessions_needed(variance, smallest_change, ahead, raters, seen)
        found = max(found, fewest) if found >= 0 else found
        rows.append(
            {
                "quarters_ahead": ahead,
                "sessions": float(found) if found >= 0 else np.nan,
                "sessions_a_quarter": float(np.ceil(found / ahead)) if found >= 0 else np.nan,
                "variance": variance,
                "variance_from": variance_from,
                "smallest_change": smallest_change,
            }
        )
    return pd.DataFrame(rows, columns=NEEDED_COLUMNS)
