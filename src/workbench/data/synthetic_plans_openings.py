"""Plans of the example network: when they open and close, and what lies behind each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.data.synthetic_parameters import NetworkParameters
from workbench.data.synthetic_plan_parameters import PlanParameters
from workbench.quarters import Quarter

DAYS_IN_A_MONTH = 30.4375
SHORTEST_PLAN = 45
DAYS_TO_NEXT_PLAN = (7, 46)
DAYS_TO_FIRST_PLAN = 14
LAST_DAYS_WITHOUT_OPENING = 20
SHARE_OF_AN_EARLY_CLOSING = (0.15, 0.60)
MONTHS_TO_TAPER = (2.0, 6.0)
GOALS_MET, STOPPED = "goals met", "person chose to stop"
MOVED, LEFT, HANDED_OVER = "moved away", "left the service", "handed over"
SHARE_GOALS_MET = 0.75
NOT_IN_SIGHT = np.iinfo(np.int64).max // 4
"""A day that never comes."""


@dataclass(frozen=True)
class Calendar:
    """Days counted from the first day of the record, and the quarters and months in it.

    Attributes
    ----------
    start
        First day of the record.
    days
        Days in the record.
    before
        Quarters of the series that come before it.
    quarter_starts, month_starts
        First day of each quarter and calendar month of the record, and of the one after.
    """

    start: pd.Timestamp
    days: int
    before: int
    quarter_starts: np.ndarray
    month_starts: np.ndarray

    @classmethod
    def of(cls, parameters: NetworkParameters) -> Calendar:
        """Calendar of the last quarters of a series, as many as are recorded."""
        recorded = min(parameters.plans.quarters_recorded, parameters.quarters)
        before = parameters.quarters - recorded
        first = Quarter.from_label(parameters.first_quarter).plus(before)
        start = pd.Timestamp(first.first_day)
        months = [start + pd.DateOffset(months=n) for n in range(3 * recorded + 1)]
        at = np.array([(month - start).days for month in months], dtype=np.int64)
        return cls(start, int(at[-1]), before, at[::3], at)

    def dates(self, days: np.ndarray, known: np.ndarray | None = None) -> pd.Series:
        """Days of the record as dates; missing where they are not known."""
        known = np.ones(len(days), bool) if known is None else known
        shown = pd.Series(np.where(known, days, 0), dtype="int64")
        dates = self.start + pd.to_timedelta(shown, unit="D")
        return dates.astype("datetime64[us]").where(known)

    def quarter_of(self, days: np.ndarray) -> np.ndarray:
        """Place of the quarter of each day, from 0."""
        return np.searchsorted(self.quarter_starts, days, side="right") - 1

    def month_of(self, days: np.ndarray) -> np.ndarray:
        """Place of the calendar month of each day, from 0; the last for what lies after it."""
        places = np.searchsorted(self.month_starts, days, side="right") - 1
        return np.clip(places, 0, max(len(self.month_starts) - 2, 0))


def open_plans(
    practitioners: pd.DataFrame,
    by_site: pd.DataFrame,
    parameters: NetworkParameters,
    calendar: Calendar,
    random: np.random.Generator,
) -> pd.DataFrame:
    """One row a plan, in order of opening.

    Returns
    -------
    DataFrame
        ``plan_id, site_id, practitioner_id, person`` (the practitioner's place), ``opened,
        closed`` (days of the record; closing may lie after it), ``last`` (of follow-up),
        ``is_closed, closed_as, goals, carried``.
    """
    truth, people = parameters.plans, len(practitioners)
    whole, part = divmod(truth.plans_a_practitioner, 1)
    load = int(whole) + (random.random(people) < part)
    person = np.repeat(np.arange(people), load)
    begins, ends = _service(practitioners, calendar, person)
    opened, length, early = _one_after_another(begins, truth, calendar, random)
    closed, leaves = opened + length, np.broadcast_to(ends[:, None], opened.shape)
    there = opened < np.minimum(leaves - SHORTEST_PLAN, calendar.days - LAST_DAYS_WITHOUT_OPENING)
    words = _words(early, closed, leaves, random)
    plans = pd.DataFrame(
        {
            "person": np.broadcast_to(person[:, None], opened.shape)[there],
            "opened": opened[there],
            "closed": np.minimum(closed, leaves)[there],
            "closed_as": words[there],
        }
    )
    plans = plans.sort_values(["opened", "person"], kind="stable", ignore_index=True)
    sites = by_site["site_id"].to_list()
    own = practitioners.iloc[plans["person"]].reset_index(drop=True)
    carried = [sites[place] for place in truth.carried_sites if place < len(sites)]
    is_closed = plans["closed"] < calendar.days
    return plans.assign(
        plan_id=[f"PL{number:04d}" for number in range(1, len(plans) + 1)],
        site_id=own["site_id"],
        practitioner_id=own["practitioner_id"],
        last=plans["closed"].clip(upper=calendar.days - 1),
        is_closed=is_closed,
        closed_as=plans["closed_as"].where(is_closed, None),
        goals=random.integers(truth.fewest_goals, truth.most_goals + 1, len(plans)),
        carried=own["site_id"].isin(carried).to_numpy() | truth.all_carried,
    )


def describe_plans(
    plans: pd.DataFrame, people: int, truth: PlanParameters, random: np.random.Generator
) -> pd.DataFrame:
    """Add to each plan what its actions and its support rest on.

    Added: ``practitioner_effect, plan_effect`` (log odds), ``dependence, usual_hours, tapered``
    (day from which hours are halved) and ``reminder_rate, reminder_growth``.
    """
    count = len(plans)
    practitioner = truth.hazard_practitioner_sd * random.standard_normal(people)
    taper = np.floor(random.uniform(*MONTHS_TO_TAPER, count) * DAYS_IN_A_MONTH).astype(np.int64)
    tapers = random.random(count) < truth.share_tapered
    first = plans["opened"].to_numpy()
    carried = plans["carried"].to_numpy()
    noise = random.standard_normal((3, count))
    return plans.assign(
        practitioner_effect=practitioner[plans["person"]],
        plan_effect=truth.hazard_plan_sd * noise[0],
        dependence=np.where(carried, truth.dependence_where_carried, truth.dependence),
        usual_hours=truth.hours_a_month * np.exp(truth.hours_plan_sd * noise[1]),
        tapered=np.where(tapers, first + taper, NOT_IN_SIGHT),
        reminder_rate=truth.reminders_a_month * np.exp(truth.reminders_plan_sd * noise[2]),
        reminder_growth=np.where(
            carried, truth.reminders_growth_where_carried, truth.reminders_growth
        ),
    )


def _service(
    practitioners: pd.DataFrame, calendar: Calendar, person: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """First day on which each place for a plan can be filled, and the day on which it ends."""
    trained = (practitioners["trained_on"] - calendar.start).dt.days.to_numpy()
    left = (practitioners["left_on"] - calendar.start).dt.days.to_numpy(dtype=float)
    ends = np.where(np.isnan(left), NOT_IN_SIGHT, left).astype(np.int64)
    return np.maximum(trained + DAYS_TO_FIRST_PLAN, 0)[person], ends[person]


def _one_after_another(
    begins: np.ndarray, truth: PlanParameters, calendar: Calendar, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Day of opening, length, and whether it ends early: (places, plans one after another)."""
    usual = truth.months_a_plan * DAYS_IN_A_MONTH
    # Early closings shorten plans; a few more rounds than the mean asks for fill every place.
    rounds = int(2 * calendar.days / max(usual, SHORTEST_PLAN)) + 3
    shape = (len(begins), rounds)
    spread = truth.months_sd
    length = usual * np.exp(spread * random.standard_normal(shape) - spread**2 / 2)
    early = random.random(shape) < truth.share_closed_early
    length = np.where(early, length * random.uniform(*SHARE_OF_AN_EARLY_CLOSING, shape), length)
    days = np.maximum(np.rint(length), SHORTEST_PLAN).astype(np.int64)
    first = np.floor(random.random(len(begins)) * (truth.days_to_first_plan + 1)).astype(np.int64)
    gaps = random.integers(*DAYS_TO_NEXT_PLAN, shape)
    passed = np.cumsum(days + gaps, axis=1) - days - gaps
    return (begins + first)[:, None] + passed, days, early


def _words(
    early: np.ndarray, closed: np.ndarray, leaves: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """How each plan ends, in the network's own words."""
    luck = random.random(early.shape)
    usual = np.where(luck < SHARE_GOALS_MET, GOALS_MET, STOPPED)
    away = np.where(luck < 1 / 2, MOVED, LEFT)
    return np.where(closed >= leaves, HANDED_OVER, np.where(early, away, usual)).astype(object)
