"""The rows of the model of dependence: support beside the plan's usual, and what went with time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from workbench.analysis.dependence_index import DAYS_IN_A_MONTH, STRETCH
from workbench.language import mark, say
from workbench.quarters import quarter_labels
from workbench.wording import count_of

MEASURES = {
    "professional hours": ("professional_hours", mark("hours of professionals")),
    "contacts": ("contacts", mark("contacts (visits, calls and messages)")),
    "reminders": ("reminders", mark("reminders for each open action, in the period before")),
}
"""Measure, its column, and its name in plain words; in the order in which they are preferred."""
NO_PERIOD = {
    "professional hours": mark(
        "no period of a plan with open actions has professional hours on record."
    ),
    "contacts": mark("no period of a plan with open actions has contacts on record."),
    "reminders": mark("no period of a plan with open actions has reminders on record."),
}
HARDLY_VARY = {
    "professional hours": mark(
        "professional hours hardly vary within plans, so nothing can be set beside them."
    ),
    "contacts": mark("contacts hardly vary within plans, so nothing can be set beside them."),
    "reminders": mark("reminders hardly vary within plans, so nothing can be set beside them."),
}
LEAST = 0.5
"""What a month without support, or with less than this, counts as: half an hour or half a contact.

Without it a month of nought has no logarithm, and a quarter of an hour beside half an hour would
count as much as ten hours beside twenty.
"""
FEWEST_PLANS, FEWEST_PRACTITIONERS, FEWEST_DONE = 10, 5, 50
FEWEST_SITE_PLANS, FEWEST_SITE_PRACTITIONERS, FEWEST_SITE_DONE = 5, 3, 20
FEWEST_DONE_IN_A_QUARTER = 10
LEAST_SPREAD = 0.1
"""In doublings: the least standard deviation of support beside the plan's usual."""
MIDDLE_AGE = 6.0
COVARIATES = ["usual", "age", "age_squared"]


def rows_of(periods: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Give the plan-periods with open actions, support beside the plan's usual, and covariates.

    The usual is the mean of log2 of support a month over the plan's periods so far, this one
    included. A mean over all periods would hold what came later: where support follows a month
    with little progress, a poor month would be set beside a raised mean, and look like a month of
    little support.

    Parameters
    ----------
    periods
        As ``plan_panels.support_periods`` gives them.
    measure
        One of ``MEASURES``.

    Returns
    -------
    pandas.DataFrame
        Columns of ``periods`` and ``relative`` (doublings), ``usual`` (doublings beside the
        middle), ``age``, ``age_squared``, ``crises``, ``quarter`` and ``trials``.
    """
    column = MEASURES[measure][0]
    if periods.empty or column not in periods:
        return pd.DataFrame()
    frame = periods[periods[column].notna()].sort_values(["plan_id", "period_start"], kind="stable")
    a_month = frame[column].astype(float) / frame["days"].astype(float) * DAYS_IN_A_MONTH
    log = pd.Series(np.log2(a_month.clip(lower=LEAST)), index=frame.index)
    if measure == "reminders":
        # More open actions ask for more reminders, whatever becomes of each. Actions and not their
        # days, which are fewer where actions get done early.
        frame, log = frame[frame["open_actions"] > 0], log[frame["open_actions"] > 0]
        log = log - np.log2(frame["open_actions"].astype(float))
        # Those of the period before: an action that is done gets no more, so that in one and the
        # same period fewer reminders go with more done, whatever they are worth.
        log = log.groupby(frame["plan_id"]).shift()
        frame, log = frame[log.notna()], log.dropna()
    so_far = log.groupby(frame["plan_id"]).expanding().mean().droplevel(0)
    frame = frame.assign(relative=log - so_far, usual=so_far)
    frame = frame[(frame["open_days"] > 0) | (frame["done"] > 0)]
    # The stretch in which an action is done is a whole trial, and is half over when it is done.
    days = frame["open_days"].astype(float) + STRETCH // 2 * frame["done"].astype(float)
    trials = np.round(days / STRETCH)
    age = frame["months"].astype(float) - MIDDLE_AGE
    crises = frame["crises"].astype(float)
    frame = frame.assign(
        trials=np.maximum(trials, frame["done"].astype(float)).astype(int),
        age=age,
        age_squared=age**2 / 12,
        crises=crises.fillna(crises.mean()),
        quarter=quarter_labels(frame["period_start"]),
    )
    return frame[frame["trials"] > 0].reset_index(drop=True)


def centred(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Centre covariates, so that the model's level is that of the plan-period in the middle.

    Returns
    -------
    tuple
        The frame, and the names of the covariates that vary: usual support, age and its square,
        crises where they are recorded, and calendar quarters. Quarters in which hardly anything
        was done are taken together with the one before.
    """
    quarters = _quarters(frame)
    names = [*COVARIATES, *(["crises"] if frame["crises"].notna().any() else [])]
    labels = sorted(quarters.unique())
    added = {f"in_{label}": (quarters == label).astype(float) for label in labels[1:]}
    years = (frame["period_start"] - frame["period_start"].mean()).dt.days / 365.25
    frame = frame.assign(time=years, time_squared=years**2 - (years**2).mean())
    whole = frame.assign(**added)
    names = [name for name in [*names, *added] if whole[name].std() > 1e-9]
    return whole.assign(**{name: whole[name] - whole[name].mean() for name in names}), names


def _quarters(frame: pd.DataFrame) -> pd.Series:
    done = frame.groupby("quarter")["done"].sum().sort_index()
    name, so_far, of = "", 0, {}
    for label, count in done.items():
        name = name or str(label)
        of[str(label)] = name
        so_far += int(count)
        if so_far >= FEWEST_DONE_IN_A_QUARTER:
            name, so_far, last = "", 0, of[str(label)]
    if name and name != min(of.values()):
        of = {label: last if own == name else own for label, own in of.items()}
    return frame["quarter"].map(of)


def too_few(frame: pd.DataFrame, measure: str, site: bool = False) -> str:
    """Say what is lacking; empty where there is enough."""
    if frame.empty:
        return say(NO_PERIOD[measure])
    plans, people = frame["plan_id"].nunique(), frame["practitioner_id"].nunique()
    done, varied = int(frame["done"].sum()), float(frame["relative"].std())
    fewest = (
        (FEWEST_SITE_PLANS, FEWEST_SITE_PRACTITIONERS, FEWEST_SITE_DONE)
        if site
        else (FEWEST_PLANS, FEWEST_PRACTITIONERS, FEWEST_DONE)
    )
    if plans < fewest[0]:
        return say(
            "support is on record for only {plans}; {needed} are needed.",
            plans=count_of(plans, "plan"),
            needed=fewest[0],
        )
    if people < fewest[1]:
        return say(
            "support is on record for plans of only {practitioners}; {needed} are needed.",
            practitioners=count_of(people, "practitioner"),
            needed=fewest[1],
        )
    if done < fewest[2]:
        return say(
            "only {actions} got done in periods with support on record; {needed} are needed.",
            actions=count_of(done, "action"),
            needed=fewest[2],
        )
    if not varied > LEAST_SPREAD:
        return say(HARDLY_VARY[measure])
    return ""
