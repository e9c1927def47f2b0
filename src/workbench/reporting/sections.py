"""The sections of a quarterly report, each from the evidence of one question.

A section whose evidence is missing says so in a sentence and shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench import terms
from workbench.reporting import figures, tables
from workbench.reporting.disclosure import ReleasedFindings, release, release_table
from workbench.reporting.evidence import require
from workbench.reporting.report import Section
from workbench.results import Results
from workbench.wording import count_of


@dataclass(frozen=True)
class Evidence:
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


def released_evidence(results: Results, site_id: str = "") -> Evidence:
    """Evidence of a run that may be shown, for a site or the network."""
    settings = results.study.settings
    sites = results.table("sites")
    names = dict(zip(sites["site_id"], sites["site_name"], strict=True))
    levels = results.table("cut_offs")
    missing = results.table("missing_tables")

    def released(table: str, people: str = "n_practitioners") -> pd.DataFrame:
        frame = results.table(table)
        return release_table(frame, settings.privacy, people) if len(frame) else frame

    return Evidence(
        site_id=site_id,
        name=names.get(site_id, "The network"),
        findings=release(results.findings(), settings.privacy),
        by_quarter=released("fidelity_by_quarter"),
        components=released("components_by_quarter"),
        trajectories=released("trajectories"),
        drivers=released("driver_scores", "n_respondents"),
        variances=results.table("variance_shares"),
        checks=require(results.table("growth_checks"), "growth_checks", tables.CHECK_COLUMNS),
        sites=sites,
        cut_offs=dict(zip(levels["name"], levels["at_least"], strict=True)) if len(levels) else {},
        smallest_change=settings.thresholds.smallest_change_that_matters,
        missing=dict(zip(missing["table"], missing["would_add"], strict=True)),
    )


def practice_section(evidence: Evidence) -> Section:
    """Fidelity over time, and its components."""
    place = {"site_id": evidence.site_id, "name": evidence.name}
    pictures = [
        figures.fidelity_over_time(
            evidence.by_quarter, evidence.trajectories, cut_offs=evidence.cut_offs, **place
        )
    ]
    shown = [tables.fidelity_table(evidence.by_quarter, evidence.site_id)]
    lead = (
        "Dots are what was seen each quarter, with 95% intervals; the line is the model's course. "
        "Look at the direction over many quarters, not at the step from one to the next."
    )
    if len(evidence.components):
        pictures.append(
            figures.components_over_time(evidence.components, cut_offs=evidence.cut_offs, **place)
        )
        lead += " The parts of practice stand on one scale, so that one can see which moves first."
    return Section("Is practice strengthening or drifting?", lead, tuple(pictures), tuple(shown))


def sites_section(evidence: Evidence) -> Section:
    """Direction of every site, and where the variation sits; for the network's page."""
    title = "Do sites that name the same model practise it alike?"
    sites = evidence.trajectories[evidence.trajectories["scope"] == "site"]
    pictures, shown = [], []
    lead = (
        "Each site's slope with its 95% interval, in the order of names. Where most of the "
        "variation lies between sites, the system around practitioners deserves the first look."
    )
    if sites["slope"].notna().any():
        change = evidence.smallest_change
        pictures.append(
            figures.site_directions(evidence.trajectories, evidence.sites, smallest_change=change)
        )
        shown.append(tables.directions_table(evidence.trajectories, evidence.sites))
    if (evidence.checks["verdict"] != "fine").any():
        shown.append(tables.checks_table(evidence.checks))
    else:
        lead = (
            f"No direction of a single site can be shown, for {count_of(len(sites), 'site')}: too "
            "few practitioners stand behind each, or the model can't tell."
        )
    if len(evidence.variances):
        pictures.append(figures.variance_split(evidence.variances))
    return Section(title, lead, tuple(pictures), tuple(shown))


def drivers_section(evidence: Evidence) -> Section:
    """Which drivers are in place; a site's best practices too, one picture a group of drivers."""
    title = "Which drivers are in place?"
    if evidence.drivers.empty:
        would_add = evidence.missing.get("driver_responses", "Nobody has rated the drivers yet.")
        return Section(title, f"The driver assessment was not handed in. {would_add}")
    place: dict[str, Any] = {"site_id": evidence.site_id, "name": evidence.name}
    over = "respondents" if evidence.site_id else "sites"
    pictures = [figures.driver_profile(evidence.drivers, best_practices=False, **place)]
    shown = evidence.drivers[evidence.drivers["level"] != "best_practice"]
    if evidence.site_id:
        pictures += [
            figures.driver_profile(evidence.drivers, group=group, **place)
            for group in terms.COMPOSITES
        ]
    return Section(
        title,
        f"The filled mark is the mean, the bar the range over {over}, the hollow mark the "
        "assessment before.",
        tuple(pictures),
        (tables.drivers_table(shown, evidence.site_id),),
    )


def report_sections(evidence: Evidence) -> tuple[Section, ...]:
    """Every section of a place's report, in the fixed order."""
    between = () if evidence.site_id else (sites_section(evidence),)
    return (practice_section(evidence), *between, drivers_section(evidence))
