"""Plans of the example network, from the meeting to what became of what was agreed there.

Plans draw from streams of their own, one a purpose: nothing else in the network moves with them,
and what is planted in one part of them leaves the others' luck as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_plans_actions import (
    adjust_actions,
    agree_actions,
    draw_goals,
    follow_through,
    hold_meetings,
)
from workbench.data.synthetic_plans_openings import (
    NOT_IN_SIGHT,
    Calendar,
    describe_plans,
    open_plans,
)
from workbench.data.synthetic_plans_outcomes import (
    in_quarter_before,
    practice_by_quarter,
    simulate_outcomes,
)
from workbench.data.synthetic_plans_ownership import describe_ownership, rate_ownership
from workbench.data.synthetic_plans_support import draw_hours, draw_reminders, support_table
from workbench.data.synthetic_streams import streams_of

TENS = 10.0
PURPOSES = 8
BY_PLAN = [
    "plan_id", "site_id", "practitioner_id", "carried", "practitioner_effect", "plan_effect",
    "base_level", "dependence", "dependent", "usual_hours", "tapered_on", "reminder_rate",
    "reminder_growth", "ownership_level", "ownership_slope",
]  # fmt: skip


@dataclass(frozen=True)
class SimulatedPlans:
    """Plans with what was agreed, done, said and given, as frames with dates.

    Attributes
    ----------
    plans, plan_meetings, plan_actions, external_support, outcomes
        Columns of the tables of these names.
    ownership_scores
        ``plan_id, rated_on, respondent_role, ownership`` (0 to 100): what the answers to items
        will say; :func:`synthetic_plans_ownership.ownership_responses` gives them.
    truth
        ``by_plan``: what lies behind each plan (``base_level`` is the sum of the two effects, in
        log odds; ``tapered_on`` the day from which hours are halved; the level and slope are the
        person's, at the opening and a month). ``by_goal``: ``goal_id, plan_id, faded_on``.
        ``by_action``: ``plan_action_id, log_odds`` (beside the stretch and the support),
        ``fidelity`` (in tens of points beside the network's mean). ``by_month``: ``plan_id,
        period_start, hours`` of whole months, ``relative`` (base-2 logarithm of hours over the
        usual). ``by_practitioner``: ``practitioner_id, mean`` (of fidelity over the series),
        ``outcome_effect, hazard_effect, ownership_effect`` (missing without a plan).
        ``practice``: fidelity by practitioner and ``number`` of the quarter, from 0.
    """

    plans: pd.DataFrame
    plan_meetings: pd.DataFrame
    plan_actions: pd.DataFrame
    external_support: pd.DataFrame
    ownership_scores: pd.DataFrame
    outcomes: pd.DataFrame
    truth: dict[str, pd.DataFrame]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables, by name, without the answers to items."""
        return {
            "plans": self.plans,
            "plan_meetings": self.plan_meetings,
            "plan_actions": self.plan_actions,
            "external_support": self.external_support,
            "outcomes": self.outcomes,
        }


def simulate_plans(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    observations: pd.DataFrame,
    parameters: NetworkParameters,
    seed: int,
) -> SimulatedPlans:
    """Plans of a network whose observations have been drawn, without answers to items.

    Parameters
    ----------
    practitioners, observations
        As :func:`synthetic.simulate_growth` gives them.
    by_site
        ``site_id`` in the order of the places that parameters name: the effects' ``by_site``.
    parameters
        Dates of the series and, in ``plans``, the truth.
    seed
        Seed of the network.
    """
    truth, calendar, streams = parameters.plans, Calendar.of(parameters), streams_of(seed)
    opening, describing, meeting, goal, agreeing, hour, doing, counting = streams.plans.spawn(
        PURPOSES
    )
    levels = practice_by_quarter(practitioners, observations, parameters)
    before = in_quarter_before(levels, calendar)
    beside = (before - levels.mean()) / TENS

    plans = open_plans(practitioners, by_site, parameters, calendar, opening)
    plans = describe_plans(plans, len(practitioners), truth, describing)
    plans = describe_ownership(plans, len(practitioners), truth, streams.ownership)
    meetings = hold_meetings(plans, truth, calendar, meeting)
    goals = draw_goals(plans, truth, goal)
    actions = agree_actions(plans, meetings, goals, truth, agreeing)
    hours = draw_hours(plans, truth, calendar, hour)
    person = plans["person"].to_numpy()[actions["plan"]]
    linked = beside[person, calendar.quarter_of(actions["agreed"].to_numpy())]
    actions = follow_through(plans, actions, hours, linked, truth, calendar, doing)
    actions = adjust_actions(actions.assign(fidelity=linked), truth, doing)
    actions["reminders"], reminders = draw_reminders(plans, actions, calendar, counting)
    outcomes, of_practitioners = simulate_outcomes(
        practitioners, by_site, levels, parameters, calendar, streams.outcomes
    )
    actions["plan_action_id"] = [f"A{number:05d}" for number in range(1, len(actions) + 1)]
    return SimulatedPlans(
        plans=_plans(plans, calendar),
        plan_meetings=_meetings(plans, meetings, calendar),
        plan_actions=_actions(plans, goals, actions, calendar),
        external_support=support_table(plans, hours, reminders, truth, calendar, counting),
        ownership_scores=rate_ownership(plans, beside, truth, calendar, streams.ownership),
        outcomes=outcomes,
        truth={
            "by_plan": _behind_plans(plans, calendar),
            "by_goal": _behind_goals(plans, goals, calendar),
            "by_action": _behind_actions(actions),
            "by_month": _behind_months(plans, hours, calendar),
            "by_practitioner": _behind_practitioners(plans, of_practitioners),
            "practice": _practice(practitioners, levels),
        },
    )


def _seen(days: pd.Series, calendar: Calendar) -> pd.Series:
    """Days as dates; missing where the day never comes."""
    values = days.to_numpy()
    return calendar.dates(values, values < NOT_IN_SIGHT)


def _plans(plans: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    closed = calendar.dates(plans["closed"].to_numpy(), plans["is_closed"].to_numpy())
    return plans[["plan_id", "site_id", "practitioner_id"]].assign(
        opened_on=calendar.dates(plans["opened"].to_numpy()),
        closed_on=closed,
        closed_as=plans["closed_as"].astype("str"),
    )


def _meetings(plans: pd.DataFrame, meetings: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plan_id": plans["plan_id"].to_numpy()[meetings["plan"]],
            "held_on": calendar.dates(meetings["held"].to_numpy()),
            "present_person": meetings["present_person"],
            "attended": meetings["attended"],
        }
    )


def _actions(
    plans: pd.DataFrame, goals: pd.DataFrame, actions: pd.DataFrame, calendar: Calendar
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plan_action_id": actions["plan_action_id"],
            "plan_id": plans["plan_id"].to_numpy()[actions["plan"]],
            "goal_id": goals["goal_id"].to_numpy()[actions["goal"]],
            "agreed_on": calendar.dates(actions["agreed"].to_numpy()),
            "owner": actions["owner"].astype("str"),
            "due_on": _seen(actions["due"], calendar),
            "done_on": _seen(actions["done"], calendar),
            "reminders": actions["reminders"],
            "adjusted_on": _seen(actions["adjusted"], calendar),
            "adjusted_how": actions["adjusted_how"].astype("str"),
        }
    )


def _behind_plans(plans: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    return plans.assign(
        base_level=plans["practitioner_effect"] + plans["plan_effect"],
        dependent=plans["dependence"] > 0,
        tapered_on=_seen(plans["tapered"], calendar),
    )[BY_PLAN]


def _behind_practitioners(plans: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Effects on hazards and on ownership beside those on outcomes; of those with a plan."""
    own = plans.drop_duplicates("practitioner_id").set_index("practitioner_id")
    names = {"hazard_effect": "practitioner_effect", "ownership_effect": "ownership_practitioner"}
    effects = {name: found["practitioner_id"].map(own[column]) for name, column in names.items()}
    return found.assign(**effects)


def _behind_goals(plans: pd.DataFrame, goals: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "goal_id": goals["goal_id"],
            "plan_id": plans["plan_id"].to_numpy()[goals["plan"]],
            "faded_on": _seen(goals["faded"], calendar),
        }
    )


def _behind_actions(actions: pd.DataFrame) -> pd.DataFrame:
    names = {"steady": "log_odds"}
    return actions[["plan_action_id", "steady", "fidelity"]].rename(columns=names)


def _behind_months(plans: pd.DataFrame, hours: np.ndarray, calendar: Calendar) -> pd.DataFrame:
    count, months = hours.shape
    usual = np.repeat(plans["usual_hours"].to_numpy(), months)
    return pd.DataFrame(
        {
            "plan_id": np.repeat(plans["plan_id"].to_numpy(), months),
            "period_start": calendar.dates(np.tile(calendar.month_starts[:-1], count)),
            "hours": hours.reshape(-1),
            "relative": np.log2(hours.reshape(-1) / usual),
        }
    )


def _practice(practitioners: pd.DataFrame, levels: np.ndarray) -> pd.DataFrame:
    people, quarters = levels.shape
    return pd.DataFrame(
        {
            "practitioner_id": np.repeat(practitioners["practitioner_id"].to_numpy(), quarters),
            "number": np.tile(np.arange(quarters), people),
            "fidelity": levels.reshape(-1),
        }
    )
