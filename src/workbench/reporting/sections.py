"""The sections of a quarterly report, each from the evidence of one question.

A section whose evidence is missing says so in a sentence and shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from workbench import terms
from workbench.language import mark, say
from workbench.reporting import figures, tables
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.event_words import what_happened
from workbench.reporting.evidence import hidden_rows, rows_of_place
from workbench.reporting.figures_funnel import sites_funnel
from workbench.reporting.figures_style import drawing
from workbench.reporting.report import Section
from workbench.reporting.sections_drift import (
    components_section,
    groups_section,
    kinds_section,
    raters_section,
    warning_section,
)
from workbench.reporting.sections_evidence import Evidence, released_evidence
from workbench.reporting.sections_lapse import lapse_section
from workbench.reporting.sections_organisation import (
    gate_section,
    loops_section,
    priorities_section,
    teams_section,
    who_section,
)
from workbench.reporting.sections_plans import (
    dependence_section,
    links_section,
    ownership_section,
    traction_section,
)
from workbench.reporting.sections_reinforcement import (
    action_section,
    dose_section,
    pressures_section,
    support_section,
    two_models_section,
)
from workbench.reporting.sections_revisions import revisions_section
from workbench.reporting.site_glance import seen_in_quarter, site_glances
from workbench.reporting.tables_funnel import apart_words, funnel_table, site_funnel
from workbench.reporting.tables_measures import measures_table
from workbench.wording import count_of

__all__ = [
    "Evidence",
    "action_section",
    "components_section",
    "dependence_section",
    "dose_section",
    "drivers_section",
    "gate_section",
    "groups_section",
    "kinds_section",
    "lapse_section",
    "links_section",
    "loops_section",
    "ownership_section",
    "practice_section",
    "pressures_section",
    "priorities_section",
    "raters_section",
    "released_evidence",
    "report_sections",
    "revisions_section",
    "sites_section",
    "support_section",
    "teams_section",
    "traction_section",
    "two_models_section",
    "warning_section",
    "who_section",
]

PRACTICE = mark("Is practice strengthening or drifting?")
NO_STATES = mark("Practitioners could not be counted by direction.")
NO_TEAMS = mark("No team of this site has enough people for a direction of its own to be shown.")


def practice_section(evidence: Evidence) -> Section:
    """Fidelity over time; with practitioners by state, or with a site's components and teams."""
    place: dict[str, Any] = {"site_id": evidence.site_id, "name": evidence.name}
    course = figures.fidelity_over_time(
        evidence.by_quarter,
        evidence.trajectories,
        cut_offs=evidence.cut_offs,
        course=evidence.course,
        support_ledger=evidence.reinforcement.ledger,
        breaks=evidence.breaks,
        **place,
    )
    pictures, shown = [course], [_by_quarter(evidence)]
    lead = say(
        "Dots are what was seen each quarter, with 95% intervals; the line is the model's course. "
        "Look at the direction over many quarters, not at the step from one to the next."
    )
    if not evidence.site_id:
        if len(evidence.states):
            pictures.append(figures.practitioner_states(evidence.states, evidence.sites))
        else:
            lead += f" {say(NO_STATES)}"
        return Section(say(PRACTICE), lead, tuple(pictures), tuple(shown))
    if len(evidence.components):
        pictures.append(
            figures.components_over_time(evidence.components, cut_offs=evidence.cut_offs, **place)
        )
        lead += say(
            " The parts of practice stand on one scale, so that one can see which moves first."
        )
    if len(evidence.teams) and not hidden_rows(evidence.teams).all():
        shown.append(tables.teams_table(evidence.teams, evidence.site_id))
    else:
        lead += f" {say(NO_TEAMS)}"
    return Section(say(PRACTICE), lead, tuple(pictures), tuple(shown))


def _by_quarter(evidence: Evidence) -> DisplayTable:
    """Fidelity by quarter with what happened in each."""
    site_id = evidence.site_id
    rows = rows_of_place(evidence.by_quarter, "fidelity_by_quarter", site_id, ("quarter",))
    ledger = evidence.reinforcement.ledger
    happened = what_happened(ledger, evidence.breaks, site_id, rows["quarter"])
    return tables.fidelity_table(evidence.by_quarter, site_id, happened)


