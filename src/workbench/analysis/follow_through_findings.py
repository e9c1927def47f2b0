"""What happens after the meeting, as findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.follow_through import FollowThrough
from workbench.analysis.follow_through_change_findings import adjusted, direction, owner
from workbench.analysis.follow_through_shares import ALL, DAYS, QUARTERS
from workbench.analysis.follow_through_states import DONE_LATE, NO_DAY, NOT_YET_DUE
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

DONE = "How much of what was agreed is done within 30 days?"
OVERDUE = "How many open actions are past the day by which they were to be done?"
FADED = "Which goals stand still while others of the same plan move?"
REAL_LIFE = "Plans are tested against the person's day-to-day life, and adjusted when it changes."
TRACTION = "The team looks after each meeting at whether the plan is moving, not only in place."
HALF = 50
"""Percent done within 30 days below which, and overdue above which, a finding calls for a step."""
MANY_FADED = 20
"""Percent of goals faded above which the finding calls for a step."""
NOBODY_HERE = "there are no actions here."


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
    about = _about(first, site, "n_actions", "actions", "follow_through")
    reason = result.why_not or (first["reason"] if first else NOBODY_HERE)
    if reason:
        return not_estimable("plans.follow_through", DONE, reason, **about)
    share, low, high = (100 * first[name] for name in ("share", "share_low", "share_high"))
    later = [
        f"{number(100 * row['share'])}% within {row['days']} days"
        for row in rows[1:]
        if np.isfinite(row["share"])
    ]
    then = f" It is {' and '.join(later)}." if later else ""
    prompt = (
        "At the next team meeting, go through each action that is still open. What got in the way? "
        "Does it still fit the person's daily life?"
        if share < HALF
        else ""
    )
    return Finding(
        id="plans.follow_through",
        question=DONE,
        statement=f"{number(share)}% of the actions that teams agreed on are done within {DAYS[0]} "
        f"days (95% interval {interval(low, high)}; {_behind(first, 'n_actions', 'action')}, "
        f"agreed in the {QUARTERS} quarters up to {result.quarter}).{then} For "
        f"{number(100 * first['closed_first'])}% the plan closed within {DAYS[0]} days with the "
        f"action undone. {count_of(int(first['n_open']), 'action')} could not be followed for so "
        "long yet; this is allowed for, and open is not failed.",
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=f"percent of actions done within {DAYS[0]} days",
        action_prompt=prompt,
        best_practice=REAL_LIFE if prompt else "",
        **about,
    )


def _overdue(result: FollowThrough, site: str) -> Finding:
    row = row_of(result.overdue, site)
    about = _about(row, site, "n_actions", "open actions with a day set", "actions_state")
    reason = result.why_not
    if not reason and not row:
        reason = "no open action has a day by which it is to be done."
    if not reason and not np.isfinite(row["share_low"]):
        reason = "the open actions with a day set are of fewer than 3 practitioners."
    if reason:
        return not_estimable("plans.overdue", OVERDUE, reason, **about)
    share, low, high = (100 * row[name] for name in ("share", "share_low", "share_high"))
    states = result.states[result.states["site_id"] == site].set_index("state")["actions"]
    prompt = (
        "Go through the overdue actions at the next meeting: agree on a new day, a smaller step or "
        "other help, or take the action out of the plan."
        if low > HALF
        else ""
    )
    return Finding(
        id="plans.overdue",
        question=OVERDUE,
        statement=f"{int(row['actions'])} of {int(row['n_actions'])} open actions with a day set "
        f"are overdue at the end of {result.quarter}: {number(share)}% (95% interval "
        f"{interval(low, high)}; {_people(row)}). Overdue and undone are different: "
        f"the other {int(states[NOT_YET_DUE])} are not due yet, "
        f"{count_of(int(states[NO_DAY]), 'more open action has', 'more open actions have')} no day "
        "set, and "
        f"{count_of(int(states[DONE_LATE]), 'action was', 'actions were')} done after the day.",
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit="percent of open actions with a day set that are overdue",
        action_prompt=prompt,
        best_practice=REAL_LIFE if prompt else "",
        **about,
    )


def _faded(result: FollowThrough, site: str) -> Finding:
    row = row_of(result.faded, site)
    about = _about(row, site, "goals", "open goals", "faded_goals")
    days = result.fades_after_days
    reason = result.why_not
    if not reason and not row:
        reason = (
            f"no plan that has been open for {days} days has an open goal beside another that "
            "moved in that time."
        )
    if not reason and not np.isfinite(row["share_low"]):
        reason = "the goals are of plans of fewer than 3 practitioners."
    if reason:
        return not_estimable("plans.faded", FADED, reason, **about)
    share, low, high = (100 * row[name] for name in ("share", "share_low", "share_high"))
    prompt = (
        "Ask the person which goals still matter to them. Bring a goal that stands still back into "
        "the plan with a first small step, or let it go."
        if share > MANY_FADED
        else ""
    )
    return Finding(
        id="plans.faded",
        question=FADED,
        statement=f"{int(row['faded'])} of {int(row['goals'])} open goals have stood still for "
        f"{days} days while another goal of the same plan moved: {number(share)}% (95% interval "
        f"{interval(low, high)}; {_people(row)}). Nothing that serves such a goal was done, agreed "
        "or changed in that time.",
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=f"percent of open goals without a movement in {days} days",
        action_prompt=prompt,
        best_practice=TRACTION if prompt else "",
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


def _behind(row: Mapping[Any, Any], count: str, noun: str) -> str:
    return f"{count_of(int(row[count]), noun)} in {_people(row)}"


def _people(row: Mapping[Any, Any]) -> str:
    plans = count_of(int(row["n_plans"]), "plan")
    return f"{plans} of {count_of(int(row['n_practitioners']), 'practitioner')}"
