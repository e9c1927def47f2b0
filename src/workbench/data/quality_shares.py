"""Shares with their intervals, for the tables about the quality of the data."""

from __future__ import annotations

import numpy as np
import pandas as pd

NORMAL_975 = 1.959963984540054
"""97.5% point of the normal distribution."""


def wilson(count: pd.Series, of: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Wilson's 95% interval of a share (Wilson 1927), from 0 to 1; missing with none of none.

    Examples
    --------
    >>> low, high = wilson(pd.Series([8]), pd.Series([10]))
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (0.49, 0.943)
    """
    total = of.astype("float64").where(of > 0)
    share = count.astype("float64") / total
    square = NORMAL_975**2
    middle = (share + square / (2 * total)) / (1 + square / total)
    half: pd.Series = (
        NORMAL_975
        / (1 + square / total)
        * np.sqrt(share * (1 - share) / total + square / (4 * total**2))
    )
    # None and all are exact ends; rounding would leave a trace of a number there.
    low = (middle - half).where((count > 0) | total.isna(), 0.0)
    high = (middle + half).where((count < of) | total.isna(), 1.0)
    return low.clip(0.0, 1.0), high.clip(0.0, 1.0)


def with_share(frame: pd.DataFrame, count: str, of: str, name: str = "share") -> pd.DataFrame:
    """Add a share and its interval: ``<name>``, ``conf_low`` and ``conf_high``."""
    low, high = wilson(frame[count], frame[of])
    total = frame[of].astype("float64").where(frame[of] > 0)
    return frame.assign(
        **{name: frame[count].astype("float64") / total}, conf_low=low, conf_high=high
    )
