"""Panels of plans: what stood at the end of a quarter, with what came later out of sight.

An action that is not done yet is open, never failed: it is followed up to the last day on which it
was seen. Where its plan closed first, that ended it.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.data.panels import events_up_to
from workbench.data.plan_panels_support import support_periods
from workbench.quarters import Quarter, quarter_labels

__all__ = [
    "actions_up_to",
    "meetings_up_to",
    "outcomes_up_to",
    "ownership_up_to",
    "plans_up_to",
    "support_periods",
]

DAYS_IN_A_MONTH = 30.4375
DATE = "datetime64[us]"
DONE, PLAN_CLOSED, OPEN = "done", "plan closed", "open"
BY_PLAN = {
    "plan_id": "str", "site_id": "str", "practitioner_id": "str", "opened_on": DATE,
    "closed_on": DATE, "closed_as": "str", "open": "bool", "last_day": DATE,
}  # fmt: skip
BY_ACTION = {
    "plan_action_id": "str", "plan_id": "str", "goal_id": "str", "site_id": "str",
    "practitioner_id": "str", "owner": "str", "agreed_on": DATE, "quarter": "str",
    "due_on": DATE, "done_on": DATE, "days": "int64", "event": "str", "reminders": "float64",
    "adjusted_on": DATE, "adjusted_how": "str",
}  # fmt: skip
MEETINGS = {
    "plan_id": "str", "site_id": "str", "practitioner_id": "str", "held_on": DATE,
    "quarter": "str", "present_person": "bool", "attended": "float64",
}  # fmt: skip
OWNERSHIP = {
    "plan_id": "str", "site_id": "str", "practitioner_id": "str", "rated_on": DATE,
    "quarter": "str", "months": "float64", "respondent_role": "str", "ownership": "float64",
}  # fmt: skip
OUTCOMES = {
    "subject": "str", "subject_id": "str", "period_start": DATE, "measure": "str",
    "value": "float64", "quarter": "str",
}  # fmt: skip
OF_PLAN = ["plan_id", "site_id", "practitioner_id"]


def plans_up_to(plans: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Plans opened by the end of a quarter: one row a plan, as it stood then.

    Parameters
    ----------
    plans
        Accepted rows; without columns if the table was not handed in.
    quarter
        Quarter of the report.

    Returns
    -------
    DataFrame
        ``plan_id, site_id, practitioner_id, opened_on, closed_on`` (missing where the plan was
        open at the end of the quarter), ``closed_as`` (else empty), ``open``, ``last_day`` (of
        follow-up: the day of closing, or the quarter's last).

    Examples
    --------
    >>> plans = pd.DataFrame({"plan_id": ["7"], "site_id": ["A"], "practitioner_id": ["1"],
    ...                       "opened_on": pd.to_datetime(["2026-01-05"]),
    ...                       "closed_on": pd.to_datetime(["2026-05-01"])})
    >>> bool(plans_up_to(plans, Quarter(2026, 1))["open"].iloc[0])
    True
    """
    opened = events_up_to(plans, "opened_on", quarter)
    if opened.empty:
        return _shaped(opened, BY_PLAN)
    end = pd.Timestamp(quarter.last_day)
    closed_on = _by_then(opened, "closed_on", end)
    words = opened["closed_as"] if "closed_as" in opened else pd.Series("", index=opened.index)
    return _shaped(
        opened.assign(
            closed_on=closed_on,
            closed_as=words.fillna("").where(closed_on.notna(), ""),
            open=closed_on.isna(),
            last_day=closed_on.fillna(end),
        ),
        BY_PLAN,
    )


