"""Whether the ruler moves: the trend of ratings over the date on which they were made.

Two ways show it. Against an anchor, the practice that was rated falls out of the difference. Where
sessions were rated in another order than they took place, the rating date is not tied to the date
of practice, and one model tells the two apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from workbench import terms
from workbench.analysis.growth_design import (
    FEWEST_GROUPS,
    FEWEST_OCCASIONS,
    FEWEST_WITH_A_SLOPE,
    SHORTEST_SPAN,
)
from workbench.analysis.raters_pairs import SESSION, rating_times
from workbench.errors import ModelRefused
from workbench.language import mark, say
from workbench.models.mixed import fit_mixed_model
from workbench.quarters import DAYS_IN_A_QUARTER

MASTER_CODES = mark("master codes")
INDEPENDENT_CODES = mark("independent codes")
RATING_ORDER = "rating order"
FEWEST_SESSIONS = 20
FEWEST_QUARTERS = 3
LARGEST_TIE = 0.5
"""Share of the variation in rating dates that the date of practice may tell."""
FEWEST_RATING_DAYS = 10
A_QUARTER, A_WEEK = mark("points a quarter"), mark("points a week")
SHORT_SERIES = 2.0
"""Quarters of rating below which a trend is told a week: a quarter's would look past the data."""
WEEKS_IN_A_QUARTER = DAYS_IN_A_QUARTER / 7


@dataclass(frozen=True)
class Movement:
    """Movement of the ruler over rating dates.

    Attributes
    ----------
    basis
        What shows it: ``master codes``, ``independent codes`` or ``rating order``; empty where
        nothing does.
    estimate, std_error, df, conf_low, conf_high, p_value
        Slope in ``unit`` with its Satterthwaite interval; NaN where it can't be estimated.
    unit
        ``points a quarter``, or ``points a week`` where the rating took under two quarters.
    variance
        Residual variance about the trend within a rater, in points squared.
    roles
        Roles of the raters whose movement it is.
    n_sessions, n_ratings, n_raters, n_practitioners, n_quarters
        What it rests on.
    span
        From the first rating to the last, in quarters.
    reason
        Why there is no estimate; empty if there is one.
    """

    basis: str = ""
    estimate: float = np.nan
    std_error: float = np.nan
    df: float = np.nan
    conf_low: float = np.nan
    conf_high: float = np.nan
    p_value: float = np.nan
    unit: str = A_QUARTER
    variance: float = np.nan
    roles: tuple[str, ...] = ()
    n_sessions: int = 0
    n_ratings: int = 0
    n_raters: int = 0
    n_practitioners: int = 0
    n_quarters: int = 0
    span: float = 0.0
    reason: str = ""


def movement_against_anchors(paired: pd.DataFrame, basis: str) -> Movement:
    """Trend of the differences between ratings and anchors over the rating date.

    The model is ``difference ~ rated_at + rater_role + (1 + rated_at | rater_id)``, with
    ``(1 | session)`` where sessions have several pairs. Raters have slopes of their own where most
    were double-coded on three days or more; without them, the interval of what raters share would
    be too narrow. With fewer than five raters who have several pairs, it is the slope within raters
    by least squares.

    Parameters
    ----------
    paired
        Pairs with one kind of anchor, from `workbench.analysis.raters_pairs.with_anchors`.
    basis
        ``MASTER_CODES`` or ``INDEPENDENT_CODES``.
    """
    counts = replace(
        _counts(paired), basis=basis, n_quarters=paired["quarter"].nunique(), variance=np.nan
    )
    if len(paired) > 2:
        counts = replace(counts, variance=_within_raters(paired))
    if counts.n_sessions < FEWEST_SESSIONS or counts.n_quarters < FEWEST_QUARTERS:
        reason = say(
            "{sessions} sessions with {basis} in {quarters} quarters are too few; it takes "
            "{fewest_sessions} or more in {fewest_quarters} quarters or more.",
            sessions=counts.n_sessions,
            basis=say(basis),
            quarters=counts.n_quarters,
            fewest_sessions=FEWEST_SESSIONS,
            fewest_quarters=FEWEST_QUARTERS,
        )
        return replace(counts, reason=reason)
    parts = ["rated_at"]
    if (paired["rater_role"].value_counts() >= FEWEST_GROUPS).sum() > 1:
        parts.append("rater_role")
    if _groups_seen_again(paired, "rater_id") < FEWEST_GROUPS:
        return _within_slope(paired, counts)
    parts.append("(1 + rated_at | rater_id)" if _own_slopes(paired) else "(1 | rater_id)")
    if _groups_seen_again(paired, "session") >= FEWEST_GROUPS:
        parts.append("(1 | session)")
    return _fitted(f"difference ~ {' + '.join(parts)}", paired, counts)


