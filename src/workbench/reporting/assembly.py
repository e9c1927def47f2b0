"""Putting a quarterly report together from a run's results, and writing its page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from workbench import terms
from workbench.language import mark, say
from workbench.reporting import tables_quality as tables
from workbench.reporting import tables_revisions
from workbench.reporting.display_table import DisplayTable
from workbench.reporting.mail_summary import write_mail_summary
from workbench.reporting.pages import render_network_page, render_site_page
from workbench.reporting.provenance import inputs_of_place, where_from_tables
from workbench.reporting.quality_part import over_time_tables
from workbench.reporting.report import (
    NETWORK_PAGE,
    QuarterlyReport,
    Section,
    SiteLink,
    asking,
    dates_of,
)
from workbench.reporting.sections import Evidence
from workbench.reporting.steps_before import steps_before_table
from workbench.reporting.tables_quality_rules import rules_table
from workbench.reporting.workbook import write_workbook
from workbench.results import Results

HEADLINES = (
    "fidelity.direction",
    "fidelity.sites",
    "drift.kinds",
    "warning.site",
    "plans.not_owned",
    "readiness.priorities",
    "reinforcement.two_models",
    "plans.dependence",
    "plans.follow_through",
    "readiness.weakest",
    "teams.chain",
    "fidelity.now",
)
"""Findings to lead with, the first three that are reported; a site has no kinds of drift."""
STEPS_FROM = (
    "fidelity.sites",
    "fidelity.direction",
    "readiness.priorities",
    "components.first",
    "plans.not_owned",
    "plans.dependence",
    "reinforcement.two_models",
    "plans.follow_through",
    "reinforcement.support",
    "reinforcement.action",
    "plans.reminders",
    "plans.faded",
    "plans.ownership_gap",
    "plans.overdue",
    "teams.chain",
    "readiness.weakest",
    "loops.answered",
    "components.core",
    "warning.site",
)

WAIVER = {
    "rule": mark("Rule"),
    "table": mark("Table"),
    "reason": mark("Reason"),
    "owner": mark("Owner"),
    "expires": mark("Expires"),
}
"""What is printed of a waiver."""


def quarterly_report(
    results: Results,
    evidence: Evidence,
    sections: tuple[Section, ...],
) -> QuarterlyReport:
    """Put the report of a place together.

    Parameters
    ----------
    results
        Results of the run.
    evidence
        Released evidence of the place.
    sections
        Its sections, in order.
    """
    about = results.about
    of_network = not evidence.site_id
    return QuarterlyReport(
        network=about["network"],
        quarter_label=str(results.quarter),
        quarter_dates=dates_of(results.quarter),
        findings=evidence.findings,
        row_accounting=tables.row_accounting_table(results.row_accounting()),
        site_id=evidence.site_id,
        site_name="" if of_network else evidence.name,
        note=about["note"],
        headlines=HEADLINES,
        steps_from=STEPS_FROM,
        sections=sections,
        quality_summary=tables.quality_sentences(results.table("quality_rules")),
        quality=(*_quality(results, about, evidence.site_id), *over_time_tables(results, evidence)),
        provenance=(
            *where_from_tables(results.folder, evidence.site_id),
            *_provenance(results, about, evidence.site_id),
        ),
        site_links=_links(results, evidence) if of_network else (),
        sites_missing=_names(results, "missing") if of_network else (),
        sites_too_small=len(_names(results, "too few practitioners")) if of_network else 0,
        steps_before=_steps_before(evidence),
        before=evidence.before,
        quarter_before=evidence.quarters[1],
        network_page=f"../{NETWORK_PAGE}",
    )


def write_page(results: Results, report: QuarterlyReport) -> Path:
    """Write the page of a report where the run keeps it; the path is made from our own slug.

    Beside it goes the workbook of its tables, and beside the network's its summary in plain text.
    """
    if report.site_id:
        slug = next(site["slug"] for site in _sites(results) if site["site_id"] == report.site_id)
        path, render = results.folder / "sites" / f"{slug}.html", render_site_page
    else:
        path, render = results.folder / NETWORK_PAGE, render_network_page
        write_mail_summary(results, report)
    workbook = path.with_suffix(".xlsx")
    page = render(replace(report, workbook=workbook.name), results.study.folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".unfinished")
    # The page comes last: where there is one, its workbook is there too.
    write_workbook(report, beside, path.name).replace(workbook)
    beside.write_text(page, encoding="utf-8")
    return beside.replace(path)  # never half a page, whoever reads meanwhile


def _steps_before(evidence: Evidence) -> DisplayTable | None:
    """Tell what became of the steps of the last quarter published before this one.

    Only what that quarter released is looked at: what was hidden then stays hidden.
    """
    if evidence.before is None:
        return None
    asked = asking(evidence.before, STEPS_FROM)
    now = evidence.findings.of_place(evidence.site_id)
    return steps_before_table(asked, now, evidence.quarters[1]) if asked else None


def _links(results: Results, evidence: Evidence) -> tuple[SiteLink, ...]:
    """Sites with a page, in the order of their names, with the direction where it is shown."""
    rows = evidence.trajectories[evidence.trajectories["scope"] == "site"]
    states = dict(zip(rows["site_id"], rows["state"], strict=True))
    status = _status(results)
    ordered = sorted(_sites(results), key=lambda site: site["site_name"].casefold())
    return tuple(
        SiteLink(site["site_name"], site["slug"], _state(states.get(site["site_id"])))
        for site in ordered
        if status.get(site["site_id"], "reported") == "reported"
    )


def _names(results: Results, wanted: str) -> tuple[str, ...]:
    """Names of the sites of a status."""
    status = _status(results)
    return tuple(
        site["site_name"] for site in _sites(results) if status.get(site["site_id"]) == wanted
    )


def _sites(results: Results) -> list[dict[str, str]]:
    """Sites with ``site_id``, ``site_name`` and ``slug``."""
    columns = ["site_id", "site_name", "slug"]
    return [
        dict(zip(columns, map(str, row), strict=True))
        for row in results.table("sites")[columns].to_numpy()
    ]


def _status(results: Results) -> dict[str, str]:
    """Whether each site has a page; nothing is known when a notebook is run by hand."""
    table = results.table("reported_sites")
    return dict(zip(table["site_id"], table["status"], strict=True)) if len(table) else {}


def _state(state: object) -> str:
    return state if isinstance(state, str) and state in terms.STATES else ""


def _quality(results: Results, about: dict, site_id: str) -> tuple[DisplayTable, ...]:
    rules, set_aside = results.table("quality_rules"), results.table("set_aside_by_reason")
    found = [rules_table(rules)] if len(rules) else []
    found += [tables.set_aside_table(set_aside)] if len(set_aside) else []
    history = results.table("quarantine_history")
    if len(history) and not site_id:
        found.append(tables_revisions.history_table(history))
    if about["notes"]:
        notes = pd.DataFrame({mark("What was repaired, left out or assumed"): about["notes"]})
        found.append(DisplayTable(say("Notes on the files"), notes))
    if about["waivers"]:
        waivers = pd.DataFrame(about["waivers"])[list(WAIVER)].rename(columns=WAIVER)
        found.append(DisplayTable(say("Rules waived in writing"), waivers))
    missing = results.table("missing_tables")
    if len(missing) and not site_id:
        found.append(tables.missing_table(missing))
    return tuple(found)


def _provenance(results: Results, about: dict, site_id: str) -> tuple[DisplayTable, ...]:
    parameters = {say("Quarter"): about["quarter"], say("Day of the run"): about["as_of"]}
    inputs = inputs_of_place(results.table("inputs"), results.table("site_deliveries"), site_id)
    return tables.provenance_tables(inputs, about["versions"], parameters)
