"""How much members of a group answer alike, and how reliable a group's mean is.

One-way analysis of variance with mean squares MSB between groups and MSW within them, and k the
mean number of members of a group (Bliese 2000, in Klein and Kozlowski, Multilevel theory, research
and methods in organizations, 349-381):

- ``ICC(1) = (MSB - MSW) / (MSB + (k - 1) MSW)``: the share of variance that lies between groups;
- ``ICC(2) = (MSB - MSW) / MSB``: the reliability of the mean of k members.

The interval of ICC(1) inverts the F distribution. It is exact with groups of equal size, else
approximate.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.language import mark, say
from workbench.models.intraclass_forms import NOTHING, Form, from_f, spearman_brown
from workbench.models.rating_columns import need_columns, rating_numbers

TOO_FEW = mark(
    "ICCs need two groups, and one of them with two members; there are {groups} and {most}."
)
NO_VARIANCE = mark("Every value is the same, so there is no variance to share out.")
NO_RELIABILITY = mark(
    "Groups differ no more than chance among their members would make them, so "
    "the reliability of a group's mean is not defined."
)


def group_icc(frame: pd.DataFrame, value: str, group: str) -> pd.DataFrame:
    """Estimate ICC(1) with its interval, and ICC(2).

    Parameters
    ----------
    frame
        One row a member; rows with a missing value or group are left out. A group of one tells of
        the variance between groups only.
    value, group
        Columns of the member's value and of where the member belongs.

    Returns
    -------
    pandas.DataFrame
        One row: ``icc1, icc1_low, icc1_high, icc2, icc2_low, icc2_high, statistic, df1, df2,
        p_value`` (the F test that groups don't differ)``, group_size`` (mean)``, n_groups,
        n_members, n_dropped, reason``. An ``icc1`` below zero is given as it is: members of a group
        are less alike than chance; ``icc2`` is missing then. ``reason`` tells why a number is
        missing.

    Raises
    ------
    ParameterError
        When a column is missing or holds no numbers.

    Examples
    --------
    >>> frame = pd.DataFrame({"site": list("aabbcc"), "score": [1, 2, 4, 5, 7, 9]})
    >>> group_icc(frame, "score", "site")[["icc1", "icc2"]].round(3).iloc[0].tolist()
    [0.91, 0.953]
    """
    need_columns(frame, [value, group])
    numbers = rating_numbers(frame[value], value)
    there = ~np.isnan(numbers) & frame[group].notna().to_numpy()
    numbers, codes = numbers[there], pd.factorize(frame[group][there])[0]
    sizes = np.bincount(codes).astype(float)
    one, mean = _forms(numbers, codes, sizes)
    row = {
        "icc1": one.estimate,
        "icc1_low": one.conf_low,
        "icc1_high": one.conf_high,
        "icc2": mean.estimate,
        "icc2_low": mean.conf_low,
        "icc2_high": mean.conf_high,
        **{name: getattr(one, name) for name in ("statistic", "df1", "df2", "p_value")},
        "group_size": sizes.mean() if len(sizes) else np.nan,
        "n_groups": len(sizes),
        "n_members": len(numbers),
        "n_dropped": len(frame) - len(numbers),
        "reason": one.reason or mean.reason,
    }
    return pd.DataFrame([row]).astype({"reason": "str"})


def _forms(numbers: np.ndarray, codes: np.ndarray, sizes: np.ndarray) -> tuple[Form, Form]:
    """Give ICC(1) and ICC(2)."""
    n, groups = len(numbers), len(sizes)
    if groups < 2 or n == groups:
        most = int(sizes.max()) if groups else 0
        none = Form(reason=say(TOO_FEW, groups=groups, most=most))
        return none, none
    if np.ptp(numbers) <= NOTHING * max(np.abs(numbers).max(), 1.0):
        return Form(reason=say(NO_VARIANCE)), Form(reason=say(NO_VARIANCE))
    means = np.bincount(codes, numbers) / sizes
    between = (sizes * (means - numbers.mean()) ** 2).sum() / (groups - 1)
    within = ((numbers - means[codes]) ** 2).sum() / (n - groups)
    size = n / groups
    one = from_f(between, within, groups - 1, n - groups, size)
    if between <= within:
        return one, Form(reason=say(NO_RELIABILITY))
    low, high = (spearman_brown(end, size) for end in (one.conf_low, one.conf_high))
    return one, replace(one, estimate=1 - within / between, conf_low=low, conf_high=high)
