"""What happens after the meeting, as findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.follow_through import FollowThrough
from workbench.analysis.follow_through_change_findings import (
    NOBODY_HERE,
    adjusted,
    direction,
    owner,
)
from workbench.analysis.follow_through_shares import ALL, DAYS, QUARTERS
from workbench.analysis.follow_through_states import DONE_LATE, NO_DAY, NOT_YET_DUE
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number, one_of

DONE = mark("How much of what was agreed is done within 30 days?")
OVERDUE = mark("How many open actions are past the day by which they were to be done?")
FADED = mark("Which goals stand still while others of the same plan move?")
REAL_LIFE = mark(
    "Plans are tested against the person's day-to-day life, and adjusted when it changes."
)
TRACTION = mark(
    "The team looks after each meeting at whether the plan is moving, not only in place."
)
HALF = 50
"""Percent done within 30 days below which, and overdue above which, a finding calls for a step."""
MANY_FADED = 20
"""Percent of goals faded above which the finding calls for a step."""


def follow_through_findings(
    result: FollowThrough, site_ids: Iterable[str] | None = None
) -> list[Finding]:
    """Make the findings on what happens after the meeting.

    Parameters
    ----------
    result
        The analysis.
    site_ids
        Sites that get findings beside the network; None: those with actions.
    """
    seen = set(result.states["site_id"]) - {""}
    sites = sorted(seen) if site_ids is None else list(site_ids)
    found = [owner(result), adjusted(result)]
    for site in ["", *sites]:
        found += [make(result, site) for make in (_done, direction, _overdue, _faded)]
    return found


def row_of(table: pd.DataFrame, site: str, **where: object) -> Mapping[Any, Any]:
    """Give the row of a site, or of the network; empty where there is none."""
    for name, value in {"site_id": site, **where}.items():
        table = table[table[name] == value]
    return table.iloc[0].to_dict() if len(table) else {}


def _done(result: FollowThrough, site: str) -> Finding:
    rows = [row_of(result.shares, site, owner=ALL, days=day) for day in DAYS]
    first = rows[0]
    about = _about(first, site, "n_actions", mark("actions"), "follow_through")
    reason = result.why_not or (first["reason"] if first else say(NOBODY_HERE))
    if reason:
        return not_estimable("plans.follow_through", say(DONE), reason, **about)
    share, low, high = (100 * first[name] for name in ("share", "share_low", "share_high"))
    prompt = (
        say(
            "At the next team meeting, go through each action that is still open. What got in the "
            "way? Does it still fit the person's daily life?"
        )
        if share < HALF
        else ""
    )
    sentences = [
        say(
            "{share}% of the actions that teams agreed on are done within {days} days (95% "
            "interval {between}; {actions} in {people}, agreed in the {quarters} quarters up to "
            "{quarter}).",
            share=number(share),
            days=DAYS[0],
            between=interval(low, high),
            actions=count_of(int(first["n_actions"]), "action"),
            people=_people(first),
            quarters=QUARTERS,
            quarter=result.quarter,
        ),
        _later(rows[1:]),
        say(
            "For {share}% the plan closed within {days} days with the action undone.",
            share=number(100 * first["closed_first"]),
            days=DAYS[0],
        ),
        say(
            "{actions} could not be followed for so long yet; this is allowed for, and open is not "
            "failed.",
            actions=count_of(int(first["n_open"]), "action"),
        ),
    ]
    return Finding(
        id="plans.follow_through",
        question=say(DONE),
        statement=" ".join(one for one in sentences if one),
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("percent of actions done within 30 days"),
        action_prompt=prompt,
        best_practice=say(REAL_LIFE) if prompt else "",
        **about,
    )


def _later(rows: list[Mapping[Any, Any]]) -> str:
    """Say how much is done on later days; empty where nothing was followed for so long."""
    told = [
        say("{share}% within {days} days", share=number(100 * row["share"]), days=row["days"])
        for row in rows
        if np.isfinite(row["share"])
    ]
    return say("It is {shares}.", shares=one_of(told)) if told else ""


def _overdue(result: FollowThrough, site: str) -> Finding:
    row = row_of(result.overdue, site)
    about = _about(row, site, "n_actions", mark("open actions with a day set"), "actions_state")
    reason = result.why_not
    if not reason and not row:
        reason = say("no open action has a day by which it is to be done.")
    if not reason and not np.isfinite(row["share_low"]):
        reason = say("the open actions with a day set are of fewer than 3 practitioners.")
    if reason:
        return not_estimable("plans.overdue", say(OVERDUE), reason, **about)
    share, low, high = (100 * row[name] for name in ("share", "share_low", "share_high"))
    states = result.states[result.states["site_id"] == site].set_index("state")["actions"]
    prompt = (
        say(
            "Go through the overdue actions at the next meeting: agree on a new day, a smaller "
            "step or other help, or take the action out of the plan."
        )
        if low > HALF
        else ""
    )
    return Finding(
        id="plans.overdue",
        question=say(OVERDUE),
        statement=say(
            "{overdue} of {all} open actions with a day set are overdue at the end of {quarter}: "
            "{share}% (95% interval {between}; {people}). Overdue and undone are different: the "
            "other {not_yet} are not due yet, {no_day} no day set, and {late} done after the day.",
            overdue=int(row["actions"]),
            all=int(row["n_actions"]),
            quarter=result.quarter,
            share=number(share),
            between=interval(low, high),
            people=_people(row),
            not_yet=int(states[NOT_YET_DUE]),
            no_day=count_of(int(states[NO_DAY]), "more open action has", "more open actions have"),
            late=count_of(int(states[DONE_LATE]), "action was", "actions were"),
        ),
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("percent of open actions with a day set that are overdue"),
        action_prompt=prompt,
        best_practice=say(REAL_LIFE) if prompt else "",
        **about,
    )


def _faded(result: FollowThrough, site: str) -> Finding:
    row = row_of(result.faded, site)
    about = _about(row, site, "goals", mark("open goals"), "faded_goals")
    days = result.fades_after_days
    reason = result.why_not
    if not reason and not row:
        reason = say(
            "no plan that has been open for {days} days has an open goal beside another that moved "
            "in that time.",
            days=days,
        )
    if not reason and not np.isfinite(row["share_low"]):
        reason = say("the goals are of plans of fewer than 3 practitioners.")
    if reason:
        return not_estimable("plans.faded", say(FADED), reason, **about)
    share, low, high = (100 * row[name] for name in ("share", "share_low", "share_high"))
    prompt = (
        say(
            "Ask the person which goals still matter to them. Bring a goal that stands still back "
            "into the plan with a first small step, or let it go."
        )
        if share > MANY_FADED
        else ""
    )
    return Finding(
        id="plans.faded",
        question=say(FADED),
        statement=say(
            "{faded} of {all} open goals have stood still for {days} days while another goal of "
            "the same plan moved: {share}% (95% interval {between}; {people}). Nothing that serves "
            "such a goal was done, agreed or changed in that time.",
            faded=int(row["faded"]),
            all=int(row["goals"]),
            days=days,
            share=number(share),
            between=interval(low, high),
            people=_people(row),
        ),
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=say("percent of open goals without a movement in {days} days", days=days),
        action_prompt=prompt,
        best_practice=say(TRACTION) if prompt else "",
        **about,
    )


def _about(row: Mapping[Any, Any], site: str, count: str, of: str, table: str) -> dict[str, Any]:
    return {
        "site_id": site,
        "evidence": f"tables/{table}.parquet",
        "n": int(row.get(count, 0)),
        "n_of": of,
        "n_practitioners": int(row.get("n_practitioners", 0)),
        "n_plans": int(row.get("n_plans", 0)),
    }


def _people(row: Mapping[Any, Any]) -> str:
    return say(
        "{plans} of {practitioners}",
        plans=count_of(int(row["n_plans"]), "plan"),
        practitioners=count_of(int(row["n_practitioners"]), "practitioner"),
    )
