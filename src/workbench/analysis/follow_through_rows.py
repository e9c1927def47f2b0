"""Actions by stretch of 15 days: whether an action that was still open was done in it.

A stretch counts if the action could be seen through all of it: agreed so long before the quarter
ended or the plan closed. Whether it was done does not decide on that, so actions that are open when
last seen are never counted as failures.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.follow_through_shares import DONE, OWNERS
from workbench.language import mark, say

STRETCH = 15
"""Days in a stretch; the day of the agreement belongs to the first."""
STRETCHES = 6
FEWEST_EACH = 5
"""Actions done and not done that a stretch, or an owner, needs for a number of its own."""
KEYS = ["site_id", "practitioner_id", "plan_id", "owner", "quarter", "stretch"]


def stretch_rows(by_action: pd.DataFrame, by_plan: pd.DataFrame) -> pd.DataFrame:
    """One row an action and stretch in which it was open at the start.

    Parameters
    ----------
    by_action
        ``plan_action_id, plan_id, site_id, practitioner_id, owner, agreed_on, quarter, days,
        event``.
    by_plan
        ``plan_id, last_day`` of follow-up.

    Returns
    -------
    DataFrame
        The keys, ``plan_action_id``, ``stretch`` (1 to 6)`` and ``done``.
    """
    last = by_action["plan_id"].map(by_plan.set_index("plan_id")["last_day"])
    known = (last - by_action["agreed_on"]).dt.days.fillna(by_action["days"]).to_numpy()
    done = (by_action["event"] == DONE).to_numpy()
    days = by_action["days"].to_numpy()
    done_in = np.where(done, np.maximum(np.ceil(days / STRETCH), 1), np.inf)
    parts = []
    for stretch in range(1, STRETCHES + 1):
        there = (known >= STRETCH * stretch) & (done_in >= stretch)
        rows = by_action.loc[there, ["plan_action_id", *KEYS[:-1]]]
        parts.append(rows.assign(stretch=stretch, done=done_in[there] == stretch))
    return pd.concat(parts, ignore_index=True)


def rows_that_tell(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Leave out stretches and owners with too few actions done or not done, and say which."""
    said = []
    for column in ("stretch", "owner"):
        counts = rows.groupby(column)["done"].agg(["sum", "size"])
        few = np.minimum(counts["sum"], counts["size"] - counts["sum"]) < FEWEST_EACH
        gone = counts.index[few]
        rows = rows[~rows[column].isin(gone)]
        said += [
            said_of_stretch(THE_STRETCH, int(one)) if column == "stretch" else say(ACTIONS_OF[one])
            for one in gone
        ]
    return rows, said


ACTIONS_OF = {
    "person": mark("actions of the person"),
    "family": mark("actions of the family"),
    "natural support": mark("actions of natural supports"),
    "professional": mark("actions of professionals"),
}
THE_STRETCH = mark("the stretch days {first} to {last}")
DONE_IN = mark("done in days {first} to {last}")


def said_of_stretch(text: str, stretch: int) -> str:
    """Say a text with the days of a stretch.

    >>> said_of_stretch(DONE_IN, 2)
    'done in days 16 to 30'
    """
    return say(text, first=STRETCH * (stretch - 1) + 1, last=STRETCH * stretch)


def counted(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that are alike taken together: keys, ``done``, ``of``, and the columns of the model.

    Quarters are counted from their mean, and owners are columns of 0 and 1 less their mean, so that
    a stretch's own number is that of the usual mix of owners in the middle of the series.
    """
    order = {label: place for place, label in enumerate(_all_quarters(rows["quarter"]))}
    table = rows.groupby(KEYS, as_index=False)["done"].agg(["sum", "size"])
    table = table.rename(columns={"sum": "done", "size": "of"})
    weight = table["of"].to_numpy(float)
    quarters = table["quarter"].map(order).to_numpy(float)
    table = table.assign(
        quarters=quarters - np.average(quarters, weights=weight),
        part="s" + table["stretch"].astype("str"),
    )
    for owner in OWNERS[1:]:
        own = (table["owner"] == owner).to_numpy(float)
        table[column_of(owner)] = own - np.average(own, weights=weight)
    return table


def column_of(owner: str) -> str:
    """Column of an owner in the model."""
    return f"owner_{owner.replace(' ', '_')}"


def _all_quarters(labels: pd.Series) -> list[str]:
    """Every quarter from the first to the last, also those in which nothing was agreed."""
    first, last = labels.min(), labels.max()
    start, count = int(first[:4]) * 4 + int(first[5]) - 1, int(last[:4]) * 4 + int(last[5])
    return [f"{at // 4}Q{at % 4 + 1}" for at in range(start, count)]
