"""The evidence about plans as a report may show it, for one place."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pandas as pd

from workbench.reporting.disclosure_compliance import release_compliance
from workbench.reporting.disclosure_plans import (
    release_actions,
    release_faded,
    release_outcomes,
    release_places,
    release_reduced,
    release_rows,
)
from workbench.reporting.sections_organisation_evidence import ReadTable
from workbench.results import Results
from workbench.shown import Shown


@dataclass(frozen=True)
class PlanEvidence(Shown):
    """Released evidence about plans, for one place.

    A table that was not made has no rows. The network's holds the rows of all sites, which stand
    beside one another in the order of their names; a site's its own and the network's. No row is
    about a practitioner, a plan or a family.

    Attributes
    ----------
    follow_through, follow_through_curve, follow_through_by_quarter
        How soon actions are done.
    actions_state, actions_adjusted, faded_goals
        What has become of actions and goals.
    ownership_by_quarter, ownership_trends, ownership_course
        Whose plan it is.
    compliance, compliance_since
        Plans that are in order and not owned.
    dependence, dependence_terms, dependence_curve
        Whether plans move while they are carried.
    reminders_by_quarter, reminders_trend, support_reduced
        Reminders beside completion, and what happened when support was reduced.
    links, outcome_links
        What goes with fidelity; of the network alone.
    """

    follow_through: pd.DataFrame
    follow_through_curve: pd.DataFrame
    follow_through_by_quarter: pd.DataFrame
    actions_state: pd.DataFrame
    actions_adjusted: pd.DataFrame
    faded_goals: pd.DataFrame
    ownership_by_quarter: pd.DataFrame
    ownership_trends: pd.DataFrame
    ownership_course: pd.DataFrame
    compliance: pd.DataFrame
    compliance_since: pd.DataFrame
    dependence: pd.DataFrame
    dependence_terms: pd.DataFrame
    dependence_curve: pd.DataFrame
    reminders_by_quarter: pd.DataFrame
    reminders_trend: pd.DataFrame
    support_reduced: pd.DataFrame
    links: pd.DataFrame
    outcome_links: pd.DataFrame


def released_plan_tables(results: Results) -> dict[str, pd.DataFrame]:
    """Every table about plans of a run, released, for all places together."""
    privacy, table = results.study.settings.privacy, results.table
    through = release_places(table("follow_through"), privacy, ["days"])
    state, adjusted = release_actions(
        table("actions_state"), table("actions_adjusted"), through, privacy
    )
    ordered, since = release_compliance(table("compliance"), table("compliance_since"), privacy)
    curve = release_places(table("follow_through_curve"), privacy, ["days"])
    quarters = release_places(table("follow_through_by_quarter"), privacy, ["quarter"])
    roles = release_places(table("ownership_by_quarter"), privacy, ["respondent_role", "quarter"])
    trends = release_places(table("ownership_trends"), privacy, ["what"], modelled=True)
    return {
        "follow_through": through,
        "follow_through_curve": curve,
        "follow_through_by_quarter": quarters,
        "actions_state": state,
        "actions_adjusted": adjusted,
        "faded_goals": release_faded(table("faded_goals"), privacy),
        "ownership_by_quarter": roles,
        "ownership_trends": trends,
        "ownership_course": release_rows(table("ownership_course"), privacy),
        "compliance": ordered,
        "compliance_since": since,
        "dependence": release_places(table("dependence"), privacy, modelled=True),
        "dependence_terms": release_rows(table("dependence_terms"), privacy),
        "dependence_curve": release_rows(table("dependence_curve"), privacy),
        "reminders_by_quarter": release_places(table("reminders_by_quarter"), privacy, ["quarter"]),
        "reminders_trend": release_places(table("reminders_trend"), privacy, modelled=True),
        "support_reduced": release_reduced(table("support_reduced"), privacy),
        "links": release_rows(table("links"), privacy),
        "outcome_links": release_outcomes(table("outcome_links"), privacy),
    }


def plans_of(released: ReadTable, site_id: str = "") -> PlanEvidence:
    """Evidence about plans for a site or the network, from the tables released."""

    def of_page(frame: pd.DataFrame) -> pd.DataFrame:
        """Rows that a page may hold: a site's names no other site."""
        if not site_id or frame.empty:
            return frame
        if "site_id" not in frame.columns:
            return frame.iloc[:0]
        return frame[frame["site_id"].fillna("").isin(["", site_id])].reset_index(drop=True)

    return PlanEvidence(**{one.name: of_page(released(one.name)) for one in fields(PlanEvidence)})
