"""Whether later actions are done sooner, whose are, and how actions are changed, as findings."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.follow_through import FollowThrough
from workbench.analysis.follow_through_hazard import EFFECT, TREND
from workbench.analysis.follow_through_rows import OWNER_TITLES, column_of
from workbench.analysis.follow_through_shares import OWNERS, QUARTERS
from workbench.certainty import HIGHER, LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.wording import count_of, interval, number

DIRECTION = "Are actions agreed later done sooner or later than those before?"
OWNER = "Whose actions are done sooner?"
ADJUSTED = "When an action is changed, does the team agree on it?"
CONDITIONS = "The process keeps building ownership and motivation, so that plans last in real life."
SHARED = "Adjustments are made together, soon, and in the open."
WITHIN_PLANS = "for actions of the same owner in the same stretch of days"


def direction(result: FollowThrough, site: str) -> Finding:
    """Tell whether actions agreed later get done more readily, at a site or in the network."""
    rows = result.trend[result.trend["site_id"] == site]
    row = rows.iloc[0] if len(rows) else None
    about: dict[str, Any] = {
        "site_id": site,
        "evidence": "tables/follow_through_trend.parquet",
        "n_of": "actions",
    }
    if row is not None:
        about |= {
            "n": int(row["n_actions"]),
            "n_plans": int(row["n_plans"]),
            "n_practitioners": int(row["n_practitioners"]),
        }
    reason = result.why_not or ("there are no actions here." if row is None else row["reason"])
    if reason or row is None:
        return not_estimable("plans.direction", DIRECTION, reason, **about)
    slope, low, high = (float(row[name]) for name in ("slope", "slope_low", "slope_high"))
    sure = certainty(low, high, no_change=1)
    falls = sure.way == LOWER
    lead = sure.pick(
        "Actions agreed later are done less readily than those before",
        "Actions agreed later are done more readily than those before",
        "No sure change is seen between actions agreed earlier and later",
    )
    return Finding(
        id="plans.direction",
        question=DIRECTION,
        statement=f"{lead}: each quarter the odds that an open action gets done are "
        f"{number(slope, 2)} times those of the quarter before, {WITHIN_PLANS} (95% interval "
        f"{interval(low, high, 2, beside=(1,))}; {count_of(int(row['n_actions']), 'action')} in "
        f"{count_of(int(row['n_plans']), 'plan')} of "
        f"{count_of(int(row['n_practitioners']), 'practitioner')}). 1 is no change.",
        estimate=slope,
        conf_low=low,
        conf_high=high,
        unit="odds ratio a quarter",
        certainty=str(sure),
        no_change=1,
        action_prompt="Ask teams and families what has become harder after the meeting. Build "
        "the plan for the next months around it."
        if falls
        else "",
        best_practice=CONDITIONS if falls else "",
        **about,
    )


def owner(result: FollowThrough) -> Finding:
    """Tell the odds of getting done by who took the action on."""
    hazard = result.hazard
    numbers = hazard.numbers
    about: dict[str, Any] = {
        "evidence": "tables/follow_through_hazard.parquet",
        "n": numbers.get("n_actions", 0),
        "n_of": "actions",
        "n_practitioners": numbers.get("n_practitioners", 0),
        "n_plans": numbers.get("n_plans", 0),
    }
    table = hazard.table()
    effects = table[(table["kind"] == EFFECT) & (table["term"] != TREND)]
    base = _beside(hazard.left_out)
    reason = result.why_not or hazard.reason
    if not reason and (effects.empty or not base):
        reason = "too few actions of the person, or of others, could be followed to set them apart."
    if reason:
        return not_estimable("plans.owner", OWNER, reason, **about)
    rows = effects.set_index("term")
    named = {one: column_of(one) for one in reversed(OWNERS[1:]) if column_of(one) in rows.index}
    ratios = [
        f"for {OWNER_TITLES[one]}, {number(rows['estimate'][term], 2)} times (95% interval "
        f"{interval(rows['conf_low'][term], rows['conf_high'][term], 2, beside=(1,))})"
        for one, term in named.items()
    ]
    first, term = next(iter(named.items()))
    chosen = rows.loc[term].to_dict()
    who = OWNER_TITLES[first]
    sure = certainty(chosen["conf_low"], chosen["conf_high"], no_change=1)
    above = sure.way == HIGHER
    lead = sure.pick(
        f"What the person took on is done sooner than what {who} took on",
        f"What {who} took on is done sooner than what the person took on",
        f"No sure difference is seen between what {who} and what the person took on",
    )
    return Finding(
        id="plans.owner",
        question=OWNER,
        statement=f"{lead}. These are the odds that an open action gets done, beside actions of "
        f"the person in the same plan and stretch of days: {'; '.join(ratios)}. They rest on "
        f"{count_of(about['n'], 'action')} in {count_of(about['n_plans'], 'plan')} of "
        f"{count_of(about['n_practitioners'], 'practitioner')}. Actions of different owners may "
        "differ in how hard they are.",
        estimate=float(chosen["estimate"]),
        conf_low=float(chosen["conf_low"]),
        conf_high=float(chosen["conf_high"]),
        unit=f"odds ratio of being done, {who} beside the person",
        certainty=str(sure),
        no_change=1,
        action_prompt="For each action the person takes on, ask how sure they are that it will fit "
        "into their week. Make it small enough for the answer to be yes."
        if above
        else "",
        best_practice=CONDITIONS if above else "",
        **about,
    )


def _beside(left_out: tuple[str, ...]) -> bool:
    """Whether the person's own actions are among those that others are set beside."""
    return f"actions of {OWNER_TITLES[OWNERS[0]]}" not in left_out


