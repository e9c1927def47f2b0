"""Whether later actions are done sooner, whose are, and how actions are changed, as findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from workbench.analysis.follow_through import FollowThrough
from workbench.analysis.follow_through_hazard import EFFECT, TREND
from workbench.analysis.follow_through_rows import ACTIONS_OF, column_of
from workbench.analysis.follow_through_shares import OWNERS, QUARTERS
from workbench.certainty import HIGHER, LOWER, certainty
from workbench.findings import Finding, not_estimable
from workbench.language import mark, say
from workbench.wording import count_of, interval, number

DIRECTION = mark("Are actions agreed later done sooner or later than those before?")
OWNER = mark("Whose actions are done sooner?")
NOBODY_HERE = mark("there are no actions here.")
ADJUSTED = mark("When an action is changed, does the team agree on it?")
CONDITIONS = mark(
    "The process keeps building ownership and motivation, so that plans last in real life."
)
SHARED = mark("Adjustments are made together, soon, and in the open.")
BESIDE = {
    "family": mark("odds ratio of being done, the family beside the person"),
    "natural support": mark("odds ratio of being done, natural supports beside the person"),
    "professional": mark("odds ratio of being done, professionals beside the person"),
}
"""Unit of the odds of each owner's actions."""
PERSON_SOONER = {
    "family": mark("What the person took on is done sooner than what the family took on"),
    "natural support": mark(
        "What the person took on is done sooner than what natural supports took on"
    ),
    "professional": mark("What the person took on is done sooner than what professionals took on"),
}
OTHER_SOONER = {
    "family": mark("What the family took on is done sooner than what the person took on"),
    "natural support": mark(
        "What natural supports took on is done sooner than what the person took on"
    ),
    "professional": mark("What professionals took on is done sooner than what the person took on"),
}
NONE_SOONER = {
    "family": mark(
        "No sure difference is seen between what the family and what the person took on"
    ),
    "natural support": mark(
        "No sure difference is seen between what natural supports and what the person took on"
    ),
    "professional": mark(
        "No sure difference is seen between what professionals and what the person took on"
    ),
}
TIMES = {
    "family": mark("for the family, {ratio} times (95% interval {between})"),
    "natural support": mark("for natural supports, {ratio} times (95% interval {between})"),
    "professional": mark("for professionals, {ratio} times (95% interval {between})"),
}


def direction(result: FollowThrough, site: str) -> Finding:
    """Tell whether actions agreed later get done more readily, at a site or in the network."""
    rows = result.trend[result.trend["site_id"] == site]
    row = rows.iloc[0] if len(rows) else None
    about: dict[str, Any] = {
        "site_id": site,
        "evidence": "tables/follow_through_trend.parquet",
        "n_of": mark("actions"),
    }
    if row is not None:
        about |= {
            "n": int(row["n_actions"]),
            "n_plans": int(row["n_plans"]),
            "n_practitioners": int(row["n_practitioners"]),
        }
    reason = result.why_not or (say(NOBODY_HERE) if row is None else row["reason"])
    if reason or row is None:
        return not_estimable("plans.direction", say(DIRECTION), reason, **about)
    slope, low, high = (float(row[name]) for name in ("slope", "slope_low", "slope_high"))
    sure = certainty(low, high, no_change=1)
    falls = sure.way == LOWER
    lead = sure.pick(
        say("Actions agreed later are done less readily than those before"),
        say("Actions agreed later are done more readily than those before"),
        say("No sure change is seen between actions agreed earlier and later"),
    )
    return Finding(
        id="plans.direction",
        question=say(DIRECTION),
        statement=say(
            "{lead}: each quarter the odds that an open action gets done are {times} times those "
            "of the quarter before, for actions of the same owner in the same stretch of days "
            "(95% interval {between}; {actions} in {plans} of {practitioners}). 1 is no change.",
            lead=lead,
            times=number(slope, 2),
            between=interval(low, high, 2, beside=(1,)),
            actions=count_of(int(row["n_actions"]), "action"),
            plans=count_of(int(row["n_plans"]), "plan"),
            practitioners=count_of(int(row["n_practitioners"]), "practitioner"),
        ),
        estimate=slope,
        conf_low=low,
        conf_high=high,
        unit=mark("odds ratio a quarter"),
        certainty=str(sure),
        no_change=1,
        action_prompt=say(
            "Ask teams and families what has become harder after the meeting. Build the plan for "
            "the next months around it."
        )
        if falls
        else "",
        best_practice=say(CONDITIONS) if falls else "",
        **about,
    )


