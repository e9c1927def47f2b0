"""Meetings on the example network's plans, what is agreed there, and what becomes of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.synthetic_plan_parameters import PlanParameters
from workbench.data.synthetic_plans_openings import DAYS_IN_A_MONTH, NOT_IN_SIGHT, Calendar

STRETCH = 15
"""Days in a stretch: the first is from the day after the agreement to day 15."""
DAYS_TO_DUE = (14, 46)
SHORTEST_GAP = 7
MONTHS_TO_FADING = (1.0, 5.0)
OTHERS_AT_A_MEETING = 2.0


def hold_meetings(
    plans: pd.DataFrame, truth: PlanParameters, calendar: Calendar, random: np.random.Generator
) -> pd.DataFrame:
    """Meetings from the opening on: ``plan`` (its place), ``held, present_person, attended``.

    The first is held on the day of the opening.
    """
    count = int(calendar.days / max(truth.days_between_meetings - truth.meetings_sd, 7)) + 2
    shape = (len(plans), count)
    gaps = truth.days_between_meetings + truth.meetings_sd * random.standard_normal(shape)
    gaps = np.maximum(np.rint(gaps), SHORTEST_GAP).astype(np.int64)
    gaps[:, 0] = 0
    held = plans["opened"].to_numpy()[:, None] + np.cumsum(gaps, axis=1)
    carried = plans["carried"].to_numpy()
    missing = np.where(carried, truth.share_missed_where_carried, truth.share_meetings_missed)
    takes_place = random.random(shape) >= missing[:, None]
    takes_place[:, 0] = True
    takes_place &= held <= plans["last"].to_numpy()[:, None]
    present = random.random(shape) < truth.share_person_present
    others = 1 + random.poisson(OTHERS_AT_A_MEETING, shape)
    plan, number = np.nonzero(takes_place)
    return pd.DataFrame(
        {
            "plan": plan,
            "held": held[plan, number],
            "present_person": present[plan, number],
            "attended": (present + others)[plan, number],
        }
    )


def draw_goals(
    plans: pd.DataFrame, truth: PlanParameters, random: np.random.Generator
) -> pd.DataFrame:
    """One row a goal: ``plan, number`` (from 1), ``goal_id, faded`` (the day from which it has)."""
    plan = np.repeat(np.arange(len(plans)), plans["goals"])
    first = np.cumsum(plans["goals"].to_numpy()) - plans["goals"].to_numpy()
    number = np.arange(len(plan)) - first[plan] + 1
    after = np.floor(random.uniform(*MONTHS_TO_FADING, len(plan)) * DAYS_IN_A_MONTH)
    fades = random.random(len(plan)) < truth.share_goals_fading
    day = plans["opened"].to_numpy()[plan] + after.astype(np.int64)
    names = plans["plan_id"].to_numpy()[plan]
    return pd.DataFrame(
        {
            "plan": plan,
            "number": number,
            "goal_id": [f"{name}-G{n}" for name, n in zip(names, number, strict=True)],
            "faded": np.where(fades, day, NOT_IN_SIGHT),
        }
    )


def agree_actions(
    plans: pd.DataFrame,
    meetings: pd.DataFrame,
    goals: pd.DataFrame,
    truth: PlanParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Actions agreed at meetings, in order of day.

    Columns: ``plan, goal`` (their places), ``agreed, owner, due`` (a day that never comes where
    there is none).
    """
    counts = random.poisson(truth.actions_a_meeting, len(meetings))
    of = meetings.loc[meetings.index.repeat(counts)].sort_values(["held", "plan"], kind="stable")
    plan, agreed = of["plan"].to_numpy(), of["held"].to_numpy()
    wanted = plans["goals"].to_numpy()[plan]
    first = np.cumsum(plans["goals"].to_numpy()) - plans["goals"].to_numpy()
    goal = first[plan] + np.floor(random.random(len(of)) * wanted).astype(np.int64)
    owner = random.choice(list(truth.owners), len(of), p=list(truth.owners.values()))
    carried = plans["carried"].to_numpy()[plan]
    share = np.where(carried, truth.share_with_due_date_where_carried, truth.share_with_due_date)
    is_due = random.random(len(of)) < share
    due = agreed + random.integers(*DAYS_TO_DUE, len(of))
    return pd.DataFrame(
        {
            "plan": plan,
            "goal": goal,
            "agreed": agreed,
            "owner": owner.astype(object),
            "due": np.where(is_due, due, NOT_IN_SIGHT),
            "faded": goals["faded"].to_numpy()[goal],
        }
    )


