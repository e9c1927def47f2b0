"""Whether the person owns the plan, plan by plan, at the end of each quarter.

Rows here are single plans of persons or families: they stay in memory and are never shown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import sparse

from workbench import terms
from workbench.analysis.ownership_design import OwnershipDesign, fit_ownership
from workbench.models.combinations import combination_weights
from workbench.models.integrated import draws_of, integrated_answers
from workbench.models.mixed_fit import MixedModelFit
from workbench.progress import followed
from workbench.quarters import Quarter
from workbench.settings import PlanRules, Thresholds

DAYS_IN_A_MONTH = 30.4375
SMALLEST_FALL = 1.0
"""Points a month by which ownership must fall, at least, to be called falling."""
STALE_AFTER_DAYS = 120
"""Days after the person's last rating from which nothing is said of a plan."""
FEWEST_RATINGS_TO_FALL = 2
"""Ratings of a plan by the person below which it is never called falling."""
OWNED, WEAK, FALLING = "owned", "weak", "falling"
STATE_COLUMNS = [
    "plan_id", "site_id", "practitioner_id", "quarter", "last_rated_on", "n_ratings", "level",
    "slope", "probability_weak", "probability_falling", "weak", "falling", "state",
]  # fmt: skip


def states_by_quarter(
    person: pd.DataFrame,
    by_plan: pd.DataFrame,
    quarter: Quarter,
    rules: PlanRules,
    thresholds: Thresholds,
    quarters: int | None = None,
) -> pd.DataFrame:
    """State of each open plan at the end of each quarter, from the ratings up to then.

    Parameters
    ----------
    person
        The person's ratings: ``plan_id, site_id, practitioner_id, rated_on, months, ownership``.
    by_plan
        ``plan_id, opened_on, closed_on``.
    quarter
        Last quarter. The first is that of the first rating.
    rules, thresholds
        What is weak, and how sure one must be.
    quarters
        Quarters up to the last that are looked at; None: all.

    Returns
    -------
    DataFrame
        ``STATE_COLUMNS``: one row a quarter and plan that was open at its end and was rated by the
        person by then. ``level`` is that at the quarter's end, ``slope`` is in points a month;
        both are drawn towards the practitioner's and the network's. ``state`` is weak where it is
        both weak and falling.
    """
    if person.empty or by_plan.empty:
        return pd.DataFrame(columns=STATE_COLUMNS)
    first = Quarter.containing(person["rated_on"].min().date(), quarter.fiscal_year_starts)
    if quarters is not None:
        first = max(first, quarter.plus(1 - quarters))
    ends = []
    while first <= quarter:
        ends.append(first)
        first = first.plus(1)
    parts = [
        _at_the_end_of(end, person, by_plan, rules, thresholds)
        for end in followed(ends, "Quarters judged")
    ]
    if not parts:
        return pd.DataFrame(columns=STATE_COLUMNS)
    return pd.concat(parts, ignore_index=True)[STATE_COLUMNS]


def _at_the_end_of(
    quarter: Quarter,
    person: pd.DataFrame,
    by_plan: pd.DataFrame,
    rules: PlanRules,
    thresholds: Thresholds,
) -> pd.DataFrame:
    end = pd.Timestamp(quarter.last_day)
    by_then = person[person["rated_on"] <= end]
    fit, design = fit_ownership(by_then, by_site=True)
    closed = by_plan["closed_on"]
    is_open = (by_plan["opened_on"] <= end) & (closed.isna() | (closed > end))
    open_plans = by_plan.loc[is_open, ["plan_id", "opened_on"]]
    keys = ["plan_id", "site_id", "practitioner_id"]
    rows = by_then.groupby(keys, as_index=False).agg(
        last_rated_on=("rated_on", "max"), n_ratings=("rated_on", "nunique")
    )
    rows = rows.merge(open_plans, on="plan_id").assign(quarter=str(quarter))
    days = (end - rows["opened_on"]).dt.days
    rows = _judged(rows.assign(months=days / DAYS_IN_A_MONTH), fit, design, rules)
    stale = (end - rows["last_rated_on"]).dt.days > STALE_AFTER_DAYS
    return _named(rows, stale, thresholds.state_probability)


def _judged(
    rows: pd.DataFrame, fit: MixedModelFit | None, design: OwnershipDesign, rules: PlanRules
) -> pd.DataFrame:
    """Level, slope and probabilities of each plan; missing where they can't be told."""
    blank = dict.fromkeys(["level", "slope", "probability_weak", "probability_falling"], np.nan)
    rows = rows.assign(**blank)
    if fit is None or rows.empty:
        return rows
    fixed, random = combination_weights(fit.design, rows, design.groups)
    moves, own_moves = combination_weights(fit.design, rows, design.groups, "months")
    answers = integrated_answers(
        fit,
        np.concatenate([fixed, moves]),
        sparse.vstack([random, own_moves], format="csr"),
        draws_of(fit),
    )
    count = len(rows)
    level, slope = answers.part(slice(0, count)), answers.part(slice(count, None))
    rows = rows.assign(
        level=level.weights @ level.means,
        probability_weak=level.below(rules.ownership_weak_below),
    )
    if not design.plans_move:
        return rows
    falls = pd.Series(slope.below(-SMALLEST_FALL), index=rows.index)
    enough = rows["n_ratings"] >= FEWEST_RATINGS_TO_FALL
    return rows.assign(slope=slope.weights @ slope.means, probability_falling=falls.where(enough))


def _named(rows: pd.DataFrame, stale: pd.Series, probability: float) -> pd.DataFrame:
    """Name what is sure enough of a plan that was rated lately."""
    weak = (rows["probability_weak"] >= probability) & ~stale
    falling = (rows["probability_falling"] >= probability) & ~stale
    not_weak = rows["probability_weak"] <= 1 - probability
    owned = not_weak & (rows["probability_falling"] <= 1 - probability) & ~stale
    state = np.select([weak, falling, owned], [WEAK, FALLING, OWNED], terms.NOT_ENOUGH_EVIDENCE)
    return rows.assign(weak=weak, falling=falling, state=pd.Series(state, rows.index, dtype="str"))
