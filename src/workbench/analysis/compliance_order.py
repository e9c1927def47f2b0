"""Which plans are in order at the end of a quarter: meetings held, papers kept, the person asked.

Rows here are single plans of persons or families: they stay in memory and are never shown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.quarters import Quarter
from workbench.settings import PlanRules

LOOKED_BACK_DAYS = 90
"""Days up to the end of the quarter over which meetings and papers are looked at."""
ASKED_WITHIN_DAYS = 120
"""Days within which the person was asked of ownership."""
MEETS, PRESENT, PAPERS, ASKED = "meets", "person_present", "papers", "person_asked"
CLAUSES = [MEETS, PRESENT, PAPERS, ASKED]
ORDER_COLUMNS = [
    "plan_id", "site_id", "practitioner_id", "quarter", "judged", *CLAUSES, "in_order",
]  # fmt: skip


def in_order(
    by_plan: pd.DataFrame,
    meetings: pd.DataFrame,
    by_action: pd.DataFrame,
    states: pd.DataFrame,
    quarter: Quarter,
    rules: PlanRules,
) -> pd.DataFrame:
    """Judge every plan that was open at the end of a quarter, by what was on record then.

    Parameters
    ----------
    by_plan
        ``plan_id, site_id, practitioner_id, opened_on, closed_on``.
    meetings
        ``plan_id, held_on, present_person``; not empty.
    by_action
        ``plan_id, owner, agreed_on, due_on``; it may be without columns.
    states
        One row a plan and quarter: ``plan_id, quarter, last_rated_on`` by the person.
    quarter
        Quarter at whose end plans are judged.
    rules
        How often a team meets.

    Returns
    -------
    DataFrame
        ``ORDER_COLUMNS``, one row an open plan. ``judged`` is False for a plan younger than the
        days within which its team should meet: it had no time to be in order, or not.
    """
    end = pd.Timestamp(quarter.last_day)
    closed = by_plan["closed_on"]
    is_open = (by_plan["opened_on"] <= end) & (closed.isna() | (closed > end))
    rows = by_plan.loc[is_open, ["plan_id", "site_id", "practitioner_id", "opened_on"]]
    rows = rows.drop_duplicates("plan_id").reset_index(drop=True)
    recorded = max(meetings["held_on"].min(), end - pd.Timedelta(days=LOOKED_BACK_DAYS))
    rows = rows.assign(quarter=str(quarter), since=rows["opened_on"].clip(lower=recorded))
    old_enough = (end - rows["opened_on"]).dt.days >= rules.meeting_every_days
    held = _since(meetings, "held_on", rows, end)
    longest = _longest_gap(held, rows, end)
    present = held.loc[held["present_person"].eq(True), "plan_id"]
    rows[MEETS] = (longest <= rules.meeting_every_days).to_numpy()
    rows[PRESENT] = rows["plan_id"].isin(present)
    rows[PAPERS] = ~rows["plan_id"].isin(_without_papers(by_action, rows, end))
    rows[ASKED] = _asked(rows, states, quarter, end)
    rows = rows.assign(judged=old_enough, in_order=old_enough & rows[CLAUSES].all(axis=1))
    return rows[ORDER_COLUMNS]


def _since(events: pd.DataFrame, day: str, rows: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """Events of open plans on the days that are looked at."""
    found = events.merge(rows[["plan_id", "since"]], on="plan_id")
    return found[(found[day] >= found["since"]) & (found[day] <= end)]


def _longest_gap(held: pd.DataFrame, rows: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    """Longest stretch without a meeting, in days, from the first day looked at to the last."""
    starts = rows[["plan_id", "since"]].rename(columns={"since": "day"})
    days = pd.concat(
        [
            starts,
            starts.assign(day=end),
            held[["plan_id", "held_on"]].set_axis(starts.columns, axis=1),
        ]
    ).sort_values(["plan_id", "day"], kind="stable")
    gaps = days.groupby("plan_id")["day"].diff().dt.days
    return gaps.groupby(days["plan_id"]).max().reindex(rows["plan_id"]).fillna(np.inf)


def _without_papers(by_action: pd.DataFrame, rows: pd.DataFrame, end: pd.Timestamp) -> pd.Series:
    """Plans with an action agreed in the time that lacks an owner, or a due date.

    Where no action at all has a due date the programme keeps none, and none is asked for.
    """
    if by_action.empty:
        return pd.Series(dtype="str")
    agreed = _since(by_action, "agreed_on", rows, end)
    owner = agreed["owner"].fillna("").astype("str").str.strip()
    lacking = owner == ""
    if "due_on" in by_action and by_action["due_on"].notna().any():
        lacking |= agreed["due_on"].isna()
    return agreed.loc[lacking, "plan_id"]


def _asked(
    rows: pd.DataFrame, states: pd.DataFrame, quarter: Quarter, end: pd.Timestamp
) -> np.ndarray:
    """Whether the person was asked of ownership lately."""
    mine = states[states["quarter"] == str(quarter)].drop_duplicates("plan_id")
    last = pd.to_datetime(mine.set_index("plan_id")["last_rated_on"]).reindex(rows["plan_id"])
    return ((end - last).dt.days <= ASKED_WITHIN_DAYS).to_numpy()