def movement_in_rating_order(by_observation: pd.DataFrame) -> Movement:
    """Trend over the rating date, where sessions were rated in another order than they took place.

    The model is ``fidelity ~ rated_at + seen_at + (1 | practitioner_id) + (1 | session) +
    (1 | rater_id)``. It takes the order of rating to have nothing to do with the quality of the
    sessions but through the date of practice.

    Parameters
    ----------
    by_observation
        Observations with ``quarters`` and, where known, ``rated_on``.
    """
    if by_observation.empty or not _rated_out_of_order(by_observation):
        return Movement(reason=say("the dates of rating follow the dates of practice."))
    frame = by_observation.assign(
        rated_at=rating_times(by_observation),
        seen_at=by_observation["quarters"].astype(float),
        session=by_observation.groupby(SESSION).ngroup().astype("str"),
    )
    weekly = np.ptp(frame["rated_at"]) < SHORT_SERIES
    counts = replace(
        _counts(frame),
        basis=RATING_ORDER,
        n_quarters=frame["quarter"].nunique(),
        unit=A_WEEK if weekly else A_QUARTER,
    )
    raters = frame.groupby("session")["rater_id"].nunique()
    double = int((raters > 1).sum())
    if double < FEWEST_SESSIONS or _groups_seen_again(frame, "rater_id") < FEWEST_GROUPS:
        reason = say(
            "{sessions} sessions that two raters scored, or their raters, are too few.",
            sessions=double,
        )
        return replace(counts, reason=reason)
    if weekly:
        frame["rated_at"] *= WEEKS_IN_A_QUARTER
    parts = ["rated_at"] + (["seen_at"] if np.ptp(frame["seen_at"]) > 0 else [])
    sessions = frame.groupby("practitioner_id")["session"].nunique()
    if (sessions > 1).sum() >= FEWEST_GROUPS:
        parts.append("(1 | practitioner_id)")
    parts += ["(1 | session)", "(1 | rater_id)"]
    return _fitted(f"fidelity ~ {' + '.join(parts)}", frame, counts)


def _rated_out_of_order(frame: pd.DataFrame) -> bool:
    if "rated_on" not in frame.columns or frame["rated_on"].isna().any():
        return False
    rated, seen = rating_times(frame), frame["quarters"].astype(float)
    if frame["rated_on"].nunique() < FEWEST_RATING_DAYS:
        return False
    return np.ptp(seen) == 0 or float(np.corrcoef(rated, seen)[0, 1] ** 2) <= LARGEST_TIE


def _counts(frame: pd.DataFrame) -> Movement:
    return Movement(
        roles=tuple(sorted(frame["rater_role"].unique())),
        n_sessions=frame["session"].nunique(),
        n_ratings=len(frame),
        n_raters=frame["rater_id"].nunique(),
        n_practitioners=frame["practitioner_id"].nunique(),
        span=float(np.ptp(frame["rated_at"])) if len(frame) else 0.0,
    )


def _groups_seen_again(frame: pd.DataFrame, group: str) -> int:
    return int((frame[group].value_counts() > 1).sum())


def _own_slopes(paired: pd.DataFrame) -> bool:
    """Whether most raters were double-coded often enough for slopes that vary between them."""
    by_rater = paired.groupby("rater_id")["rated_at"]
    days, span = by_rater.nunique(), by_rater.max() - by_rater.min()
    able = int(((days >= FEWEST_OCCASIONS) & (span >= SHORTEST_SPAN)).sum())
    return able >= FEWEST_WITH_A_SLOPE and 2 * able >= by_rater.ngroups


def _within_raters(paired: pd.DataFrame) -> float:
    """Variance of the differences about each rater's own mean; NaN where no rater has two."""
    by_rater = paired.groupby("rater_id")["difference"]
    left = len(paired) - by_rater.ngroups
    if left < 1:
        return np.nan
    return float(((paired["difference"] - by_rater.transform("mean")) ** 2).sum() / left)


def _within_slope(paired: pd.DataFrame, counts: Movement) -> Movement:
    """Least-squares slope within raters, whose levels take a degree of freedom each."""
    from scipy import stats

    raters = paired.groupby("rater_id")
    time = paired["rated_at"] - raters["rated_at"].transform("mean")
    gap = paired["difference"] - raters["difference"].transform("mean")
    spread, df = float((time**2).sum()), len(paired) - raters.ngroups - 1
    if df < 1 or spread <= 0:
        return replace(counts, reason=say("hardly any rater was double-coded more than once."))
    slope = float((time * gap).sum()) / spread
    variance = float(((gap - slope * time) ** 2).sum()) / df
    if variance <= 0:
        return replace(counts, reason=say("the differences do not vary about their trend."))
    error = float(np.sqrt(variance / spread))
    reach = stats.t.ppf((1 + terms.CONFIDENCE) / 2, df) * error
    return replace(
        counts,
        estimate=slope,
        std_error=error,
        df=float(df),
        conf_low=slope - reach,
        conf_high=slope + reach,
        p_value=float(2 * stats.t.sf(abs(slope) / error, df)),
        variance=variance,
    )


def _fitted(formula: str, frame: pd.DataFrame, counts: Movement) -> Movement:
    try:
        fit = fit_mixed_model(formula, frame)
    except ModelRefused as error:
        why = say("the model that these ratings need can't be fitted. {error}", error=error)
        return replace(counts, reason=why)
    if not fit.usable:
        return replace(counts, reason=fit.why_not)
    table = fit.tidy()
    slope = table[table["term"] == "rated_at"].iloc[0]
    return replace(
        counts,
        estimate=float(slope["estimate"]),
        std_error=float(slope["std_error"]),
        df=float(slope["df"]),
        conf_low=float(slope["conf_low"]),
        conf_high=float(slope["conf_high"]),
        p_value=float(slope["p_value"]),
        variance=fit.sigma**2,
    )