def sites_section(evidence: Evidence) -> Section:
    """Each site at a glance, its direction, and where the variation sits; for the network."""
    title = say("Do sites that name the same model practise it alike?")
    sites = evidence.trajectories[evidence.trajectories["scope"] == "site"]
    pictures, shown = [], []
    lead = say(
        "Each site's slope with its 95% interval, in the order of names. Where most of the "
        "variation lies between sites, the system around practitioners deserves the first look."
    )
    if sites["slope"].notna().any():
        change = evidence.smallest_change
        pictures.append(
            figures.site_directions(evidence.trajectories, evidence.sites, smallest_change=change)
        )
        shown.append(tables.directions_table(evidence.trajectories, evidence.sites))
    else:
        lead = say(
            "No direction of a single site can be shown, for {sites}: too few "
            "practitioners stand behind each, or the model can't tell.",
            sites=count_of(len(sites), "site"),
        )
    if (evidence.checks["verdict"] != "fine").any():
        shown.append(tables.checks_table(evidence.checks))
    if funnel := site_funnel(evidence.by_quarter, evidence.variances, evidence.sites):
        lead += f" {apart_words(funnel)}"
        pictures.append(sites_funnel(funnel))
        shown.insert(min(len(shown), 1), funnel_table(funnel))
    if len(evidence.variances):
        pictures.append(figures.variance_split(evidence.variances))
    glances = site_glances(
        evidence.trajectories,
        evidence.drivers,
        evidence.coverage,
        evidence.reinforcement.action_low,
        evidence.sites,
        seen_in_quarter(evidence.by_quarter, evidence.quarters[0]),
    )
    return Section(title, lead, tuple(pictures), tuple(shown), glances)


def drivers_section(evidence: Evidence) -> Section:
    """Which drivers are in place; a site's best practices too, one picture a group of drivers."""
    title = say("Which drivers are in place?")
    if evidence.drivers.empty:
        lead = say("The driver assessment was not handed in.")
        nobody = say("Nobody has rated the drivers yet.")
        return Section(title, f"{lead} {evidence.missing.get('driver_responses', nobody)}")
    place: dict[str, Any] = {"site_id": evidence.site_id, "name": evidence.name}
    lead = (
        say(
            "The filled mark is the mean, the bar the range over respondents, the hollow mark the "
            "assessment before."
        )
        if evidence.site_id
        else say(
            "The filled mark is the mean, the bar the range over sites, the hollow mark the "
            "assessment before."
        )
    )
    pictures = [figures.driver_profile(evidence.drivers, best_practices=False, **place)]
    shown = evidence.drivers[evidence.drivers["level"] != "best_practice"]
    if evidence.site_id:
        pictures += [
            figures.driver_profile(evidence.drivers, group=group, **place)
            for group in terms.COMPOSITES
        ]
    return Section(
        title,
        lead,
        tuple(pictures),
        (tables.drivers_table(shown, evidence.site_id),),
    )


def report_sections(evidence: Evidence) -> tuple[Section, ...]:
    """Every section of a place's report, in the fixed order."""
    if evidence.site_id:
        own = (
            practice_section,
            warning_section,
            lapse_section,
            support_section,
            action_section,
            traction_section,
            ownership_section,
            dependence_section,
            drivers_section,
            who_section,
            priorities_section,
            gate_section,
            teams_section,
        )
        return _with_revisions(evidence, own)
    parts = (
        practice_section,
        sites_section,
        kinds_section,
        raters_section,
        components_section,
        groups_section,
        warning_section,
        lapse_section,
        support_section,
        dose_section,
        pressures_section,
        two_models_section,
        action_section,
        traction_section,
        ownership_section,
        dependence_section,
        links_section,
        drivers_section,
        who_section,
        priorities_section,
        gate_section,
        teams_section,
        loops_section,
    )
    return _with_revisions(evidence, parts)


def _with_revisions(
    evidence: Evidence, parts: tuple[Callable[[Evidence], Section], ...]
) -> tuple[Section, ...]:
    """Sections in their order; whether published numbers held stands after the warnings."""
    sections: list[Section] = []
    with drawing():
        for part in parts:
            sections.append(part(evidence))
            if part is warning_section:
                sections.append(_held(evidence))
    return tuple(sections)


def _held(evidence: Evidence) -> Section:
    """Whether published numbers held: what was revised, after the measures then and now."""
    revised = revisions_section(evidence.revisions, evidence.site_id)
    if evidence.before is None:
        return revised
    measures = measures_table(
        evidence.findings,
        evidence.before,
        evidence.quarters,
        evidence.revisions.numbers,
        evidence.site_id,
    )
    return replace(revised, tables=(measures, *revised.tables)) if len(measures.frame) else revised
