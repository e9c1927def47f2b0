"""Intraclass correlations: how much of the variance of ratings is between subjects.

From a complete table of subjects by raters, the six forms of Shrout and Fleiss (1979,
Psychological Bulletin 86, 420-428) with the names of McGraw and Wong (1996, Psychological Methods
1, 30-46). From one-way ratings of unequal number, ICC(1,1). For crossed raters with ratings
missing, the mixed model of `workbench.models.intraclass_mixed`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.language import say
from workbench.models.intraclass_forms import (
    NAMES,
    NO_PAIRS,
    NO_VARIANCE,
    NOTHING,
    Form,
    MeanSquares,
    agreement,
    consistency,
    forms_table,
    from_f,
    one_way,
)
from workbench.models.intraclass_mixed import intraclass_long
from workbench.models.rating_columns import need_columns, rating_numbers

__all__ = ["intraclass", "intraclass_long", "intraclass_one_way"]


def intraclass(table: pd.DataFrame) -> pd.DataFrame:
    """Estimate all six forms from a complete table.

    Parameters
    ----------
    table
        One row a subject and one column a rater, numbers throughout.

    Returns
    -------
    pandas.DataFrame
        ``type, name, estimate, statistic, df1, df2, p_value, conf_low, conf_high, reason``: the F
        test of no differences between subjects and intervals at the confidence of
        `workbench.terms`. ``reason`` tells why a number is missing.

    Raises
    ------
    ParameterError
        When a value is missing or no number.

    Examples
    --------
    >>> ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9]]
    >>> found = intraclass(pd.DataFrame([*ratings, [6, 2, 4, 7]]))
    >>> dict(zip(found["type"], found["estimate"].round(2)))["ICC(A,1)"]
    0.29
    """
    scores = np.column_stack(
        [rating_numbers(table[name], str(name)) for name in table.columns]
        or [np.zeros((len(table), 0))]
    )
    if np.isnan(scores).any():
        raise ParameterError(
            "The table has missing ratings. Leave those subjects out, or use intraclass_long, "
            "which takes them."
        )
    if min(scores.shape) < 2:
        n, k = scores.shape
        reason = say(NO_PAIRS, subjects=n, raters=k)
        return forms_table(dict.fromkeys(NAMES, Form(reason=reason)))
    squares = MeanSquares.of(scores)
    total = squares.subjects + squares.raters + squares.error
    if np.ptp(scores) <= NOTHING * max(np.abs(scores).max(), 1.0) or total == 0:
        return forms_table(dict.fromkeys(NAMES, Form(reason=say(NO_VARIANCE))))
    return forms_table({**one_way(squares), **agreement(squares), **consistency(squares)})


def intraclass_one_way(frame: pd.DataFrame, value: str, subject: str) -> pd.DataFrame:
    """Estimate ICC(1,1) where subjects have unequal numbers of ratings.

    Analysis of variance, with ``n0 = (N - sum n_i^2 / N) / (subjects - 1)`` in the place of the
    number of ratings a subject (Donner 1986, International Statistical Review 54, 67-82). With
    unequal numbers the interval is approximate; with equal ones it is exact.

    Parameters
    ----------
    frame
        One row a rating; rows with a missing value are left out.
    value, subject
        Columns of the rating and of what is rated.

    Returns
    -------
    pandas.DataFrame
        One row, as `intraclass` gives, with ``ratings_a_subject`` (n0)``, n_subjects, n_ratings,
        n_dropped`` before the ``reason``.

    Raises
    ------
    ParameterError
        When a column is missing or holds no numbers.
    """
    need_columns(frame, [value, subject])
    numbers = rating_numbers(frame[value], value)
    there = ~np.isnan(numbers) & frame[subject].notna().to_numpy()
    numbers, codes = numbers[there], pd.factorize(frame[subject][there])[0]
    sizes = np.bincount(codes).astype(float)
    n, subjects = float(len(numbers)), len(sizes)
    counts = {"n_subjects": subjects, "n_ratings": len(numbers)}
    n0 = (n - (sizes**2).sum() / n) / (subjects - 1) if subjects > 1 else np.nan
    if subjects < 2 or n == subjects:
        form = Form(reason=say("An ICC needs two subjects, and one of them rated twice."))
    elif np.ptp(numbers) <= NOTHING * max(np.abs(numbers).max(), 1.0):
        form = Form(reason=say(NO_VARIANCE))
    else:
        means = np.bincount(codes, numbers) / sizes
        between = (sizes * (means - numbers.mean()) ** 2).sum() / (subjects - 1)
        within = ((numbers - means[codes]) ** 2).sum() / (n - subjects)
        form = from_f(between, within, subjects - 1, n - subjects, n0)
    row = forms_table({"ICC(1,1)": form}).assign(ratings_a_subject=n0, **counts)
    row["n_dropped"] = len(frame) - len(numbers)
    return row[[*(name for name in row.columns if name != "reason"), "reason"]]