def adjusted(result: FollowThrough) -> Finding:
    """Tell changes that the team agreed on from those that just happened."""
    table = result.adjusted[result.adjusted["site_id"] == ""].set_index("how")
    about: dict[str, Any] = {
        "evidence": "tables/actions_adjusted.parquet",
        "n": int(table["n_actions"].max()) if len(table) else 0,
        "n_of": "changed actions",
        "n_practitioners": int(table["n_practitioners"].max()) if len(table) else 0,
        "n_plans": int(table["n_plans"].max()) if len(table) else 0,
    }
    reason = result.why_not
    if not reason and table.empty:
        reason = (
            f"no change of an action in the last {QUARTERS} quarters says whether the team agreed "
            "on it. Without such a record nothing tells whether actions were changed at all."
        )
    if not reason and not np.isfinite(table["share_low"]["informal"]):
        reason = "the changed actions are of fewer than 3 practitioners."
    if reason:
        return not_estimable("plans.adjusted", ADJUSTED, reason, **about)
    row = table.loc["informal"].to_dict()
    share, low, high = (100 * row[name] for name in ("share", "share_low", "share_high"))
    sure = certainty(low, high, no_change=50)
    more = sure.way == HIGHER
    lead = sure.pick(
        "Most changes of actions were agreed by the team",
        "Most changes of actions just happened",
        "It is not sure which is more common: changes that were agreed or that just happened",
    )
    return Finding(
        id="plans.adjusted",
        question=ADJUSTED,
        statement=f"{lead}: {int(row['actions'])} of {int(row['n_actions'])} were informal, "
        f"{number(share)}% (95% interval {interval(low, high, beside=(50,))}), in the {QUARTERS} "
        f"quarters up to {result.quarter}. An informal change is no fault: it may show how the "
        "plan is made to fit real life.",
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit="percent of changes that were informal",
        certainty=str(sure),
        no_change=50,
        action_prompt="Ask at the next meeting what people have already changed on their own, and "
        "whether the plan still holds their own priorities."
        if more
        else "",
        best_practice=SHARED if more else "",
        **about,
    )
