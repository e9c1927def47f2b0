"""Outside support of the example network's plans: hours, contacts, reminders and crises."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.data.synthetic_plan_parameters import PlanParameters
from workbench.data.synthetic_plans_openings import DAYS_IN_A_MONTH, Calendar
from workbench.quarters import DAYS_IN_A_QUARTER

HALF = 0.5


def draw_hours(
    plans: pd.DataFrame, truth: PlanParameters, calendar: Calendar, random: np.random.Generator
) -> np.ndarray:
    """Professional hours that each plan gets in each whole calendar month: (plans, months).

    A month in whose middle the taper has begun has half the hours.
    """
    starts, ends = calendar.month_starts[:-1], calendar.month_starts[1:]
    noise = truth.hours_month_sd * random.standard_normal((len(plans), len(starts)))
    tapered = (starts + ends) / 2 >= plans["tapered"].to_numpy()[:, None]
    usual = plans["usual_hours"].to_numpy()[:, None]
    return np.asarray(usual * np.where(tapered, HALF, 1.0) * np.exp(noise))


def draw_reminders(
    plans: pd.DataFrame,
    actions: pd.DataFrame,
    calendar: Calendar,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Reminders of each action, and of each plan and month: slow actions gather more of them.

    An action that is open is reminded of at its plan's rate a month, which grows by quarter.
    """
    starts, ends = calendar.month_starts[:-1], calendar.month_starts[1:]
    agreed, until = (actions[name].to_numpy()[:, None] for name in ("agreed", "until"))
    open_days = np.clip(np.minimum(until, ends - 1) - np.maximum(agreed, starts - 1), 0, None)
    own = plans.iloc[actions["plan"]]
    passed = (starts + ends) / 2 / DAYS_IN_A_QUARTER
    growth = np.exp(own["reminder_growth"].to_numpy()[:, None] * passed)
    rate = own["reminder_rate"].to_numpy()[:, None] * growth * open_days / DAYS_IN_A_MONTH
    drawn = random.poisson(rate)
    by_plan = np.zeros((len(plans), len(starts)), dtype=np.int64)
    np.add.at(by_plan, actions["plan"].to_numpy(), drawn)
    return drawn.sum(axis=1), by_plan


def support_table(
    plans: pd.DataFrame,
    hours: np.ndarray,
    reminders: np.ndarray,
    truth: PlanParameters,
    calendar: Calendar,
    random: np.random.Generator,
) -> pd.DataFrame:
    """Make the ``external_support`` table: one row a plan and calendar month in which it was open.

    In the months of opening and closing the plan gets its part of what a whole month would have.
    """
    starts, ends = calendar.month_starts[:-1], calendar.month_starts[1:]
    opened, last = (plans[name].to_numpy()[:, None] for name in ("opened", "last"))
    days = np.clip(np.minimum(last + 1, ends) - np.maximum(opened, starts), 0, None)
    given = hours * days / (ends - starts)
    contacts = random.poisson(truth.contacts_an_hour * given)
    crises = random.poisson(truth.crises_a_month * days / DAYS_IN_A_MONTH)
    plan, month = np.nonzero(days)
    return pd.DataFrame(
        {
            "plan_id": plans["plan_id"].to_numpy()[plan],
            "period_start": calendar.dates(starts[month]),
            "professional_hours": np.round(given[plan, month], 1),
            "contacts": contacts[plan, month],
            "reminders": reminders[plan, month],
            "crises": crises[plan, month],
        }
    )
