"""The six forms of intraclass correlation, from the mean squares of a table."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from workbench.language import mark, say
from workbench.terms import CONFIDENCE

NAMES = {
    "ICC(1,1)": mark("one rating, each subject with its own raters"),
    "ICC(A,1)": mark("one rating, agreement, the same raters for all"),
    "ICC(C,1)": mark("one rating, consistency, the same raters for all"),
    "ICC(1,k)": mark("mean of k ratings, each subject with its own raters"),
    "ICC(A,k)": mark("mean of k ratings, agreement, the same raters for all"),
    "ICC(C,k)": mark("mean of k ratings, consistency, the same raters for all"),
}
NUMBERS = ("estimate", "statistic", "df1", "df2", "p_value", "conf_low", "conf_high")
NOTHING = 1e-12  # share of the total mean square that counts as none
TAIL = (1 + CONFIDENCE) / 2

NO_PAIRS = mark("An ICC needs two subjects and two raters; there are {subjects} and {raters}.")
NO_VARIANCE = mark("Every rating is the same, so there is no variance to share out.")
NO_ERROR = mark("The ratings of a subject leave no error, so how sure this is can't be told.")
NO_SUBJECTS = mark("Subjects do not differ at all, so the reliability of a mean is not defined.")
NO_INTERVAL = mark("The interval's approximation fails for such a low value.")


@dataclass(frozen=True)
class Form:
    """One form of ICC with its test and interval."""

    estimate: float = np.nan
    statistic: float = np.nan
    df1: float = np.nan
    df2: float = np.nan
    p_value: float = np.nan
    conf_low: float = np.nan
    conf_high: float = np.nan
    reason: str = ""


@dataclass(frozen=True)
class MeanSquares:
    """Mean squares of a complete table with n subjects and k raters."""

    n: int
    k: int
    subjects: float
    raters: float
    error: float
    within: float

    @staticmethod
    def of(scores: np.ndarray) -> MeanSquares:
        """Compute them from scores of shape (n, k)."""
        n, k = scores.shape
        scores = scores - scores.mean()
        by_subject, by_rater = scores.mean(axis=1), scores.mean(axis=0)
        rest = scores - by_subject[:, None] - by_rater
        return MeanSquares(
            n,
            k,
            k * (by_subject**2).sum() / (n - 1),
            n * (by_rater**2).sum() / (k - 1),
            (rest**2).sum() / ((n - 1) * (k - 1)),
            ((scores - by_subject[:, None]) ** 2).sum() / (n * (k - 1)),
        )


def one_way(m: MeanSquares) -> dict[str, Form]:
    """Give both forms for raters who differ from subject to subject."""
    one = from_f(m.subjects, m.within, m.n - 1, m.n * (m.k - 1), m.k)
    return {"ICC(1,1)": one, "ICC(1,k)": _mean_of(one, m.subjects, m.within, m.k)}


def consistency(m: MeanSquares) -> dict[str, Form]:
    """Give both forms in which steady differences between raters do not count."""
    one = from_f(m.subjects, m.error, m.n - 1, (m.n - 1) * (m.k - 1), m.k)
    return {"ICC(C,1)": one, "ICC(C,k)": _mean_of(one, m.subjects, m.error, m.k)}


def from_f(between: float, within: float, df1: float, df2: float, k: float) -> Form:
    """Estimate the ICC of one rating from an F ratio, and invert its distribution."""
    estimate = (between - within) / (between + (k - 1) * within)
    if within <= NOTHING * between:
        return Form(estimate, df1=df1, df2=df2, reason=say(NO_ERROR))
    ratio = between / within
    low = ratio / f_distribution.ppf(TAIL, df1, df2)
    high = ratio * f_distribution.ppf(TAIL, df2, df1)
    low, high = ((end - 1) / (end + k - 1) for end in (low, high))
    return Form(estimate, ratio, df1, df2, float(f_distribution.sf(ratio, df1, df2)), low, high)


def spearman_brown(one: float, k: float) -> float:
    """Reliability of the mean of k ratings, from that of one."""
    return k * one / (1 + (k - 1) * one)


def _mean_of(one: Form, between: float, within: float, k: float) -> Form:
    """Form of the mean of k ratings, from that of one."""
    if between <= NOTHING * within:
        return Form(reason=say(NO_SUBJECTS))
    return replace(
        one,
        estimate=1 - within / between,
        conf_low=spearman_brown(one.conf_low, k),
        conf_high=spearman_brown(one.conf_high, k),
    )


def agreement(m: MeanSquares) -> dict[str, Form]:
    """Give both forms in which differences between raters count as error."""
    n, k = m.n, m.k
    df1, df2 = n - 1, (n - 1) * (k - 1)
    signal = m.subjects - m.error
    estimate = signal / (m.subjects + (k - 1) * m.error + k * (m.raters - m.error) / n)
    variance_of_mean = m.subjects + (m.raters - m.error) / n
    if m.error <= NOTHING * max(m.subjects, m.raters):
        one = Form(estimate, df1=df1, df2=df2, reason=say(NO_ERROR))
    else:
        ratio = m.subjects / m.error
        p_value = float(f_distribution.sf(ratio, df1, df2))
        one = Form(estimate, ratio, df1, df2, p_value, *_agreement_ends(m, estimate))
        if not (one.conf_low <= estimate <= one.conf_high and 1 + (k - 1) * one.conf_low > 0):
            one = replace(one, conf_low=np.nan, conf_high=np.nan, reason=say(NO_INTERVAL))
    if variance_of_mean <= NOTHING * m.error:
        return {"ICC(A,1)": one, "ICC(A,k)": Form(reason=say(NO_SUBJECTS))}
    mean = replace(
        one,
        estimate=signal / variance_of_mean,
        conf_low=spearman_brown(one.conf_low, k),
        conf_high=spearman_brown(one.conf_high, k),
    )
    return {"ICC(A,1)": one, "ICC(A,k)": mean}


def _agreement_ends(m: MeanSquares, one: float) -> tuple[float, float]:
    """Find the ends of ICC(A,1)'s interval, with Satterthwaite's degrees of freedom.

    McGraw and Wong (1996), table 7, corrected in Psychological Methods 1, 390.
    """
    n, k = m.n, m.k
    a = k * one / (n * (1 - one))
    b = 1 + k * one * (n - 1) / (n * (1 - one))
    raters, error = a * m.raters, b * m.error
    if raters + error <= NOTHING * m.error:  # far below zero: nothing to match a chi-square to
        return np.nan, np.nan
    df = (raters + error) ** 2 / (raters**2 / (k - 1) + error**2 / ((n - 1) * (k - 1)))
    rest = k * m.raters + (k * n - k - n) * m.error
    below = f_distribution.ppf(TAIL, n - 1, df)
    above = f_distribution.ppf(TAIL, df, n - 1)
    if not np.isfinite([below, above]).all():
        return np.nan, np.nan
    low = n * (m.subjects - below * m.error) / (below * rest + n * m.subjects)
    high = n * (above * m.subjects - m.error) / (rest + n * above * m.subjects)
    return float(low), float(high)


def forms_table(forms: dict[str, Form]) -> pd.DataFrame:
    """One row a form, in the order of `NAMES`."""
    rows = [
        {"type": kind, "name": NAMES[kind]}
        | {name: float(getattr(forms[kind], name)) for name in NUMBERS}
        | {"reason": forms[kind].reason}
        for kind in NAMES
        if kind in forms
    ]
    return pd.DataFrame(rows).astype({"type": "str", "name": "str", "reason": "str"})