def owner(result: FollowThrough) -> Finding:
    """Tell the odds of getting done by who took the action on."""
    hazard = result.hazard
    numbers = hazard.numbers
    about: dict[str, Any] = {
        "evidence": "tables/follow_through_hazard.parquet",
        "n": numbers.get("n_actions", 0),
        "n_of": mark("actions"),
        "n_practitioners": numbers.get("n_practitioners", 0),
        "n_plans": numbers.get("n_plans", 0),
    }
    table = hazard.table()
    effects = table[(table["kind"] == EFFECT) & (table["term"] != TREND)]
    base = _beside(hazard.left_out)
    reason = result.why_not or hazard.reason
    if not reason and (effects.empty or not base):
        reason = say(
            "too few actions of the person, or of others, could be followed to set them apart."
        )
    if reason:
        return not_estimable("plans.owner", say(OWNER), reason, **about)
    rows = effects.set_index("term")
    named = {one: column_of(one) for one in reversed(OWNERS[1:]) if column_of(one) in rows.index}
    first, term = next(iter(named.items()))
    chosen = rows.loc[term].to_dict()
    sure = certainty(chosen["conf_low"], chosen["conf_high"], no_change=1)
    above = sure.way == HIGHER
    lead = sure.pick(say(PERSON_SOONER[first]), say(OTHER_SOONER[first]), say(NONE_SOONER[first]))
    return Finding(
        id="plans.owner",
        question=say(OWNER),
        statement=say(
            "{lead}. These are the odds that an open action gets done, beside actions of the "
            "person in the same plan and stretch of days: {ratios}. They rest on {actions} in "
            "{plans} of {practitioners}. Actions of different owners may differ in how hard they "
            "are.",
            lead=lead,
            ratios="; ".join(_ratio(one, rows.loc[term].to_dict()) for one, term in named.items()),
            actions=count_of(about["n"], "action"),
            plans=count_of(about["n_plans"], "plan"),
            practitioners=count_of(about["n_practitioners"], "practitioner"),
        ),
        estimate=float(chosen["estimate"]),
        conf_low=float(chosen["conf_low"]),
        conf_high=float(chosen["conf_high"]),
        unit=BESIDE[first],
        certainty=str(sure),
        no_change=1,
        action_prompt=say(
            "For each action the person takes on, ask how sure they are that it will fit into "
            "their week. Make it small enough for the answer to be yes."
        )
        if above
        else "",
        best_practice=say(CONDITIONS) if above else "",
        **about,
    )


def _ratio(owner: str, row: Mapping[Any, Any]) -> str:
    """Odds of an owner's actions beside the person's, in words."""
    between = interval(row["conf_low"], row["conf_high"], 2, beside=(1,))
    return say(TIMES[owner], ratio=number(row["estimate"], 2), between=between)


def _beside(left_out: tuple[str, ...]) -> bool:
    """Whether the person's own actions are among those that others are set beside."""
    return say(ACTIONS_OF[OWNERS[0]]) not in left_out


def adjusted(result: FollowThrough) -> Finding:
    """Tell changes that the team agreed on from those that just happened."""
    table = result.adjusted[result.adjusted["site_id"] == ""].set_index("how")
    about: dict[str, Any] = {
        "evidence": "tables/actions_adjusted.parquet",
        "n": int(table["n_actions"].max()) if len(table) else 0,
        "n_of": mark("changed actions"),
        "n_practitioners": int(table["n_practitioners"].max()) if len(table) else 0,
        "n_plans": int(table["n_plans"].max()) if len(table) else 0,
    }
    reason = result.why_not
    if not reason and table.empty:
        reason = say(
            "no change of an action in the last {quarters} quarters says whether the team agreed "
            "on it. Without such a record nothing tells whether actions were changed at all.",
            quarters=QUARTERS,
        )
    if not reason and not np.isfinite(table["share_low"]["informal"]):
        reason = say("the changed actions are of fewer than 3 practitioners.")
    if reason:
        return not_estimable("plans.adjusted", say(ADJUSTED), reason, **about)
    row = table.loc["informal"].to_dict()
    share, low, high = (100 * row[name] for name in ("share", "share_low", "share_high"))
    sure = certainty(low, high, no_change=50)
    more = sure.way == HIGHER
    lead = sure.pick(
        say("Most changes of actions were agreed by the team"),
        say("Most changes of actions just happened"),
        say("It is not sure which is more common: changes that were agreed or that just happened"),
    )
    return Finding(
        id="plans.adjusted",
        question=say(ADJUSTED),
        statement=say(
            "{lead}: {informal} of {all} were informal, {share}% (95% interval {between}), in the "
            "{quarters} quarters up to {quarter}. An informal change is no fault: it may show how "
            "the plan is made to fit real life.",
            lead=lead,
            informal=int(row["actions"]),
            all=int(row["n_actions"]),
            share=number(share),
            between=interval(low, high, beside=(50,)),
            quarters=QUARTERS,
            quarter=result.quarter,
        ),
        estimate=float(share),
        conf_low=float(low),
        conf_high=float(high),
        unit=mark("percent of changes that were informal"),
        certainty=str(sure),
        no_change=50,
        action_prompt=say(
            "Ask at the next meeting what people have already changed on their own, and whether "
            "the plan still holds their own priorities."
        )
        if more
        else "",
        best_practice=say(SHARED) if more else "",
        **about,
    )
