"""One site's report gone through and thrown away, so that what all reports need is there before.

A process that forks kernels does it once a run: tables are read, texts shaped, templates compiled.
A report that is made without it is the same, and a little later.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from workbench.reporting.assembly import quarterly_report
from workbench.reporting.pages import render_site_page
from workbench.reporting.sections import released_evidence, report_sections
from workbench.reporting.sections_release import kept_release
from workbench.reporting.workbook import write_workbook
from workbench.results import Results
from workbench.settings import open_study


def rehearse(study_folder: str, results_folder: str, site_id: str) -> None:
    """Go through the report of a site if a release was kept; nothing is left in the results.

    Parameters
    ----------
    study_folder, results_folder
        Folders of the study and of a run whose release was kept.
    site_id
        Site.
    """
    results = Results(Path(results_folder), open_study(study_folder))
    if kept_release(results) is None:
        return
    evidence = released_evidence(results, site_id)
    report = quarterly_report(results, evidence, report_sections(evidence))
    render_site_page(report, results.study.folder)
    with tempfile.TemporaryDirectory() as folder:
        write_workbook(report, Path(folder) / "rehearsal.xlsx", "rehearsal.html")