def actions_up_to(
    plan_actions: pd.DataFrame, by_plan: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    """Actions agreed by the end of a quarter, of plans that are known: one row an action.

    Parameters
    ----------
    plan_actions
        Accepted rows; without columns if the table was not handed in.
    by_plan
        From :func:`plans_up_to`.
    quarter
        Quarter of the report.

    Returns
    -------
    DataFrame
        ``plan_action_id, plan_id, goal_id, site_id, practitioner_id, owner, agreed_on, quarter``
        (agreed in), ``due_on``, ``done_on`` (missing unless done by the end of the quarter),
        ``days`` (from the agreement to the event), ``event``, ``reminders`` (missing where not
        known), ``adjusted_on``, ``adjusted_how`` (else empty).

    Notes
    -----
    ``event`` is "done"; "plan closed", a competing event, where the plan closed with the action
    undone; or "open", censored on the last day of follow-up. What was done after its plan closed
    is done.
    """
    agreed = events_up_to(plan_actions, "agreed_on", quarter)
    if agreed.empty or by_plan.empty:
        return _shaped(pd.DataFrame(), BY_ACTION)
    about = by_plan[[*OF_PLAN, "open", "last_day"]]
    rows = _without(agreed, OF_PLAN[1:]).merge(about, on="plan_id", validate="m:1")
    end = pd.Timestamp(quarter.last_day)
    done_on, adjusted_on = _by_then(rows, "done_on", end), _by_then(rows, "adjusted_on", end)
    how = rows["adjusted_how"] if "adjusted_how" in rows else pd.Series("", index=rows.index)
    event = pd.Series(OPEN, index=rows.index).mask(~rows["open"], PLAN_CLOSED)
    until = done_on.fillna(rows["last_day"])
    return _shaped(
        rows.assign(
            quarter=quarter_labels(rows["agreed_on"], quarter.fiscal_year_starts),
            done_on=done_on,
            # An action agreed after its plan had closed has no day of follow-up.
            days=(until - rows["agreed_on"]).dt.days.clip(lower=0),
            event=event.mask(done_on.notna(), DONE),
            adjusted_on=adjusted_on,
            adjusted_how=how.fillna("").where(adjusted_on.notna(), ""),
        ),
        BY_ACTION,
    )


def meetings_up_to(
    plan_meetings: pd.DataFrame, by_plan: pd.DataFrame, quarter: Quarter
) -> pd.DataFrame:
    """Meetings held by the end of a quarter on plans that are known: one row a meeting.

    Columns: ``plan_id, site_id, practitioner_id, held_on, quarter, present_person, attended``
    (people; missing where not recorded).
    """
    held = events_up_to(plan_meetings, "held_on", quarter)
    if held.empty or by_plan.empty:
        return _shaped(pd.DataFrame(), MEETINGS)
    rows = _without(held, OF_PLAN[1:]).merge(by_plan[OF_PLAN], on="plan_id", validate="m:1")
    label = quarter_labels(rows["held_on"], quarter.fiscal_year_starts)
    return _shaped(rows.assign(quarter=label), MEETINGS)


def ownership_up_to(scored: pd.DataFrame, by_plan: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Ownership as rated by the end of a quarter: one row a plan, day and respondent.

    Parameters
    ----------
    scored
        From :func:`workbench.data.scoring.score_ownership`; ratings without a score are left out.
    by_plan
        From :func:`plans_up_to`.
    quarter
        Quarter of the report.

    Returns
    -------
    DataFrame
        ``plan_id, site_id, practitioner_id, rated_on, quarter, months`` (since the plan opened, of
        30.4375 days), ``respondent_role, ownership`` (0 to 100).
    """
    rated = events_up_to(scored, "rated_on", quarter)
    if rated.empty or by_plan.empty:
        return _shaped(pd.DataFrame(), OWNERSHIP)
    about = by_plan[[*OF_PLAN, "opened_on"]]
    rows = _without(rated[rated["ownership"].notna()], OF_PLAN[1:])
    rows = rows.merge(about, on="plan_id", validate="m:1")
    return _shaped(
        rows.assign(
            quarter=quarter_labels(rows["rated_on"], quarter.fiscal_year_starts),
            months=(rows["rated_on"] - rows["opened_on"]).dt.days / DAYS_IN_A_MONTH,
        ),
        OWNERSHIP,
    )


def outcomes_up_to(outcomes: pd.DataFrame, quarter: Quarter) -> pd.DataFrame:
    """Outcomes of periods that began by the end of a quarter: one row a measure and period.

    Columns: ``subject, subject_id, period_start, measure, value, quarter``.
    """
    begun = events_up_to(outcomes, "period_start", quarter)
    if begun.empty:
        return _shaped(begun, OUTCOMES)
    label = quarter_labels(begun["period_start"], quarter.fiscal_year_starts)
    return _shaped(begun.assign(quarter=label), OUTCOMES)


def _by_then(frame: pd.DataFrame, column: str, end: pd.Timestamp) -> pd.Series:
    """Dates up to a day; what came later, or was never recorded, is missing."""
    if column not in frame:
        return pd.Series(pd.NaT, index=frame.index, dtype=DATE)
    dates = pd.to_datetime(frame[column])
    return dates.where(dates <= end)


def _without(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return frame.drop(columns=columns, errors="ignore")


def _shaped(frame: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Exactly these columns, of these kinds, whether or not there are rows."""
    shaped = frame.reindex(columns=list(kinds)).reset_index(drop=True)
    return shaped.astype(dict(kinds))
