"""What happens after the meeting: which actions are done, changed or left, and which goals fade.

An action that is open when the quarter ends is open: it was followed up to then, and counts as
neither done nor failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.analysis.follow_through_hazard import (
    NO_ACTIONS,
    TREND_COLUMNS,
    Hazard,
    hazard_of,
    hazard_rows,
    trends,
)
from workbench.analysis.follow_through_shares import (
    CURVE_COLUMNS,
    QUARTER_COLUMNS,
    SHARE_COLUMNS,
    share_by_quarter,
    share_tables,
)
from workbench.analysis.follow_through_states import (
    ADJUSTED_COLUMNS,
    FADED_COLUMNS,
    OVERDUE_COLUMNS,
    STATE_COLUMNS,
    actions_adjusted,
    actions_state,
    faded_goals,
    overdue_share,
)
from workbench.language import say
from workbench.quarters import Quarter
from workbench.settings import PlanRules
from workbench.shown import Shown

__all__ = ["FollowThrough", "follow_through"]


def _no_rows(columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns=columns)


@dataclass(frozen=True)
class FollowThrough(Shown):
    """What became of what was agreed in plans.

    Attributes
    ----------
    shares, curve, by_quarter
        Evidence tables ``follow_through``, ``follow_through_curve``, ``follow_through_by_quarter``.
    hazard
        The model of the network.
    trend, states, adjusted, faded
        Evidence tables ``follow_through_trend, actions_state, actions_adjusted, faded_goals``.
    overdue
        Share overdue of open actions that have a day: ``scope, site_id, actions, share, share_low,
        share_high, n_actions, n_plans, n_practitioners``.
    quarter, fades_after_days
        Label of the quarter of the report; days without movement after which a goal has faded.
    why_not
        Why nothing can be said; empty if something can.
    """

    shares: pd.DataFrame = field(default_factory=lambda: _no_rows(SHARE_COLUMNS))
    curve: pd.DataFrame = field(default_factory=lambda: _no_rows(CURVE_COLUMNS))
    by_quarter: pd.DataFrame = field(default_factory=lambda: _no_rows(QUARTER_COLUMNS))
    hazard: Hazard = field(default_factory=Hazard)
    trend: pd.DataFrame = field(default_factory=lambda: _no_rows(TREND_COLUMNS))
    states: pd.DataFrame = field(default_factory=lambda: _no_rows(STATE_COLUMNS))
    adjusted: pd.DataFrame = field(default_factory=lambda: _no_rows(ADJUSTED_COLUMNS))
    faded: pd.DataFrame = field(default_factory=lambda: _no_rows(FADED_COLUMNS))
    overdue: pd.DataFrame = field(default_factory=lambda: _no_rows(OVERDUE_COLUMNS))
    quarter: str = ""
    fades_after_days: int = 0
    why_not: str = ""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name."""
        return {
            "follow_through": self.shares,
            "follow_through_curve": self.curve,
            "follow_through_hazard": self.hazard.table(),
            "follow_through_by_quarter": self.by_quarter,
            "follow_through_trend": self.trend,
            "actions_state": self.states,
            "actions_adjusted": self.adjusted,
            "faded_goals": self.faded,
        }


def follow_through(
    by_action: pd.DataFrame, by_plan: pd.DataFrame, quarter: Quarter, rules: PlanRules
) -> FollowThrough:
    """Follow actions from the meeting to when they were done, or as far as they can be seen.

    Parameters
    ----------
    by_action
        One row an action of a known plan: ``plan_action_id, plan_id, goal_id, site_id,
        practitioner_id, owner, agreed_on, quarter, due_on, done_on, days, event, adjusted_on,
        adjusted_how``. Without rows where none were handed in.
    by_plan
        One row a plan: ``plan_id, opened_on, open, last_day``.
    quarter
        Quarter of the report; what happened later is not known.
    rules
        ``goal_fades_after_days``.
    """
    about: dict[str, Any] = {
        "quarter": str(quarter),
        "fades_after_days": rules.goal_fades_after_days,
    }
    if by_action.empty or by_plan.empty:
        why = say(NO_ACTIONS)
        return FollowThrough(**about, hazard=Hazard(reason=why), why_not=why)
    shares = share_tables(by_action, quarter)
    rows = hazard_rows(by_action, by_plan)
    hazard = hazard_of(rows)
    return FollowThrough(
        shares=shares["follow_through"],
        curve=shares["follow_through_curve"],
        by_quarter=share_by_quarter(by_action),
        hazard=hazard,
        trend=trends(by_action, rows, hazard),
        states=actions_state(by_action, quarter),
        adjusted=actions_adjusted(by_action, quarter),
        faded=faded_goals(by_action, by_plan, quarter, rules.goal_fades_after_days),
        overdue=overdue_share(by_action, quarter),
        **about,
    )
