"""Ownership of plans: who says the person owns it, which way it goes, and where views part."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.analysis.ownership_design import OwnershipDesign
from workbench.analysis.ownership_gap import GAP, PERSON, gaps_of
from workbench.analysis.ownership_states import STATE_COLUMNS, states_by_quarter
from workbench.analysis.ownership_trends import COURSE_COLUMNS, TREND_COLUMNS, trends_of
from workbench.language import mark, say
from workbench.models.clustered import clustered_mean
from workbench.quarters import Quarter
from workbench.settings import PlanRules, Thresholds
from workbench.shown import Shown

__all__ = ["Ownership", "ownership"]

ROLES = (PERSON, "family", "natural support", "professional")
QUARTER_COLUMNS = [
    "scope", "site_id", "respondent_role", "quarter", "ownership", "ownership_low",
    "ownership_high", "n_ratings", "n_plans", "n_practitioners",
]  # fmt: skip
NOT_HANDED_IN = mark(
    "no rating of ownership was handed in. It would show whether the person experiences the plan "
    "as their own."
)


@dataclass(frozen=True)
class Ownership(Shown):
    """Ownership of plans by respondent.

    Attributes
    ----------
    by_quarter, trends, course
        Evidence tables ``ownership_by_quarter``, ``ownership_trends`` and ``ownership_course``.
    of_plans
        State of each open plan at the end of each quarter, as the person sees it. **Never
        written**: a row is a family.
    designs
        The model that the ratings of each role, and the gaps, could carry.
    quarter
        Label of the quarter of the report.
    why_not
        Why nothing can be said; empty if something can.
    """

    by_quarter: pd.DataFrame
    trends: pd.DataFrame
    course: pd.DataFrame
    of_plans: pd.DataFrame
    quarter: str
    designs: dict[str, OwnershipDesign] = field(default_factory=dict)
    why_not: str = ""

    @property
    def now(self) -> pd.DataFrame:
        """States at the end of the quarter of the report, one row a plan; never written."""
        return self.of_plans[self.of_plans["quarter"] == self.quarter].reset_index(drop=True)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Evidence tables by name; none has a row for a single plan."""
        return {
            "ownership_by_quarter": self.by_quarter,
            "ownership_trends": self.trends,
            "ownership_course": self.course,
        }


def ownership(
    rated: pd.DataFrame,
    by_plan: pd.DataFrame,
    quarter: Quarter,
    rules: PlanRules | None = None,
    thresholds: Thresholds | None = None,
    quarters: int | None = None,
) -> Ownership:
    """Describe and model ownership of plans, by respondent.

    Parameters
    ----------
    rated
        One row a plan, day and respondent: ``plan_id, site_id, practitioner_id, rated_on, quarter,
        months`` since the plan opened, ``respondent_role, ownership`` from 0 to 100.
    by_plan
        One row a plan: ``plan_id, opened_on, closed_on`` (missing while open).
    quarter
        Quarter of the report.
    rules, thresholds
        What is weak, and how sure one must be of a state; the settings' defaults if None.
    quarters
        Quarters up to that of the report at whose end states are told; None: all with ratings.
    """
    if rated.empty or by_plan.empty:
        return Ownership(
            pd.DataFrame(columns=QUARTER_COLUMNS),
            pd.DataFrame(columns=TREND_COLUMNS),
            pd.DataFrame(columns=COURSE_COLUMNS),
            pd.DataFrame(columns=STATE_COLUMNS),
            str(quarter),
            why_not=say(NOT_HANDED_IN),
        )
    known = rated[rated["ownership"].notna()].reset_index(drop=True)
    by_what = {role: _of(known, role) for role in ROLES} | {GAP: gaps_of(known)}
    trends, course, designs = trends_of(by_what)
    rules, thresholds = rules or PlanRules(), thresholds or Thresholds()
    states = states_by_quarter(by_what[PERSON], by_plan, quarter, rules, thresholds, quarters)
    return Ownership(_quarters(known), trends, course, states, str(quarter), designs)


def _of(rated: pd.DataFrame, role: str) -> pd.DataFrame:
    return rated[rated["respondent_role"] == role].reset_index(drop=True)


def _quarters(rated: pd.DataFrame) -> pd.DataFrame:
    """Mean by place, role and quarter, with practitioners as clusters."""
    places = (rated.assign(scope="network", site_id=""), rated.assign(scope="site"))
    keys = ["scope", "site_id", "respondent_role", "quarter"]
    rows = []
    for place in places:
        for key, group in place.groupby(keys, sort=True):
            mean = clustered_mean(group["ownership"], group["practitioner_id"])
            rows.append(
                {
                    **dict(zip(keys, key, strict=True)),
                    "ownership": mean.estimate,
                    "ownership_low": float(np.clip(mean.conf_low, 0, 100)),
                    "ownership_high": float(np.clip(mean.conf_high, 0, 100)),
                    "n_ratings": mean.n,
                    "n_plans": group["plan_id"].nunique(),
                    "n_practitioners": mean.n_clusters,
                }
            )
    return pd.DataFrame(rows, columns=QUARTER_COLUMNS)