def follow_through(
    plans: pd.DataFrame,
    actions: pd.DataFrame,
    hours: np.ndarray,
    linked: np.ndarray,
    truth: PlanParameters,
    calendar: Calendar,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Add the day on which each action is done, if it is, and the last on which it was followed.

    In each stretch a day is drawn, all equally likely; the hours of that day's month are those
    that count, so that what is done in a month rests on the hours of that month.

    Parameters
    ----------
    plans, actions
        From :func:`synthetic_plans_openings.describe_plans` and :func:`agree_actions`.
    hours
        Of each plan and month.
    linked
        Tens of points of fidelity, beside the network's mean, that each action's odds rest on.
    truth, calendar, random
        Parameters, days of the record, and source of random numbers.

    Returns
    -------
    DataFrame
        The actions with ``steady`` (log odds beside the stretch and the support), ``done`` (a day
        that never comes where it is not) and ``until``.
    """
    plan, agreed = actions["plan"].to_numpy(), actions["agreed"].to_numpy()
    own = plans.iloc[plan]
    last = own["last"].to_numpy()
    stretches = calendar.days // STRETCH + 1
    begins = agreed[:, None] + STRETCH * np.arange(stretches)
    day = begins + random.integers(1, STRETCH + 1, begins.shape)
    middle = (len(calendar.quarter_starts) - 2) / 2
    steady = (
        actions["owner"].map(dict(truth.owner_effects)).to_numpy(dtype=float)
        + own["practitioner_effect"].to_numpy()
        + own["plan_effect"].to_numpy()
        + truth.hazard_trend * (calendar.quarter_of(agreed) - middle)
        + truth.hazard_fidelity_link * linked
    )
    relative = np.log2(hours / plans["usual_hours"].to_numpy()[:, None])
    support = (
        own["dependence"].to_numpy()[:, None] * relative[plan[:, None], calendar.month_of(day)]
    )
    odds = base_odds(truth, stretches) + steady[:, None] + support
    happens = random.random(begins.shape) < 1 / (1 + np.exp(-odds))
    happens &= (day <= last[:, None]) & (begins < actions["faded"].to_numpy()[:, None])
    is_done, place = happens.any(axis=1), happens.argmax(axis=1)
    done = np.where(is_done, day[np.arange(len(day)), place], NOT_IN_SIGHT)
    return actions.assign(steady=steady, done=done, until=np.minimum(done, last))


def base_odds(truth: PlanParameters, stretches: int) -> np.ndarray:
    """Log odds of each stretch; the last that is given holds for all after it.

    >>> base_odds(PlanParameters(hazards=(0.5, 0.2)), 3).round(2).tolist()
    [0.0, -1.39, -1.39]
    """
    given = np.array(truth.hazards)
    hazard = given[np.minimum(np.arange(stretches), len(given) - 1)]
    return np.asarray(np.log(hazard / (1 - hazard)))


def adjust_actions(
    actions: pd.DataFrame, truth: PlanParameters, random: np.random.Generator
) -> pd.DataFrame:
    """Add ``adjusted`` (a day while it was open, or one that never comes) and ``adjusted_how``."""
    count = len(actions)
    open_for = (actions["until"] - actions["agreed"]).to_numpy()
    changes = (random.random(count) < truth.share_adjusted) & (open_for > 0)
    day = actions["agreed"].to_numpy() + np.ceil(random.random(count) * open_for).astype(np.int64)
    agreed = random.random(count) < truth.share_adjusted_by_agreement
    how = pd.Series(np.where(agreed, "agreed", "informal"), index=actions.index)
    return actions.assign(
        adjusted=np.where(changes, day, NOT_IN_SIGHT), adjusted_how=how.where(changes)
    )
