"""Agreement within a group: how far its members give an item the same answer.

- ``r*wg(j)``: one less the mean variance of the items over that of answers given at random
  (Lindell, Brandt and Whitney 1999, Applied Psychological Measurement 23, 127-135).
- ``rwg(j)``: the same stepped up for the number of items, and never below zero (James, Demaree and
  Wolf 1984, Journal of Applied Psychology 69, 85-98).
- ``AD``: mean distance of answers from their item's mean, or median, on the scale of the answers
  (Burke and Dunlap 2002, Organizational Research Methods 5, 159-172).

Answers at random are spread evenly over the options: with A options one apart their variance is
``(A^2 - 1) / 12``. Variances have one less than the number of members below the line.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.language import mark, say
from workbench.models.answer_rows import NUMBER, answer_rows

NUMBERS = ("item_variance", "rwg_star", "rwg_j", "ad_mean", "ad_median")
ONE_MEMBER = mark("Agreement needs two respondents to the same item; {most} answered here.")


def within_group_agreement(
    frame: pd.DataFrame,
    value: str,
    item: str,
    respondent: str,
    groups: Sequence[str],
    options: Sequence[float],
) -> pd.DataFrame:
    """Measure the agreement of each group over its items.

    Each item counts those who answered it, and counts itself if they are two or more.

    Parameters
    ----------
    frame
        One row an answer, and at most one of a respondent to an item in a group; rows without an
        answer are left out.
    value, item, respondent
        Columns of the answer, of what was asked, and of who answered.
    groups
        Columns that make up a group, such as place and scale, or the item itself; never missing.
    options
        Values an answer may take, one apart or evenly spaced, such as ``(0, 1, 2)``.

    Returns
    -------
    pandas.DataFrame
        One row a group with an answer: the columns of ``groups``, ``n_respondents, n_items`` (those
        that two or more answered)``, item_variance`` (mean over items)``, rwg_star, rwg_j,
        ad_mean, ad_median, ad_limit`` (a sixth of the options' number of steps, above which
        Burke and Dunlap call it disagreement)``, reason``. ``rwg_star`` is 1 when all agree, 0 as
        at random, and below 0 when answers are further apart than that. ``reason`` tells why the
        numbers are missing.

    Raises
    ------
    ParameterError
        When a column is missing or can't be read, an answer lies outside the options, a respondent
        answers an item twice, a group is missing, or the options are no scale.

    Examples
    --------
    >>> frame = pd.DataFrame({"who": list("abc"), "item": "x", "site": "S", "answer": [2, 2, 1]})
    >>> found = within_group_agreement(frame, "answer", "item", "who", ["site"], (0, 1, 2))
    >>> round(float(found["rwg_star"].iloc[0]), 3)
    0.5
    """
    groups = list(groups)
    scale = _scale(options)
    answers = answer_rows(frame, value, item, respondent, groups)
    outside = int((~answers[NUMBER].between(scale[0], scale[-1])).sum())
    if outside:
        raise ParameterError(
            f"{outside} answers in '{value}' lie outside the options {scale[0]:g} to "
            f"{scale[-1]:g}. Name all options, or recode the answers."
        )
    by_item = _by_item(answers, list(dict.fromkeys([*groups, item])))
    two = by_item[by_item["_size"] > 1].groupby(groups)
    spread = two[["_variance", "_from_mean", "_from_median"]].mean()
    found = pd.DataFrame(
        {
            "n_respondents": answers.groupby(groups)[respondent].nunique(),
            "_most": by_item.groupby(groups)["_size"].max(),
        }
    )
    found["n_items"] = two.size().reindex(found.index, fill_value=0)
    spread = spread.reindex(found.index)
    found["item_variance"] = spread["_variance"].astype(float)
    at_random = found["item_variance"] / np.var(scale)
    found["rwg_star"] = 1 - at_random
    found["rwg_j"] = _stepped_up(1 - at_random.clip(upper=1), found["n_items"])
    found["ad_mean"] = spread["_from_mean"].astype(float)
    found["ad_median"] = spread["_from_median"].astype(float)
    found["ad_limit"] = len(scale) / 6 * (scale[1] - scale[0])
    reasons = [say(ONE_MEMBER, most=most) for most in found["_most"]]
    found["reason"] = pd.Series(reasons, found.index, dtype="str").where(found["n_items"] == 0, "")
    names = ["n_respondents", "n_items", *NUMBERS, "ad_limit", "reason"]
    return found[names].reset_index()


def _scale(options: Sequence[float]) -> np.ndarray:
    scale = np.sort(np.asarray(options, dtype=float))
    steps = np.diff(scale)
    if len(scale) < 2 or steps[0] <= 0 or not np.allclose(steps, steps[0]):
        raise ParameterError(
            "The options of an answer must be two or more evenly spaced numbers, such as 0, 1, 2; "
            f"not {', '.join(map(str, options)) or 'none'}."
        )
    return scale


def _by_item(answers: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Size and spreads of each item's answers in each group."""
    cells = answers.groupby(keys)[NUMBER]
    away = answers[keys].assign(
        _from_mean=(answers[NUMBER] - cells.transform("mean")).abs(),
        _from_median=(answers[NUMBER] - cells.transform("median")).abs(),
    )
    spread = away.groupby(keys)[["_from_mean", "_from_median"]].mean()
    return spread.assign(_variance=cells.var(), _size=cells.size()).reset_index()


def _stepped_up(agreement: pd.Series, items: pd.Series) -> pd.Series:
    """Spearman and Brown's formula, as rwg(j) takes it."""
    return items * agreement / (items * agreement + 1 - agreement)
