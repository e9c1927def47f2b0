"""Internal consistency: how far the items of a scale go together, and how reliable their sum is.

- Cronbach's alpha of the sum of the items as they are, with the interval of Feldt (1965,
  Psychometrika 30, 357-370).
- McDonald's omega total (1999, Test theory: a unified treatment): one less the items' unique
  variance over the variance of their sum. Unique variances are those of one factor by maximum
  likelihood (`workbench.models.one_factor`), which don't depend on the items' units.

Of both there is a second form, of the sum of the items each brought to unit variance.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from workbench.language import mark, say
from workbench.models.answer_rows import NUMBER, answer_rows
from workbench.models.one_factor import unique_variances
from workbench.terms import CONFIDENCE

NOTHING = 1e-12  # share of a variance that counts as none
TAIL = (1 + CONFIDENCE) / 2
ALPHAS = ("alpha", "alpha_low", "alpha_high", "alpha_standardised")
OMEGAS = ("omega", "omega_standardised")

TOO_FEW = mark(
    "Consistency needs two items that differ between respondents, and two who "
    "answered all items; there are {items} and {respondents}."
)
NO_SUM = mark("The items cancel out: their sum is the same for every respondent.")
NO_ERROR = mark("The items agree in every respondent, so how sure this is can't be told.")


def consistency(frame: pd.DataFrame, value: str, item: str, respondent: str) -> pd.DataFrame:
    """Estimate alpha and omega of one scale.

    Only respondents who answered every item are used. An item to which all of them gave the same
    answer adds nothing to the variance of the sum, and is left out.

    Parameters
    ----------
    frame
        One row an answer, and at most one of a respondent to an item; items that run the other way
        turned round beforehand.
    value, item, respondent
        Columns of the answer, of what was asked, and of who answered.

    Returns
    -------
    pandas.DataFrame
        One row: ``alpha, alpha_low, alpha_high, alpha_standardised, omega, omega_standardised,
        n_items`` (used)``, n_constant`` (items left out)``, n_respondents`` (used)``, n_dropped``
        (respondents left out)``, reason, omega_reason``. ``reason`` tells why alpha or its interval
        is missing, ``omega_reason`` why omega is. An alpha below zero is given as it is: items run
        against one another.

    Raises
    ------
    ParameterError
        When a column is missing or can't be read, or a respondent answers an item twice.

    Examples
    --------
    >>> answers = [[2, 2, 1], [1, 1, 1], [0, 1, 0], [2, 1, 2], [0, 0, 0]]
    >>> frame = pd.DataFrame(answers, columns=list("xyz")).rename_axis("who").reset_index()
    >>> frame = frame.melt("who", var_name="item", value_name="answer")
    >>> round(float(consistency(frame, "answer", "item", "who")["alpha"].iloc[0]), 3)
    0.865
    """
    answers = answer_rows(frame, value, item, respondent)
    who, what = pd.factorize(answers[respondent])[0], pd.factorize(answers[item])[0]
    table = np.full((who.max(initial=-1) + 1, what.max(initial=-1) + 1), np.nan)
    table[who, what] = answers[NUMBER]
    complete = table[~np.isnan(table).any(axis=1)]
    varies = _varies(complete)
    used = complete[:, varies]
    row: dict[str, object] = {"reason": "", "omega_reason": ""}
    row |= _estimates(used)
    row |= {
        "n_items": used.shape[1],
        "n_constant": int((~varies).sum()) if len(complete) else 0,
        "n_respondents": len(complete),
        "n_dropped": int(frame[respondent].nunique()) - len(complete),
    }
    names = [*ALPHAS, *OMEGAS, "n_items", "n_constant", "n_respondents", "n_dropped"]
    names += ["reason", "omega_reason"]
    return pd.DataFrame([row])[names].astype({"reason": "str", "omega_reason": "str"})


def _varies(scores: np.ndarray) -> np.ndarray:
    """Whether each item has more than one answer; none has without respondents."""
    if not len(scores):
        return np.zeros(scores.shape[1], dtype=bool)
    return np.ptp(scores, axis=0) > NOTHING * np.maximum(np.abs(scores).max(axis=0), 1.0)


def _estimates(scores: np.ndarray) -> dict[str, object]:
    """Alpha and omega of scores of shape (respondents, items), or why there is none."""
    row: dict[str, object] = dict.fromkeys((*ALPHAS, *OMEGAS), np.nan)
    respondents, items = scores.shape
    if min(respondents, items) < 2:
        reason = say(TOO_FEW, items=items, respondents=respondents)
        return row | {"reason": reason, "omega_reason": reason}
    covariance = np.cov(scores, rowvar=False)
    deviation = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(deviation, deviation)
    if covariance.sum() <= NOTHING * np.trace(covariance):
        return row | {"reason": say(NO_SUM), "omega_reason": say(NO_SUM)}
    alpha = _alpha(covariance)
    row |= {"alpha": alpha, "alpha_standardised": _alpha(correlation)}
    if 1 - alpha <= NOTHING:
        row["reason"] = say(NO_ERROR)
    else:
        row["alpha_low"], row["alpha_high"] = _feldt(alpha, respondents, items)
    unique, row["omega_reason"] = unique_variances(correlation, respondents)
    if unique is not None:
        row["omega"] = _omega(covariance, unique * np.diag(covariance))
        row["omega_standardised"] = _omega(correlation, unique)
    return row


def _alpha(covariance: np.ndarray) -> float:
    """Alpha; NaN where the sum of the items has no variance."""
    total, items = covariance.sum(), len(covariance)
    if total <= NOTHING * np.trace(covariance):
        return np.nan
    return float(items / (items - 1) * (1 - np.trace(covariance) / total))


def _omega(covariance: np.ndarray, unique: np.ndarray) -> float:
    total = covariance.sum()
    if total <= NOTHING * np.trace(covariance):
        return np.nan
    return float(1 - unique.sum() / total)


def _feldt(alpha: float, respondents: int, items: int) -> tuple[float, float]:
    """Give the ends of the interval; F has n - 1 and (n - 1)(items - 1) degrees of freedom."""
    df1, df2 = respondents - 1, (respondents - 1) * (items - 1)
    ends = (f_distribution.ppf(tail, df1, df2) for tail in (TAIL, 1 - TAIL))
    low, high = (float(1 - (1 - alpha) * end) for end in ends)
    return low, high
