"""Ownership of the example network's plans: what each respondent says, and the answers to items."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.instruments import Instrument
from workbench.data.synthetic_items import item_responses
from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_plan_parameters import ROLES, PlanParameters
from workbench.data.synthetic_plans_openings import DAYS_IN_A_MONTH, Calendar
from workbench.quarters import DAYS_IN_A_QUARTER

MOST_DAYS_AFTER_ROUND = 10
SCORES = ["plan_id", "rated_on", "respondent_role", "ownership"]
RESPONSES = ["plan_id", "rated_on", "respondent_role", "item_id", "instrument_id",
             "instrument_version", "response"]  # fmt: skip


def describe_ownership(
    plans: pd.DataFrame, people: int, truth: PlanParameters, random: np.random.Generator
) -> pd.DataFrame:
    """Add what lies behind ownership: the person's ``ownership_level`` and ``ownership_slope``.

    The level is that of the opening; the slope is in points a month.
    """
    practitioner = truth.ownership_practitioner_sd * random.standard_normal(people)
    own = random.standard_normal((2, len(plans)))
    slope = np.where(
        plans["carried"],
        truth.ownership_slopes_where_carried["person"],
        truth.ownership_slopes["person"],
    )
    return plans.assign(
        ownership_practitioner=practitioner[plans["person"]],
        ownership_level=truth.ownership_level
        + practitioner[plans["person"]]
        + truth.ownership_plan_sd * own[0],
        ownership_slope=slope + truth.ownership_slope_sd * own[1],
    )


def rate_ownership(
    plans: pd.DataFrame,
    practice: np.ndarray,
    truth: PlanParameters,
    calendar: Calendar,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Ownership as each role says it, near the opening and every quarter after it.

    Parameters
    ----------
    plans
        From :func:`describe_ownership`.
    practice
        Fidelity of each practitioner in each quarter of the record, in tens of points beside the
        network's mean: that of the quarter before.
    truth, calendar, random
        Parameters, days of the record, and source of random numbers.

    Returns
    -------
    DataFrame
        ``plan_id, rated_on, respondent_role, ownership`` (0 to 100), in order of day.
    """
    rounds = int(calendar.days / DAYS_IN_A_QUARTER) + 1
    shape = (len(plans), rounds, len(ROLES))
    opened, last = (plans[name].to_numpy()[:, None, None] for name in ("opened", "last"))
    after = np.rint(DAYS_IN_A_QUARTER * np.arange(rounds)).astype(np.int64)[None, :, None]
    day = opened + after + random.integers(0, MOST_DAYS_AFTER_ROUND + 1, shape)
    asked = random.random(shape) < np.array([truth.asked[role] for role in ROLES])
    spread = truth.ownership_role_sd * random.standard_normal((len(plans), 1, len(ROLES)))
    noise = truth.ownership_rating_sd * random.standard_normal(shape)
    quarter = np.minimum(calendar.quarter_of(day), practice.shape[1] - 1)
    fidelity = practice[plans["person"].to_numpy()[:, None, None], quarter]
    said = (
        plans["ownership_level"].to_numpy()[:, None, None]
        + np.array([truth.ownership_offsets[role] for role in ROLES])
        + _slopes(plans, truth) * (day - opened) / DAYS_IN_A_MONTH
        + truth.ownership_fidelity_link * fidelity
        + spread
        + noise
    )
    plan, number, role = np.nonzero(asked & (day <= last))
    days = day[plan, number, role]
    frame = pd.DataFrame(
        {
            "plan_id": plans["plan_id"].to_numpy()[plan],
            "rated_on": calendar.dates(days),
            "respondent_role": np.array(ROLES, dtype=object)[role],
            "ownership": np.clip(said[plan, number, role], 0.0, 100.0),
        }
    ).astype({"respondent_role": "str"})
    order = ["rated_on", "plan_id", "respondent_role"]
    return frame.sort_values(order, kind="stable", ignore_index=True)


def _slopes(plans: pd.DataFrame, truth: PlanParameters) -> np.ndarray:
    """Points a month of each plan and role: (plans, 1, roles)."""
    carried = plans["carried"].to_numpy()[:, None]
    there = np.array([truth.ownership_slopes_where_carried[role] for role in ROLES])
    usual = np.array([truth.ownership_slopes[role] for role in ROLES])
    by_role = np.where(carried, there, usual)
    # The person's slope is the first; what is special to the plan is the same for every role.
    own = plans["ownership_slope"].to_numpy()[:, None] - by_role[:, :1]
    return np.asarray((by_role + own)[:, None, :])


def ownership_responses(
    ownership_scores: pd.DataFrame,
    instrument: Instrument,
    parameters: NetworkParameters,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Answers to every item whose score is, as nearly as whole points allow, what was planted.

    Parameters
    ----------
    ownership_scores
        From :func:`rate_ownership`.
    instrument
        Scored as percent of maximum.
    parameters
        Spreads of components and items, shares not applicable and empty.
    random
        Source of random numbers.

    Returns
    -------
    DataFrame
        The ``ownership_responses`` table: one row a plan, day, respondent role and item.
    """
    if ownership_scores.empty:
        return pd.DataFrame(columns=RESPONSES)
    rated = ownership_scores.assign(
        observation_id=np.arange(len(ownership_scores)),
        fidelity=ownership_scores["ownership"],
        quarters=0.0,
    )
    answers = item_responses(rated, instrument, parameters, random)
    about = rated[["observation_id", "plan_id", "rated_on", "respondent_role"]]
    named = answers.merge(about, on="observation_id", validate="m:1")
    return named.assign(instrument_id=instrument.instrument, instrument_version=instrument.version)[
        RESPONSES
    ]
