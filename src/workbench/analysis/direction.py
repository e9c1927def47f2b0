"""Direction of movement: a state is named only when its probability is high enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import terms


@dataclass(frozen=True)
class RulerMovement:
    """How the raters themselves moved, against codes that stay where they are.

    Attributes
    ----------
    estimate, std_error
        Points of fidelity a quarter by which raters came to score the same practice higher.
    df
        Degrees of freedom of the error.
    """

    estimate: float
    std_error: float
    df: float


def take_ruler_off(slopes: pd.DataFrame, ruler: RulerMovement) -> pd.DataFrame:
    """Slopes of practice: slopes as rated, less what the raters moved.

    The two errors are independent as far as they come from different things (how sessions differ,
    and how two raters differ on the same session), so their variances add; degrees of freedom by
    Welch and Satterthwaite.

    Parameters
    ----------
    slopes
        With ``slope``, ``slope_error`` and ``slope_df``.
    ruler
        The raters' movement.

    Returns
    -------
    DataFrame
        The same with ``slope``, ``slope_low``, ``slope_high``, ``slope_error`` and ``slope_df``
        of practice.
    """
    from scipy import stats

    own, shared = slopes["slope_error"] ** 2, ruler.std_error**2
    error = np.sqrt(own + shared)
    df = (own + shared) ** 2 / (own**2 / slopes["slope_df"] + shared**2 / ruler.df)
    slope = slopes["slope"] - ruler.estimate
    reach = stats.t.ppf(0.5 + terms.CONFIDENCE / 2, df) * error
    return slopes.assign(
        slope=slope,
        slope_low=slope - reach,
        slope_high=slope + reach,
        slope_error=error,
        slope_df=df,
    )


def add_direction(slopes: pd.DataFrame, smallest_change: float, probability: float) -> pd.DataFrame:
    """Slopes with the probability of each direction and the state that may be named.

    The slope given the data is taken as t distributed about its estimate. Drifting is a slope
    below minus the smallest change that matters, strengthening one above it, holding what lies
    between.

    Parameters
    ----------
    slopes
        With ``slope`` and ``slope_error`` (standard error) in points a quarter, and ``slope_df``.
    smallest_change
        Points a quarter, above 0.
    probability
        What a state's probability must reach, between 0.5 and 1.

    Returns
    -------
    DataFrame
        With ``probability_drifting``, ``probability_holding``, ``probability_strengthening`` and
        ``state``; not enough evidence where none reaches the probability.

    Examples
    --------
    >>> slopes = pd.DataFrame({"slope": [-2.0, -1.0], "slope_error": [0.3, 0.6], "slope_df": 30})
    >>> list(add_direction(slopes, 1.0, 0.9)["state"])
    ['drifting', 'not enough evidence']
    """
    from scipy import stats

    about = (slopes["slope_df"], slopes["slope"], slopes["slope_error"])
    below = stats.t.cdf(-smallest_change, *about)
    above = stats.t.sf(smallest_change, *about)
    chances = pd.DataFrame(
        {
            "probability_drifting": below,
            "probability_holding": 1 - below - above,
            "probability_strengthening": above,
        },
        index=slopes.index,
    )
    names = (terms.DRIFTING, terms.HOLDING, terms.STRENGTHENING)
    reached = [chances[f"probability_{name}"] >= probability for name in names]
    state = np.select(reached, names, terms.NOT_ENOUGH_EVIDENCE)
    return slopes.assign(**{str(name): chances[name] for name in chances}, state=state)
