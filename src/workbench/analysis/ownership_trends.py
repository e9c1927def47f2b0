"""Level and trend of ownership within a plan, for the network and each site, and its course.

The network's trend comes from one model of all plans. The sites' come from a second one that gives
every site a level and a trend of its own and shares only the variances among them: nothing is
drawn towards the network, so that a site's interval holds for that site. Where there are many
sites, some share a fit and others the next: the work grows with the square of a fit's sites.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.analysis.ownership_design import (
    NONE_RATED,
    PLANS,
    PRACTITIONERS,
    OwnershipDesign,
    count_or_none,
    fit_ownership,
)
from workbench.language import mark, say
from workbench.models.mixed_fit import MixedModelFit

SIX_MONTHS = 6.0
NEAR = 1.5
"""Months on either side within which a rating is about then."""
COURSE_MONTHS = 12
FEWEST_OF_A_SITE = 5
"""Plans of a site rated twice or more below which it has no trend."""
FEWEST_PEOPLE = 3
"""Practitioners of a site below which it has none."""
SITES_OF_A_FIT = 25
"""Most sites that share the variances of one fit."""
NUMBERS = ["level", "level_low", "level_high", "slope", "slope_low", "slope_high"]
TREND_COLUMNS = [
    "scope", "site_id", "what", *NUMBERS, "n_ratings", "n_plans", "n_practitioners", "reason",
]  # fmt: skip
COURSE_COLUMNS = ["what", "months", "ownership", "low", "high", "n_plans", "n_practitioners"]
TOO_EARLY = mark(
    "no plan was rated about six months after it opened, so the level then can't be told."
)


def trends_of(
    by_what: Mapping[str, pd.DataFrame],
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, OwnershipDesign]]:
    """Trends of network and sites, the network's course, and the designs.

    Parameters
    ----------
    by_what
        Ratings of each role, and the gaps: ``plan_id, site_id, practitioner_id, months,
        ownership``.

    Returns
    -------
    tuple
        The tables ``ownership_trends`` and ``ownership_course``, and the design by what was asked.
    """
    rows, courses, designs = [], [], {}
    for what, ratings in by_what.items():
        fit, design = fit_ownership(ratings)
        designs[what] = design
        about = {"scope": "network", "site_id": "", "what": what, **counts(ratings)}
        found = _answered(fit, ratings, pd.DataFrame({"months": [SIX_MONTHS]}))[0] if fit else {}
        rows.append({**about, "reason": design.reason, **found})
        rows += [{"what": what, **row} for row in _sites(ratings)]
        if fit is not None:
            courses.append(_course(fit, ratings).assign(what=what))
    trends = pd.DataFrame(rows).reindex(columns=TREND_COLUMNS)
    trends[NUMBERS] = trends[NUMBERS].astype(float)
    course = pd.concat(courses, ignore_index=True) if courses else pd.DataFrame()
    return trends, course.reindex(columns=COURSE_COLUMNS), designs


def counts(ratings: pd.DataFrame) -> dict[str, int]:
    """How many ratings, plans and practitioners."""
    return {
        "n_ratings": len(ratings),
        "n_plans": ratings[PLANS].nunique(),
        "n_practitioners": ratings[PRACTITIONERS].nunique(),
    }


def _answered(
    fit: MixedModelFit, ratings: pd.DataFrame, at: pd.DataFrame
) -> list[dict[str, object]]:
    """Level at six months and slope with their intervals, one for each row of ``at``."""
    level, slope = fit.linear_combinations(at), fit.linear_combinations(at, slope_of="months")
    then = (ratings["months"] - SIX_MONTHS).abs() <= NEAR
    found = []
    for row in range(len(at)):
        mine = ratings["site_id"] == at["site_id"].iloc[row] if "site_id" in at else True
        known = bool((then & mine).any())
        one, two = level.iloc[row], slope.iloc[row]
        found.append(
            {
                "level": one["estimate"] if known else np.nan,
                "level_low": one["conf_low"] if known else np.nan,
                "level_high": one["conf_high"] if known else np.nan,
                "slope": two["estimate"],
                "slope_low": two["conf_low"],
                "slope_high": two["conf_high"],
                "reason": "" if known else say(TOO_EARLY),
            }
        )
    return found


def _sites(ratings: pd.DataFrame) -> list[dict[str, object]]:
    """Give the row of each site, with numbers where its plans can carry a trend."""
    reasons = {site: _too_few(mine) for site, mine in ratings.groupby("site_id", sort=True)}
    able = [site for site, reason in reasons.items() if not reason]
    found: dict[object, dict[str, object]] = {}
    for some in _some_at_a_time(able):
        rows = ratings[ratings["site_id"].isin(some)]
        fit, design = fit_ownership(rows, "site_id * months" if len(some) > 1 else "months")
        at = pd.DataFrame({"site_id": some, "months": SIX_MONTHS})
        if fit is None:
            reasons |= dict.fromkeys(some, design.reason)
        else:
            found |= dict(zip(some, _answered(fit, rows, at), strict=True))
    return [
        {
            "scope": "site",
            "site_id": site,
            "reason": reason,
            **counts(ratings[ratings["site_id"] == site]),
            **found.get(site, {}),
        }
        for site, reason in reasons.items()
    ]


def _some_at_a_time(sites: Sequence[Any]) -> list[list[Any]]:
    """Sites in fits of about the same size: each has a line of its own, and shares the spreads."""
    count = -(-len(sites) // SITES_OF_A_FIT)
    parts = np.array_split(np.array(sites, dtype=object), count) if count else []
    return [list(some) for some in parts]


def _too_few(mine: pd.DataFrame) -> str:
    """Why a site's ratings carry no trend; empty if they do."""
    if mine.empty:
        return say(NONE_RATED)
    days = mine.groupby(PLANS)["months"].nunique()
    twice = int((days > 1).sum())
    if twice < FEWEST_OF_A_SITE:
        return say(
            "{some} of its {all} plans were rated on two days or more, and a trend needs {needed}.",
            some=count_or_none(twice),
            all=mine[PLANS].nunique(),
            needed=FEWEST_OF_A_SITE,
        )
    people = mine[PRACTITIONERS].nunique()
    if people < FEWEST_PEOPLE:
        return say(
            "its plans are of {people} practitioners, and a trend needs {needed}.",
            people=people,
            needed=FEWEST_PEOPLE,
        )
    return ""


def _course(fit: MixedModelFit, ratings: pd.DataFrame) -> pd.DataFrame:
    """Modelled line by months since the opening, where ratings are near."""
    at = pd.DataFrame({"months": np.arange(COURSE_MONTHS + 1.0)})
    line = fit.linear_combinations(at)
    near = [counts(ratings[(ratings["months"] - month).abs() <= NEAR]) for month in at["months"]]
    course = pd.DataFrame(near).drop(columns="n_ratings")
    course = course.assign(
        months=at["months"].astype(int),
        ownership=line["estimate"],
        low=line["conf_low"],
        high=line["conf_high"],
    )
    return course[course["n_plans"] > 0]
