"""Share of low observations followed within some days, and the usual delay, with intervals.

The curve is Kaplan and Meier's. Several low observations of one practitioner go together, so its
standard error is Greenwood's or that of the sums over practitioners of what each observation adds
to the curve, whichever is larger (Ying and Wei 1994, The Kaplan-Meier estimate for dependent
failure time observations, Journal of Multivariate Analysis 50, 17-29).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.language import say
from workbench.models.proportions import wilson_interval
from workbench.models.survival import kaplan_meier
from workbench.terms import CONFIDENCE

FEWEST_PEOPLE = 3
"""Practitioners below which how they differ can't be told, and Greenwood's error stands alone."""


def share_followed(low: pd.DataFrame, within_days: int) -> dict[str, object]:
    """Share followed within the days and median delay, each with a 95% interval.

    Parameters
    ----------
    low
        One row a low observation: ``days, happened, practitioner_id``.
    within_days
        Days within which it counts.

    Returns
    -------
    dict
        ``share, share_low, share_high, median_days, days_low, days_high, reason``. Where none, or
        all, were followed, the interval is Wilson's, of those still waiting or of all.
    """
    curve = kaplan_meier(low["days"], low["happened"])
    read = curve.at([within_days]).to_dict("records")[0]
    share = 1 - read["survival"]
    if not np.isfinite(share):
        ends = (np.nan, np.nan)
        reason = say("nobody was followed for {days} days yet.", days=within_days)
    elif share in (0, 1):
        of = read["at_risk"] if share == 0 else curve.n_events
        bottom, top = wilson_interval(share * of, of)
        ends, reason = (float(bottom), float(top)), ""
    else:
        ends, reason = _interval(low, within_days, float(share)), ""
    return {
        "share": share,
        "share_low": ends[0],
        "share_high": ends[1],
        "median_days": curve.median,
        "days_low": curve.median_low,
        "days_high": curve.median_high,
        "reason": reason,
    }


def _interval(low: pd.DataFrame, within_days: int, share: float) -> tuple[float, float]:
    """Interval on the scale of log(-log S), with the larger of the two standard errors."""
    from scipy import stats

    days, happened = low["days"].to_numpy(float), low["happened"].to_numpy(bool)
    greenwood, added = _log_errors(days, happened, within_days)
    reach = stats.norm.ppf((1 + CONFIDENCE) / 2) * np.sqrt(greenwood)
    people = pd.Series(added).groupby(low["practitioner_id"].to_numpy()).sum()
    count = len(people)
    if count >= FEWEST_PEOPLE:
        robust = np.sqrt(count / (count - 1) * float((people**2).sum()))
        reach = max(reach, float(stats.t.ppf((1 + CONFIDENCE) / 2, count - 1)) * robust)
    log = np.log(1 - share)
    ends = 1 - (1 - share) ** np.exp(np.array([-1.0, 1.0]) * reach / log)
    return float(ends.min()), float(ends.max())


def _log_errors(
    days: np.ndarray, happened: np.ndarray, within_days: int
) -> tuple[float, np.ndarray]:
    """Greenwood's variance of log S, and what each observation adds to log S, shape (n,)."""
    times = np.unique(days[happened & (days <= within_days)])
    at_risk = (days[:, None] >= times).sum(axis=0)
    events = ((days[:, None] == times) & happened[:, None]).sum(axis=0)
    left = at_risk - events  # above 0, since the share is below 1
    greenwood = float((events / (at_risk * left)).sum())
    mine = ((days[:, None] == times) & happened[:, None]) / at_risk
    expected = (days[:, None] >= times) * events / at_risk**2
    return greenwood, ((mine - expected) * at_risk / left).sum(axis=1)
