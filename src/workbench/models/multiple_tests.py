"""P-values of several tests, adjusted for how many they are."""

from __future__ import annotations

import numpy as np
import pandas as pd


def holm(p_values: pd.Series) -> pd.Series:
    """Adjust p-values for their number; missing ones are no looks.

    Under it, the chance that any test of a true null hypothesis falls below a level is at most
    that level (Holm 1979, Scandinavian Journal of Statistics 6, 65-70).

    >>> holm(pd.Series([0.01, 0.04, np.nan, 0.03])).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    ordered = p_values.astype(float).dropna().sort_values(kind="stable")
    looks = np.arange(len(ordered), 0, -1)
    return (ordered * looks).cummax().clip(upper=1.0).reindex(p_values.index)
