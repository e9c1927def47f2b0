"""Two signs of a new normal: spread that shrinks, and supervisors who leave other raters behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench import terms
from workbench.errors import ModelRefused
from workbench.language import say
from workbench.models.inference import combine_fixed
from workbench.models.mixed_fit import MixedModelFit
from workbench.models.variance_trend import variance_trend

FEWEST_QUARTERS = 3
FEWEST_OF_A_ROLE = 20
"""Observations by raters of a role below which nothing is said of the role's course."""
ROLE_TERM = "rater_role[T.supervisor]"
ROLE_SLOPE_TERM = f"quarters:{ROLE_TERM}"
SPREAD_COLUMNS = [
    "quarter", "quarters", "spread", "spread_low", "spread_high", "n_observations",
    "n_practitioners",
]  # fmt: skip
GAP_COLUMNS = [
    "quarter", "quarters", "gap", "gap_low", "gap_high", "n_observations", "n_practitioners",
]  # fmt: skip


@dataclass(frozen=True)
class Sign:
    """One number that speaks for or against a new normal.

    Attributes
    ----------
    estimate, conf_low, conf_high
        Its size with a 95% interval; NaN where it can't be told.
    p_value
        One-sided, in the direction of a new normal.
    n, n_practitioners
        Observations and practitioners behind it.
    reason
        Why it can't be told; empty if it can.
    """

    estimate: float = np.nan
    conf_low: float = np.nan
    conf_high: float = np.nan
    p_value: float = np.nan
    n: int = 0
    n_practitioners: int = 0
    reason: str = ""

    @property
    def told(self) -> bool:
        """Whether there is a number."""
        return not self.reason


def sign_of(
    estimate: float, std_error: float, df: float, frame: pd.DataFrame, falling: bool = True
) -> Sign:
    """Make a sign of an estimate that is t distributed about its truth.

    Parameters
    ----------
    estimate, std_error, df
        The estimate.
    frame
        The observations behind it.
    falling
        Whether a new normal goes with a number below zero, or above.
    """
    from scipy.stats import t

    reach = float(t.ppf(0.5 + terms.CONFIDENCE / 2, df)) * std_error
    below = float(t.cdf(estimate / std_error, df))
    return Sign(
        float(estimate),
        float(estimate - reach),
        float(estimate + reach),
        below if falling else 1 - below,
        len(frame),
        int(frame["practitioner_id"].nunique()),
    )


def two_roles(frame: pd.DataFrame) -> bool:
    """Whether supervisors and independent raters can each be given a course of their own."""
    roles = frame.groupby("rater_role")
    enough = (roles.size() >= FEWEST_OF_A_ROLE) & (roles["quarter"].nunique() >= FEWEST_QUARTERS)
    return len(enough) == 2 and bool(enough.all())


def quarter_middles(frame: pd.DataFrame, now: float) -> pd.DataFrame:
    """Every observed quarter with its middle on the time scale and what was seen in it."""
    groups = frame.groupby("quarter", sort=True)
    return pd.DataFrame(
        {
            "quarters": np.minimum(np.floor(groups["quarters"].median()) + 0.5, now),
            "n_observations": groups.size(),
            "n_practitioners": groups["practitioner_id"].nunique(),
        }
    ).reset_index()


def spread_sign(
    frame: pd.DataFrame, formula: str, middles: pd.DataFrame
) -> tuple[Sign, pd.DataFrame]:
    """Change of the residual spread within practitioners, in percent a quarter, and its table."""
    from scipy.stats import norm

    nothing = pd.DataFrame(columns=SPREAD_COLUMNS)
    if "| practitioner_id)" not in formula:
        reason = say("too few practitioners were seen more than once to tell a spread within them.")
        return Sign(reason=reason), nothing
    try:
        trend = variance_trend(formula, frame, "quarters")
    except ModelRefused as error:
        reason = say("the course of the spread can't be modelled. {error}", error=error)
        return Sign(reason=reason), nothing
    if not trend.fit.usable:
        return Sign(reason=trend.fit.why_not), nothing
    found = trend.std_devs(list(middles["quarters"]))
    table = middles.assign(
        spread=found["std_dev"], spread_low=found["conf_low"], spread_high=found["conf_high"]
    )
    estimate, low, high = (
        float(100 * np.expm1(one)) for one in (trend.estimate, trend.conf_low, trend.conf_high)
    )
    chance = float(norm.cdf(np.sign(trend.estimate) * np.sqrt(trend.statistic)))
    people = int(frame["practitioner_id"].nunique())
    return Sign(estimate, low, high, chance, trend.n, people), table[SPREAD_COLUMNS]


def role_gap_sign(
    frame: pd.DataFrame, fit: MixedModelFit, middles: pd.DataFrame
) -> tuple[Sign, pd.DataFrame]:
    """Slope of supervisors' ratings against independent raters', and the gap in each quarter."""
    names = list(fit.design.fixed_names)
    if ROLE_SLOPE_TERM not in names:
        reason = say(
            "it takes {observations} observations in {quarters} quarters by supervisors, and as "
            "many by independent raters.",
            observations=FEWEST_OF_A_ROLE,
            quarters=FEWEST_QUARTERS,
        )
        return Sign(reason=reason), pd.DataFrame(columns=GAP_COLUMNS)
    weights = np.zeros((1 + len(middles), len(names)))
    weights[0, names.index(ROLE_SLOPE_TERM)] = 1.0
    weights[1:, names.index(ROLE_TERM)] = 1.0
    weights[1:, names.index(ROLE_SLOPE_TERM)] = middles["quarters"]
    found = combine_fixed(fit, weights, "satterthwaite")
    slope, gaps = found.iloc[0], found.iloc[1:].reset_index(drop=True)
    table = middles.assign(
        gap=gaps["estimate"], gap_low=gaps["conf_low"], gap_high=gaps["conf_high"]
    )
    sign = sign_of(slope["estimate"], slope["std_error"], slope["df"], frame, falling=False)
    return sign, table[GAP_COLUMNS]
