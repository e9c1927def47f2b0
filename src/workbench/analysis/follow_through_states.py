"""Where actions stand, how they were changed, and which goals have faded.

Overdue and undone are different: an action is overdue when its day has passed and it is open; open
and not yet due, or without a day, it is neither late nor failed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.follow_through_shares import (
    CLOSED,
    DONE,
    QUARTERS,
    behind,
    clustered_share,
    scopes,
)
from workbench.language import mark
from workbench.quarters import Quarter

OVERDUE, NOT_YET_DUE = mark("overdue"), mark("open, not yet due")
NO_DAY, CLOSED_FIRST = mark("open, no due date"), mark("plan closed first")
ON_TIME, DONE_LATE = mark("done on time"), mark("done late")
DONE_NO_DAY = mark("done, no due date")
STATES = (ON_TIME, DONE_LATE, DONE_NO_DAY, OVERDUE, NOT_YET_DUE, NO_DAY, CLOSED_FIRST)
HOW = ("agreed", "informal")

STATE_COLUMNS = [
    "scope", "site_id", "state", "actions", "share", "n_actions", "n_plans", "n_practitioners",
]  # fmt: skip
OVERDUE_COLUMNS = [
    "scope", "site_id", "actions", "share", "share_low", "share_high", "n_actions", "n_plans",
    "n_practitioners",
]  # fmt: skip
ADJUSTED_COLUMNS = [
    "scope", "site_id", "how", "actions", "share", "share_low", "share_high", "n_actions",
    "n_plans", "n_practitioners",
]  # fmt: skip
FADED_COLUMNS = [
    "scope", "site_id", "goals", "faded", "share", "share_low", "share_high", "n_plans",
    "n_plans_faded", "n_practitioners",
]  # fmt: skip


def states_of(by_action: pd.DataFrame, quarter: Quarter) -> pd.Series:
    """State of each action on the last day of a quarter."""
    due, end = by_action["due_on"], pd.Timestamp(quarter.last_day)
    done, closed = by_action["event"] == DONE, by_action["event"] == CLOSED
    late = by_action["done_on"] > due
    rules = [done & due.isna(), done & late, done, closed, due.isna(), due < end]
    names = [DONE_NO_DAY, DONE_LATE, ON_TIME, CLOSED_FIRST, NO_DAY, OVERDUE]
    return pd.Series(np.select(rules, names, NOT_YET_DUE), index=by_action.index, dtype="str")


def actions_state(by_action: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Make the evidence table ``actions_state``, of all actions."""
    rows = [
        {
            **about,
            "state": state,
            "actions": len(there),
            "share": len(there) / len(mine),
            "n_actions": len(mine),
            **behind(there),
        }
        for about, mine in scopes(by_action.assign(state=states_of(by_action, quarter)))
        for state in STATES
        for there in [mine[mine["state"] == state]]
    ]
    return pd.DataFrame(rows, columns=STATE_COLUMNS)


def overdue_share(by_action: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Share that is overdue among open actions with a day by which they were to be done."""
    states = states_of(by_action, quarter)
    waiting = by_action[states.isin([OVERDUE, NOT_YET_DUE])]
    rows = []
    for about, mine in scopes(waiting.assign(overdue=states == OVERDUE)):
        if mine.empty:
            continue
        ends = clustered_share(mine["overdue"], mine["practitioner_id"])
        counts = [int(mine["overdue"].sum()), *ends, len(mine), *behind(mine).values()]
        rows.append([*about.values(), *counts])
    return pd.DataFrame(rows, columns=OVERDUE_COLUMNS)


def actions_adjusted(by_action: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Make ``actions_adjusted``: how actions were changed in the last four quarters.

    Only actions count for which it is known whether the team agreed on the change.
    """
    since = pd.Timestamp(quarter.plus(1 - QUARTERS).first_day)
    known = by_action["adjusted_how"].isin(HOW) & (by_action["adjusted_on"] >= since)
    rows = []
    for about, mine in scopes(by_action[known]):
        for how in HOW if len(mine) else ():
            here = mine["adjusted_how"] == how
            ends = clustered_share(here, mine["practitioner_id"])
            counts = [int(here.sum()), *ends, len(mine), *behind(mine[here]).values()]
            rows.append([*about.values(), how, *counts])
    return pd.DataFrame(rows, columns=ADJUSTED_COLUMNS)


def faded_goals(
    by_action: pd.DataFrame, by_plan: pd.DataFrame, quarter: Quarter, after_days: int
) -> pd.DataFrame:
    """Make ``faded_goals``: goals that stand still while others of their plan move.

    A goal is open while one of its actions is. It moved if an action of it was done, agreed or
    changed in the last ``after_days`` days. Plans that are open, and have been for as long, count,
    with their open goals beside which another goal moved.
    """
    rows = []
    for about, mine in scopes(goals_beside_moving(by_action, by_plan, quarter, after_days)):
        if mine.empty:
            continue
        share, low, high = clustered_share(mine["faded"], mine["practitioner_id"])
        people = behind(mine)
        plans = [people["n_plans"], mine.loc[mine["faded"], "plan_id"].nunique()]
        counts = [len(mine), int(mine["faded"].sum()), share, low, high]
        rows.append([*about.values(), *counts, *plans, people["n_practitioners"]])
    return pd.DataFrame(rows, columns=FADED_COLUMNS)


def goals_beside_moving(
    by_action: pd.DataFrame, by_plan: pd.DataFrame, quarter: Quarter, after_days: int
) -> pd.DataFrame:
    """One row an open goal with another that moved: ``plan_id, goal_id, ..., faded``.

    About single plans, so it is never written.
    """
    end = pd.Timestamp(quarter.last_day)
    since = end - pd.Timedelta(days=after_days)
    long_open = by_plan["open"].astype(bool) & (by_plan["opened_on"] <= since)
    rows = by_action[by_action["plan_id"].isin(by_plan.loc[long_open, "plan_id"])]
    moved = pd.Series(False, index=rows.index)
    for day in ("agreed_on", "done_on", "adjusted_on"):
        moved |= (rows[day] > since) & (rows[day] <= end)
    ours = ["plan_id", "goal_id", "site_id", "practitioner_id"]
    goals = rows.assign(moved=moved, waits=rows["event"] == "open")
    goals = goals.groupby(ours, as_index=False)[["moved", "waits"]].any()
    others = goals.groupby("plan_id")["moved"].transform("sum") - goals["moved"].astype(int)
    kept = goals[goals["waits"] & (others > 0)]
    return kept.assign(faded=~kept["moved"].astype(bool)).reset_index(drop=True)
