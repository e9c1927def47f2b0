"""What a curved course has beside a straight line: the bends of a natural cubic spline in time."""

from __future__ import annotations

import numpy as np
import pandas as pd

KNOTS_AT = (0.0, 1 / 3, 2 / 3, 1.0)
BENDS = ["bend_1", "bend_2"]


def knots_of(frame: pd.DataFrame) -> np.ndarray:
    """Place four knots at quantiles of the days observed, as R's ``ns(quarters, df = 3)`` does."""
    if frame.empty:
        return np.zeros(len(KNOTS_AT))
    return np.asarray(np.quantile(frame["quarters"], KNOTS_AT))


def with_bends(frame: pd.DataFrame, knots: np.ndarray) -> pd.DataFrame:
    """Add what a natural cubic spline has beside a straight line: ``bend_1`` and ``bend_2``.

    Together with ``quarters`` and a constant they span the natural cubic splines with these four
    knots (Hastie, Tibshirani and Friedman 2009, The Elements of Statistical Learning, equations
    5.4 and 5.5), here divided by the square of the span so that they are on the scale of time.
    """
    span = knots[-1] - knots[0]
    if not span > 0:
        return frame.assign(**dict.fromkeys(BENDS, 0.0))
    time = frame["quarters"].to_numpy(float)
    beyond = [np.clip(time - knot, 0.0, None) ** 3 for knot in knots]
    curves = [
        (beyond[k] - beyond[-1]) / (knots[-1] - knots[k]) if knots[-1] > knots[k] else 0 * time
        for k in range(len(knots) - 1)
    ]
    return frame.assign(
        **{name: (curves[k] - curves[-1]) / span**2 for k, name in enumerate(BENDS)}
    )
