"""Answers of respondents to items, one a row, checked and made into numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.errors import ParameterError
from workbench.models.rating_columns import need_columns, rating_numbers

NUMBER = "_answer"  # column of the answer as a number


def answer_rows(
    frame: pd.DataFrame, value: str, item: str, respondent: str, groups: Sequence[str] = ()
) -> pd.DataFrame:
    """Keep the rows that hold an answer.

    Parameters
    ----------
    frame
        One row an answer.
    value, item, respondent
        Columns of the answer, of what was asked, and of who answered.
    groups
        Columns within which a respondent may answer an item once; the item's own may be one.

    Returns
    -------
    pandas.DataFrame
        The columns of ``groups``, item and respondent, and the answer as a number in `NUMBER`.

    Raises
    ------
    ParameterError
        When a column is missing or can't be read, a group is missing, or a respondent answers an
        item twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"who": ["a", "b"], "item": "x", "answer": [2, None]})
    >>> answer_rows(frame, "answer", "item", "who").to_numpy().tolist()
    [['x', 'a', 2.0]]
    """
    keys = list(dict.fromkeys([*groups, item, respondent]))
    need_columns(frame, [value, *keys])
    numbers = rating_numbers(frame[value], value)
    there = ~np.isnan(numbers) & frame[[item, respondent]].notna().all(axis=1).to_numpy()
    answers = frame.loc[there, keys].assign(**{NUMBER: numbers[there]})
    if answers[keys].isna().any(axis=None):
        raise ParameterError("Some answers have no group. Leave them out or name their group.")
    if repeats := int(answers.duplicated(keys).sum()):
        raise ParameterError(
            f"{repeats} answers come twice: the same respondent and item. Keep one of each, or "
            "give respondents names that tell their answers apart."
        )
    return answers
