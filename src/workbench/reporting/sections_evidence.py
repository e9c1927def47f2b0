"""The evidence of a run as its report may show it: released, for one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.language import say
from workbench.reporting.disclosure import ReleasedFindings
from workbench.reporting.evidence import require
from workbench.reporting.findings_before import findings_before
from workbench.reporting.sections_organisation_evidence import (
    OrganisationEvidence,
    organisation_of,
)
from workbench.reporting.sections_plans_evidence import PlanEvidence, plans_of
from workbench.reporting.sections_reinforcement_evidence import (
    ReinforcementEvidence,
    reinforcement_of,
)
from workbench.reporting.sections_release import kept_release, release_run
from workbench.reporting.sections_revisions import RevisionEvidence, released_revisions
from workbench.reporting.tables_fidelity import CHECK_COLUMNS, TRAJECTORY_COLUMNS
from workbench.results import Results
from workbench.shown import Shown


@dataclass(frozen=True)
class Evidence(Shown):
    """Released evidence of a run, for one place.

    Attributes
    ----------
    site_id, name
        The place; both of the network if ``site_id`` is empty.
    findings
        Released findings.
    by_quarter, components, trajectories, drivers, variances, checks
        Released evidence tables; without rows where there is none.
    sites
        Sites with names and slugs.
    cut_offs
        Levels of the fidelity instrument, by name, in percent.
    smallest_change
        Points of fidelity a quarter.
    missing
        What each table that was not handed in would add.
    course, states, teams
        The modelled course, practitioners by state, and the teams of this site.
    breaks
        Quarters with another instrument or version, or mostly new raters; about no practitioner.
    kinds, spread_between, spread_within, cohorts, generations, leavers, boosters
        What kind of drift it is.
    severity, agreement, role_gap
        The raters.
    movement, adaptations
        The components.
    warnings, chart_points
        The early warning of sites; practitioners' are not among them.
    organisation
        The gate, stages, teams, loops, roles, agreement, ties and priorities.
    reinforcement
        Support, its dose, pressures, what is rewarded, and what follows a low observation.
    plans
        Follow-through, ownership and dependence of plans, and what goes with fidelity.
    revisions
        What changed in quarters already published.
    coverage
        Practitioners in post and observed, by site and quarter.
    timeliness
        How soon observations were rated, by site and quarter.
    lapse_summary, lapse_curve
        From reaching the cut-off to the first observation below it; the curve is the network's.
    before
        Findings of this place as the last quarter published them.
    quarters
        Labels of this quarter and of the one published before, empty if there is none.
    """

    site_id: str
    name: str
    findings: ReleasedFindings
    by_quarter: pd.DataFrame
    components: pd.DataFrame
    trajectories: pd.DataFrame
    drivers: pd.DataFrame
    variances: pd.DataFrame
    checks: pd.DataFrame
    sites: pd.DataFrame
    cut_offs: dict[str, float]
    smallest_change: float
    missing: dict[str, str]
    course: pd.DataFrame
    states: pd.DataFrame
    teams: pd.DataFrame
    kinds: pd.DataFrame
    spread_between: pd.DataFrame
    spread_within: pd.DataFrame
    cohorts: pd.DataFrame
    generations: pd.DataFrame
    leavers: pd.DataFrame
    boosters: pd.DataFrame
    severity: pd.DataFrame
    agreement: pd.DataFrame
    role_gap: pd.DataFrame
    movement: pd.DataFrame
    adaptations: pd.DataFrame
    warnings: pd.DataFrame
    chart_points: pd.DataFrame
    organisation: OrganisationEvidence
    reinforcement: ReinforcementEvidence
    plans: PlanEvidence
    revisions: RevisionEvidence
    coverage: pd.DataFrame
    timeliness: pd.DataFrame = field(default_factory=pd.DataFrame)
    lapse_summary: pd.DataFrame = field(default_factory=pd.DataFrame)
    lapse_curve: pd.DataFrame = field(default_factory=pd.DataFrame)
    before: ReleasedFindings | None = None
    quarters: tuple[str, str] = ("", "")
    breaks: pd.DataFrame = field(default_factory=pd.DataFrame)

    def in_short(self) -> dict[str, Any]:
        """Give what a notebook shows of it: the place, and which tables hold rows."""
        frames = {name: one for name, one in vars(self).items() if isinstance(one, pd.DataFrame)}
        quarter, before = self.quarters
        return {
            "about": self.name,
            "quarter": quarter,
            "published before": before,
            "findings reported": len(self.findings.reported),
            "findings withheld": len(self.findings.withheld),
            "tables": [name for name, frame in frames.items() if len(frame)],
            "tables without a row": [name for name, frame in frames.items() if frame.empty],
            "in parts": ["organisation", "reinforcement", "plans", "revisions"],
            "not handed in": list(self.missing),
        }


def released_evidence(results: Results, site_id: str = "") -> Evidence:
    """Evidence of a run that may be shown, for a site or the network."""
    release = kept_release(results) or release_run(results)
    released = release.table
    sites = results.table("sites")
    names = dict(zip(sites["site_id"], sites["site_name"], strict=True))
    levels = results.table("cut_offs")
    missing = results.table("missing_tables")
    quarter_before, before = findings_before(results, site_id)
    return Evidence(
        site_id=site_id,
        name=names.get(site_id, say("The network")),
        findings=release.findings.of_page(site_id),
        by_quarter=released("fidelity_by_quarter"),
        components=released("components_by_quarter"),
        trajectories=require(released("trajectories"), "trajectories", TRAJECTORY_COLUMNS),
        drivers=released("driver_scores"),
        variances=results.table("variance_shares"),
        checks=require(results.table("growth_checks"), "growth_checks", CHECK_COLUMNS),
        sites=sites,
        cut_offs=dict(zip(levels["name"], levels["at_least"], strict=True)) if len(levels) else {},
        smallest_change=results.study.settings.thresholds.smallest_change_that_matters,
        missing=dict(zip(missing["table"], map(say, missing["would_add"]), strict=True)),
        course=released("modelled_course"),
        states=released("practitioner_states"),
        teams=_of_site(released("team_trajectories"), site_id),
        kinds=released("drift_kinds"),
        # The spread between sites is about sites; no number of people stands behind it.
        spread_between=results.table("spread_between_sites"),
        spread_within=released("spread_within"),
        cohorts=released("cohorts"),
        generations=released("generations"),
        leavers=released("leavers"),
        boosters=released("boosters"),
        severity=released("rater_severity"),
        agreement=released("rater_agreement"),
        role_gap=released("role_gap"),
        movement=released("component_movement"),
        adaptations=released("adaptations_by_component"),
        warnings=released("warnings"),
        chart_points=released("chart_points"),
        organisation=organisation_of(released, site_id),
        reinforcement=reinforcement_of(released, site_id),
        plans=plans_of(released, site_id),
        revisions=released_revisions(results),
        coverage=released("quality_coverage"),
        timeliness=released("quality_timeliness"),
        lapse_summary=released("lapse_summary"),
        lapse_curve=released("lapse_curve"),
        before=before,
        quarters=(str(results.quarter), quarter_before),
        # Breaks are about the ruler. Counts of observations and raters stay behind.
        breaks=results.table("breaks").drop(columns=["n", "n_of"], errors="ignore"),
    )


def _of_site(frame: pd.DataFrame, site_id: str) -> pd.DataFrame:
    """Rows of one site; none for the network, whose page names no team."""
    return frame[frame["site_id"] == site_id].reset_index(drop=True) if len(frame) else frame
