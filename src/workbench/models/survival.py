"""Time to an event when some have not had it yet: the product-limit estimate.

``S(t)`` is the share still without the event after time t. Whoever was followed up to t without
the event is at risk at t and counts as neither event nor failure afterwards (Kaplan and Meier 1958,
Journal of the American Statistical Association 53, 457-481). Its variance is Greenwood's; intervals
are taken on the scale of ``log(-log S)``, which keeps them between 0 and 1 (Kalbfleisch and
Prentice 2002, The statistical analysis of failure time data, section 1.4). Ends of the median's
interval are where those of the curve reach one half (Brookmeyer and Crowley 1982, Biometrics 38,
29-41).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.language import mark, say
from workbench.models.rating_columns import rating_numbers
from workbench.terms import CONFIDENCE

SAME = float(np.sqrt(np.finfo(float).eps))  # a survival this near one half is one half, as in R
STEP_COLUMNS = [
    "time", "at_risk", "events", "censored", "survival", "std_error", "conf_low", "conf_high",
]  # fmt: skip

NOBODY = mark("There is nobody to follow.")
NONE_YET = mark("None had the event by then, so the interval is not defined.")
ALL_DONE = mark("All had the event by then, so the interval is not defined.")
TOO_LATE = mark("Nobody was followed for so long.")
NOT_HALF = mark("Fewer than half have had the event within the time followed.")
NO_ENDS = {
    (False, False): "",
    (True, False): mark("The interval of the median has no lower end within the time followed."),
    (False, True): mark("The interval of the median has no upper end within the time followed."),
    (True, True): mark(
        "The interval of the median has no lower and no upper end within the time followed."
    ),
}
"""By whether the lower end is missing, and whether the upper is."""


@dataclass(frozen=True)
class SurvivalCurve:
    """A product-limit estimate.

    Attributes
    ----------
    steps
        One row a distinct time of an event or of the end of follow-up: ``time, at_risk`` (just
        before)``, events, censored, survival`` (just after)``, std_error`` (Greenwood's, missing
        where survival is 0)``, conf_low, conf_high`` (missing where it is 1 or 0).
    median, median_low, median_high
        Time at which half have had the event, with its interval; NaN where the curve, or the end of
        its interval, does not reach one half.
    n, n_events, n_censored, n_dropped
        Subjects used, with and without the event; rows left out for a missing time.
    reason
        Why the median or an end of its interval is missing; empty if none is.
    """

    steps: pd.DataFrame
    median: float
    median_low: float
    median_high: float
    n: int
    n_events: int
    n_censored: int
    n_dropped: int
    reason: str

    def at(self, times: Iterable[float]) -> pd.DataFrame:
        """Read the curve at chosen times.

        Parameters
        ----------
        times
            Zero or more.

        Returns
        -------
        pandas.DataFrame
            One row a time: ``time, survival, conf_low, conf_high, at_risk`` (followed for as
            long)``, reason``. Survival is missing after the last time of follow-up, unless it has
            come to zero.

        Examples
        --------
        >>> curve = kaplan_meier(pd.Series([1, 2, 3, 4]), pd.Series([True, False, True, False]))
        >>> curve.at([3, 9])["survival"].tolist()
        [0.375, nan]
        """
        asked = np.asarray(list(times), dtype=float)
        steps = self.steps
        place = np.searchsorted(steps["time"].to_numpy(), asked, side="right")
        start = np.array([1.0, np.nan, np.nan])
        curve = steps[["survival", "conf_low", "conf_high"]].to_numpy(float)
        read = np.vstack([start, curve])[place]
        last, ends_at = (curve[-1, 0], steps["time"].iloc[-1]) if len(steps) else (1.0, -np.inf)
        unknown = (asked > ends_at) & (last > 0)
        read[unknown] = np.nan
        survival = read[:, 0]
        reason = np.select(
            [unknown, survival == 1, survival == 0],
            [say(TOO_LATE), say(NONE_YET), say(ALL_DONE)],
            "",
        )
        risk = np.append(steps["at_risk"].to_numpy(int), 0)
        before = np.searchsorted(steps["time"].to_numpy(), asked, side="left")
        found = pd.DataFrame(read, columns=["survival", "conf_low", "conf_high"])
        found.insert(0, "time", asked)
        return found.assign(at_risk=risk[before], reason=pd.Series(reason, dtype="str"))


def kaplan_meier(time: pd.Series, happened: pd.Series) -> SurvivalCurve:
    """Estimate the share without the event over time.

    Parameters
    ----------
    time
        How long each subject was followed, to the event or to the end of follow-up, shape (n,);
        zero or more, in any unit. Missing times are left out and counted.
    happened
        Whether the event ended the follow-up, shape (n,), boolean. False is censored: open when
        last seen.

    Raises
    ------
    ParameterError
        When a time is negative or no number, or ``happened`` is not boolean throughout.

    Examples
    --------
    >>> curve = kaplan_meier(pd.Series([1, 2, 3, 4]), pd.Series([True, False, True, False]))
    >>> curve.steps["survival"].tolist(), curve.median
    ([0.75, 0.75, 0.375, 0.375], 3.0)
    """
    length, event, dropped = _checked(time, happened)
    steps = _steps(length, event)
    survival, times = steps["survival"].to_numpy(), steps["time"].to_numpy()
    median = _reaches_half(times, survival)
    low = _reaches_half(times, steps["conf_low"].to_numpy())
    high = _reaches_half(times, steps["conf_high"].to_numpy())
    return SurvivalCurve(
        steps=steps,
        median=median,
        median_low=low,
        median_high=high,
        n=len(length),
        n_events=int(event.sum()),
        n_censored=int((~event).sum()),
        n_dropped=dropped,
        reason=_why(len(length), median, low, high),
    )


def _checked(time: pd.Series, happened: pd.Series) -> tuple[np.ndarray, np.ndarray, int]:
    """Give times and events of the subjects whose time is known, and count the others."""
    if len(time) != len(happened):
        raise ParameterError(f"There are {len(time)} times and {len(happened)} events.")
    if happened.isna().any() or (len(happened) and not pd.api.types.is_bool_dtype(happened)):
        raise ParameterError(
            "Whether the event happened must be true or false for each. What is open is false."
        )
    lengths = rating_numbers(time, str(time.name or "time"))
    known = ~np.isnan(lengths)
    if (lengths[known] < 0).any():
        raise ParameterError(
            f"{int((lengths[known] < 0).sum())} events come before their start. Mend their dates "
            "or leave them out."
        )
    return lengths[known], happened.to_numpy(bool)[known], int((~known).sum())


def _steps(length: np.ndarray, event: np.ndarray) -> pd.DataFrame:
    """Product-limit estimate at each distinct time, with Greenwood's variance."""
    from scipy.stats import norm

    times, codes = np.unique(length, return_inverse=True)
    leaving = np.bincount(codes, minlength=len(times))
    events = np.bincount(codes[event], minlength=len(times))
    at_risk = np.cumsum(leaving[::-1])[::-1]
    survival = np.cumprod(1 - events / at_risk)
    left = at_risk - events
    hazard = np.divide(events, at_risk * left, out=np.full(len(times), np.inf), where=left > 0)
    relative = np.sqrt(np.cumsum(np.where(events > 0, hazard, 0.0)))  # standard error over survival
    inside = np.where((survival > 0) & (survival < 1), survival, np.nan)
    reach = norm.ppf((1 + CONFIDENCE) / 2) * relative / np.log(inside)
    columns = {
        "time": times,
        "at_risk": at_risk,
        "events": events,
        "censored": leaving - events,
        "survival": survival,
        "std_error": survival * np.where(survival > 0, relative, np.nan),
        "conf_low": inside ** np.exp(-reach),
        "conf_high": inside ** np.exp(reach),
    }
    return pd.DataFrame(columns)[STEP_COLUMNS]


def _reaches_half(times: np.ndarray, curve: np.ndarray) -> float:
    """Find the first time at which a curve is at or below one half; NaN if it never is.

    Where it lies at exactly one half and falls later, every time between is a median, and the
    middle is given, as R does.
    """
    low = curve < 0.5 + SAME  # False where the curve is not defined
    if not low.any():
        return np.nan
    times, curve = times[low], curve[low]
    below = curve < curve[0]
    if abs(curve[0] - 0.5) < SAME and below.any():
        return float((times[0] + times[below][0]) / 2)
    return float(times[0])


def _why(n: int, median: float, low: float, high: float) -> str:
    if n == 0:
        return say(NOBODY)
    if np.isnan(median):
        return say(NOT_HALF)
    return say(NO_ENDS[bool(np.isnan(low)), bool(np.isnan(high))])
