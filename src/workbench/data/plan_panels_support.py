"""Outside support beside what moved: one row a plan and period of its follow-up."""

from __future__ import annotations

import pandas as pd

from workbench.data.panels import events_up_to
from workbench.quarters import Quarter

DAYS_IN_A_MONTH = 30.4375
ONE_DAY = pd.Timedelta(days=1)
DATE = "datetime64[us]"
LONGEST_GAP = 1.5
"""Multiples of the usual length beyond which a period is missing between two that are there."""
SUPPORT = ("professional_hours", "contacts", "reminders", "crises")
SUPPORT_PERIODS = {
    "plan_id": "str", "site_id": "str", "practitioner_id": "str", "period_start": DATE,
    "period_end": DATE, "days": "int64", "months": "float64",
    **dict.fromkeys(SUPPORT, "float64"),
    "open_actions": "int64", "open_days": "int64", "done": "int64",
}  # fmt: skip


def support_periods(
    external_support: pd.DataFrame,
    by_plan: pd.DataFrame,
    by_action: pd.DataFrame,
    quarter: Quarter,
) -> pd.DataFrame:
    """Support of a plan in a period and what moved in it: one row a plan and whole period.

    Parameters
    ----------
    external_support
        Accepted rows; without columns if the table was not handed in.
    by_plan, by_action
        From :func:`plan_panels.plans_up_to` and :func:`plan_panels.actions_up_to`.
    quarter
        Quarter of the report.

    Returns
    -------
    DataFrame
        ``plan_id, site_id, practitioner_id, period_start, period_end, days, months`` (since the
        opening, at the start), ``professional_hours, contacts, reminders, crises`` (missing where
        not recorded), ``open_actions`` (open at any time in the period), ``open_days`` (days on
        which they were still open, summed; the day of the agreement is not counted) and ``done``.

    Notes
    -----
    Only periods that begin on or after the opening and end by the last day of follow-up are kept:
    the hours of a part of a month can't be set beside those of a whole one. A period ends on the
    day before the plan's next one, or, where that is missing, after the usual length in the table;
    where every period begins on the first of a month, that is a number of calendar months.
    """
    begun = events_up_to(external_support, "period_start", quarter)
    if begun.empty or by_plan.empty:
        return _shaped(pd.DataFrame())
    about = by_plan[["plan_id", "site_id", "practitioner_id", "opened_on", "last_day"]]
    rows = begun.reindex(columns=["plan_id", "period_start", *SUPPORT])
    rows = rows.sort_values(["plan_id", "period_start"], kind="stable")
    rows["period_end"] = _ends(rows)
    rows = rows.merge(about, on="plan_id", validate="m:1")
    whole = (rows["period_start"] >= rows["opened_on"]) & (rows["period_end"] <= rows["last_day"])
    rows = rows[whole].reset_index(drop=True)
    since = (rows["period_start"] - rows["opened_on"]).dt.days
    rows["days"] = (rows["period_end"] - rows["period_start"]).dt.days + 1
    return _shaped(rows.assign(months=since / DAYS_IN_A_MONTH, **_moved(rows, by_action, by_plan)))


def _ends(rows: pd.DataFrame) -> pd.Series:
    """Last day of each period; rows are in order of plan and start."""
    start = rows["period_start"]
    following = start.groupby(rows["plan_id"]).shift(-1)
    gaps = (following - start).dt.days
    usual = float(gaps.median()) if gaps.notna().any() else DAYS_IN_A_MONTH
    if (start.dt.day == 1).all():
        months = max(round(usual / DAYS_IN_A_MONTH), 1)
        by_length = start + pd.DateOffset(months=months)
    else:
        by_length = start + pd.Timedelta(days=round(usual))
    kept = following.where(gaps <= LONGEST_GAP * usual)
    return kept.fillna(by_length) - ONE_DAY


def _moved(
    rows: pd.DataFrame, by_action: pd.DataFrame, by_plan: pd.DataFrame
) -> dict[str, pd.Series]:
    """Actions that were open in each period, their days at risk, and those that were done."""
    nothing = pd.Series(0, index=rows.index)
    if by_action.empty or rows.empty:
        return dict.fromkeys(("open_actions", "open_days", "done"), nothing)
    last = by_action["plan_id"].map(by_plan.set_index("plan_id")["last_day"])
    actions = by_action[["plan_id", "agreed_on", "done_on"]]
    actions = actions.assign(until=by_action["done_on"].fillna(last))
    periods = rows[["plan_id", "period_start", "period_end"]].assign(row=rows.index)
    pairs = periods.merge(actions, on="plan_id")
    start, end, until = pairs["period_start"], pairs["period_end"], pairs["until"]
    there = (pairs["agreed_on"] <= end) & (until >= start)
    eve = start - ONE_DAY
    begins = pairs["agreed_on"].where(pairs["agreed_on"] > eve, eve)
    ends = until.where(until < end, end)
    done = (pairs["done_on"] >= start) & (pairs["done_on"] <= end)
    each = pd.DataFrame(
        {
            "row": pairs["row"],
            "open_actions": there,
            "open_days": (ends - begins).dt.days.where(there, 0).clip(lower=0),
            "done": done,
        }
    )
    sums = each.groupby("row").sum().reindex(rows.index, fill_value=0)
    return {name: sums[name] for name in ("open_actions", "open_days", "done")}


def _shaped(frame: pd.DataFrame) -> pd.DataFrame:
    shaped = frame.reindex(columns=list(SUPPORT_PERIODS)).reset_index(drop=True)
    return shaped.astype(SUPPORT_PERIODS)
