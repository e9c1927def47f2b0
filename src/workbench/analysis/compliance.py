"""Compliant but not owned: plans in order on paper while the person does not own them.

Meetings go on and papers are kept, so that all seems well, while ownership is weak or falls.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from workbench.analysis.compliance_counts import (
    COMPLIANCE_COLUMNS,
    SINCE_COLUMNS,
    counts_by_quarter,
    since_when,
)
from workbench.analysis.compliance_order import ORDER_COLUMNS, in_order
from workbench.language import mark, say
from workbench.quarters import Quarter
from workbench.settings import PlanRules
from workbench.shown import Shown

__all__ = ["Compliance", "compliance"]

NO_PLANS = mark("no plan was handed in. It would show which plans are open.")
NO_MEETINGS = mark(
    "no meeting on a plan was handed in. It would show whether meetings go on and whether the "
    "person is there."
)
NO_RATINGS = mark(
    "no person rated a plan. It would show whether the person experiences the plan as their own."
)
PLAN_COLUMNS = [*ORDER_COLUMNS, "weak", "falling", "not_owned"]


@dataclass(frozen=True)
class Compliance(Shown):
    """Plans in order, and which of them are not owned.

    Attributes
    ----------
    by_quarter, since
        Evidence tables ``compliance`` and ``compliance_since``.
    of_plans
        One row an open plan and quarter, with each clause. **Never written**: a row is a family.
    quarter
        Label of the quarter of the report.
    probability
        What a plan's state had to reach to be named.
    rules
        What was asked of plans.
    why_not
        Why nothing can be said; empty if something can.
    """

    by_quarter: pd.DataFrame
    since: pd.DataFrame
    of_plans: pd.DataFrame
    quarter: str
    probability: float
    rules: PlanRules
    why_not: str = ""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name; none has a row for a single plan."""
        return {"compliance": self.by_quarter, "compliance_since": self.since}


def compliance(
    by_plan: pd.DataFrame,
    meetings: pd.DataFrame,
    by_action: pd.DataFrame,
    states: pd.DataFrame,
    quarter: Quarter,
    rules: PlanRules | None = None,
    probability: float = 0.90,
) -> Compliance:
    """Count plans in order, and those of them that the person does not own.

    Parameters
    ----------
    by_plan
        One row a plan: ``plan_id, site_id, practitioner_id, opened_on, closed_on``.
    meetings
        One row a meeting: ``plan_id, held_on, present_person``.
    by_action
        One row an action: ``plan_id, owner, agreed_on, due_on``.
    states
        One row a plan and quarter, of open plans that the person rated by its end: ``plan_id,
        quarter, last_rated_on, weak, falling``.
    quarter
        Quarter of the report. The first is the first with a state, or with a meeting if that is
        later.
    rules
        What is asked of plans; the settings' defaults if None.
    probability
        What a state had to reach to be named, between 0.5 and 1.
    """
    rules = rules or PlanRules()
    why = _why_not(by_plan, meetings, states)
    plans = (
        pd.DataFrame(columns=PLAN_COLUMNS)
        if why
        else _plans(by_plan, meetings, by_action, states, quarter, rules)
    )
    if plans.empty:
        counted, since = (
            pd.DataFrame(columns=COMPLIANCE_COLUMNS),
            pd.DataFrame(columns=SINCE_COLUMNS),
        )
    else:
        counted = counts_by_quarter(plans)
        since = since_when(plans, states, counted, quarter)
    return Compliance(counted, since, plans, str(quarter), probability, rules, why)


def _why_not(by_plan: pd.DataFrame, meetings: pd.DataFrame, states: pd.DataFrame) -> str:
    for frame, reason in ((by_plan, NO_PLANS), (meetings, NO_MEETINGS), (states, NO_RATINGS)):
        if frame.empty:
            return say(reason)
    return ""


def _plans(
    by_plan: pd.DataFrame,
    meetings: pd.DataFrame,
    by_action: pd.DataFrame,
    states: pd.DataFrame,
    quarter: Quarter,
    rules: PlanRules,
) -> pd.DataFrame:
    """Judge every open plan at the end of every quarter from the first that can be judged."""
    met = Quarter.containing(meetings["held_on"].min().date(), quarter.fiscal_year_starts)
    rated = Quarter.from_label(min(states["quarter"]), quarter.fiscal_year_starts)
    one, parts = max(met, rated), []
    while one <= quarter:
        parts.append(in_order(by_plan, meetings, by_action, states, one, rules))
        one = one.plus(1)
    if not parts:
        return pd.DataFrame(columns=PLAN_COLUMNS)
    plans = pd.concat(parts, ignore_index=True)
    named = states[["plan_id", "quarter", "weak", "falling"]]
    plans = plans.merge(named, on=["plan_id", "quarter"], how="left", validate="1:1")
    ordered = plans["in_order"].astype(bool)
    for name in ("weak", "falling"):
        plans[name] = plans[name].eq(True) & ordered
    return plans.assign(not_owned=plans["weak"] | plans["falling"])[PLAN_COLUMNS]
