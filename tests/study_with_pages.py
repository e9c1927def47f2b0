"""A small simulated study with its pages and workbooks written, without running notebooks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from published_study import QUARTER, published_study

from workbench.findings import Finding, not_estimable
from workbench.reporting.assembly import quarterly_report, write_page
from workbench.reporting.report import QuarterlyReport
from workbench.reporting.sections import released_evidence, report_sections
from workbench.results import Results
from workbench.settings import MANIFEST

ABOUT = {
    "network": "Our network", "quarter": QUARTER, "note": "The data are simulated.",
    "as_of": "2026-09-30", "notes": ["A file had a mark at its start."], "waivers": [],
    "versions": {"python": "3.13.1", "workbench": "1.0"},
}  # fmt: skip
ACCOUNTING = {"received": 120, "accepted": 118, "set_aside": 2, "returned": 0}
RULE = {
    "table": "sites", "rule_id": "SI01", "title": "The table has rows", "severity": "critical",
    "category": "completeness", "threshold": 0.0, "status": "passed", "rows_checked": 6,
    "rows_failed": 0, "guidance": "Export it again.", "detail": "", "waived_by": "",
}  # fmt: skip
MISSING = {"table": "recognition", "would_add": "what is rewarded"}
INPUTS = {"table": "sites", "source": "sites.csv", "rows": 6, "sha256": "0f" * 32}


def results_with_pages(folder: Path) -> Results:
    """Make the study: the network and its first site have a page, the second site has none."""
    folder.mkdir(parents=True, exist_ok=True)
    study = published_study(folder)
    results = Results(study.reports / QUARTER / "v1", study)
    sites = list(results.accepted("sites")["site_id"])
    results.start(ABOUT)
    named = results.accepted("sites")[["site_id", "site_name"]]
    status = ["reported", "missing", *["not asked for"] * (len(sites) - 2)]
    results.write_tables(
        {
            "sites": named.assign(slug=[f"site-{n:03d}" for n in range(1, len(sites) + 1)]),
            "reported_sites": pd.DataFrame({"site_id": sites, "status": status, "why": ""}),
            "row_accounting": pd.DataFrame([{"table": "fidelity_responses", **ACCOUNTING}]),
            "inputs": pd.DataFrame([INPUTS]),
            "quality_rules": pd.DataFrame([RULE]),
            "missing_tables": pd.DataFrame([MISSING]),
        }
    )
    results.write_findings("02_fidelity_over_time", _findings(sites[0]))
    return results


def _findings(site_id: str) -> list[Finding]:
    question, unit = "Is practice strengthening or drifting?", "points a quarter"
    told = {"unit": unit, "n": 60, "n_practitioners": 9, "action_prompt": "Bring it to the team."}
    return [
        one
        for place in ("", site_id)
        for one in (
            Finding(
                "fidelity.direction", question, "Practice drifts.", place, -1.4, -2.1, -0.7, **told
            ),
            not_estimable("plans.late", "What is late?", "There are no plans.", site_id=place),
        )
    ]


def report_of(results: Results, site_id: str = "") -> QuarterlyReport:
    """Put the report of the network or of a site together."""
    evidence = released_evidence(results, site_id)
    return quarterly_report(results, evidence, report_sections(evidence))


def write_pages(results: Results) -> tuple[Path, Path]:
    """Write the pages of the network and of its first site."""
    first = str(results.table("sites")["site_id"].iloc[0])
    network, site = (write_page(results, report_of(results, one)) for one in ("", first))
    (results.folder / MANIFEST).write_text('{"reports": {}, "sites_missing": {}}', encoding="utf-8")
    return network, site
