"""Which model of ownership over time these ratings can carry, and what is left out and why."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from workbench.errors import ModelRefused
from workbench.language import mark, say, say_in
from workbench.models.mixed import fit_mixed_model
from workbench.models.mixed_fit import MixedModelFit

FEWEST_GROUPS = 5
"""Plans or practitioners below which a variance between them is not estimated."""
FEWEST_WITH_A_SLOPE = 8
"""Plans or practitioners with a course of their own below which a variance of slopes is not."""
FEWEST_TWICE = 10
"""Plans rated twice or more below which no trend within a plan is told."""
FEWEST_RATINGS = 3
"""Ratings of one plan that tell of its own course."""
SHORTEST_SPAN = 4.0
"""Months that they must span."""
PLANS, PRACTITIONERS, SITES = "plan_id", "practitioner_id", "site_id"
SLOPE = "1 + months"
NONE_RATED = mark("nobody in this role rated a plan.")


@dataclass(frozen=True)
class OwnershipDesign:
    """A model of ownership for a set of ratings.

    Attributes
    ----------
    formula
        As lme4 writes it; empty if there is none.
    reason
        Why there is none; empty if there is one.
    left_out
        What the model can't hold, to the reason.
    """

    formula: str = ""
    reason: str = ""
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def groups(self) -> tuple[str, ...]:
        """Groups that the model has."""
        return tuple(one for one in (SITES, PRACTITIONERS, PLANS) if f"| {one})" in self.formula)

    @property
    def plans_move(self) -> bool:
        """Whether plans have slopes of their own."""
        return f"({SLOPE} | {PLANS})" in self.formula


def ownership_design(
    ratings: pd.DataFrame, fixed: str = "months", by_site: bool = False
) -> OwnershipDesign:
    """Choose the fullest model that the ratings of one role, or their gaps, can carry.

    Parameters
    ----------
    ratings
        ``plan_id, practitioner_id, site_id, months, ownership``, one row a plan and day.
    fixed
        The fixed part of the model.
    by_site
        Whether sites take the place of practitioners, where there are enough of them; what
        practitioners' plans share is then part of the plans' own.
    """
    if ratings.empty:
        return OwnershipDesign(reason=say(NONE_RATED))
    times = ratings.groupby(PLANS)["months"].nunique()
    twice = int((times > 1).sum())
    if twice < FEWEST_TWICE:
        return OwnershipDesign(
            reason=say(
                "{some} of {all} plans were rated on two days or more, and a trend within plans "
                "needs {needed}.",
                some=count_or_none(twice),
                all=len(times),
                needed=FEWEST_TWICE,
            )
        )
    left_out: dict[str, str] = {}
    plans = _plans(ratings, left_out)
    people = _practitioners(ratings, left_out)
    if by_site and _courses_within(ratings, SITES) >= FEWEST_WITH_A_SLOPE:
        people = [f"({SLOPE} | {SITES})"]
    return OwnershipDesign(f"ownership ~ {' + '.join([fixed, plans, *people])}", "", left_out)


def _plans(ratings: pd.DataFrame, left_out: dict[str, str]) -> str:
    able = _with_a_course(ratings)
    if able >= FEWEST_WITH_A_SLOPE:
        return f"({SLOPE} | {PLANS})"
    left_out["slopes of plans"] = say(
        "{some} of {all} plans were rated {times} times or more over {months} months, and a "
        "variance of slopes needs {needed}.",
        some=count_or_none(able),
        all=ratings[PLANS].nunique(),
        times=FEWEST_RATINGS,
        months=f"{SHORTEST_SPAN:.0f}",
        needed=FEWEST_WITH_A_SLOPE,
    )
    return f"(1 | {PLANS})"


def count_or_none(count: int) -> str:
    """Write how many there are; ``none`` for nought.

    >>> count_or_none(3), count_or_none(0)
    ('3', 'none')
    """
    return str(count) if count else say_in("of plans or practitioners", "none")


def _with_a_course(ratings: pd.DataFrame) -> int:
    """Plans with ratings enough to tell of their own course."""
    months = ratings.groupby(PLANS)["months"]
    long = months.max() - months.min() >= SHORTEST_SPAN
    return int(((months.nunique() >= FEWEST_RATINGS) & long).sum())


def _practitioners(ratings: pd.DataFrame, left_out: dict[str, str]) -> list[str]:
    plans = ratings.groupby(PRACTITIONERS)[PLANS].nunique()
    several = int((plans > 1).sum())
    if several < FEWEST_GROUPS:
        left_out["differences between practitioners"] = say(
            "{some} of {all} practitioners have two rated plans or more, so plans and "
            "practitioners can't be told apart.",
            some=count_or_none(several),
            all=len(plans),
        )
        return []
    able = _courses_within(ratings, PRACTITIONERS)
    if able >= FEWEST_WITH_A_SLOPE:
        return [f"({SLOPE} | {PRACTITIONERS})"]
    left_out["slopes of practitioners"] = say(
        "{some} of {all} practitioners have two plans rated twice or more, and a variance of "
        "slopes needs {needed}.",
        some=count_or_none(able),
        all=len(plans),
        needed=FEWEST_WITH_A_SLOPE,
    )
    return [f"(1 | {PRACTITIONERS})"]


def _courses_within(ratings: pd.DataFrame, group: str) -> int:
    """Count the groups with two plans or more that were each rated twice or more."""
    days = ratings.groupby(PLANS)["months"].nunique()
    moving = ratings[ratings[PLANS].isin(days.index[days > 1])]
    plans = moving.groupby(group)[PLANS].nunique()
    return int((plans > 1).sum())


def fit_ownership(
    ratings: pd.DataFrame, fixed: str = "months", by_site: bool = False
) -> tuple[MixedModelFit | None, OwnershipDesign]:
    """Fit the fullest model that the ratings can carry; the design says why there is none."""
    design = ownership_design(ratings, fixed, by_site)
    if design.reason:
        return None, design
    try:
        fit = fit_mixed_model(design.formula, ratings)
    except ModelRefused as error:
        why = say("the model that these ratings need can't be fitted. {error}", error=error)
        return None, OwnershipDesign(reason=why, left_out=design.left_out)
    if not fit.usable:
        return None, OwnershipDesign(reason=fit.why_not, left_out=design.left_out)
    return fit, design
